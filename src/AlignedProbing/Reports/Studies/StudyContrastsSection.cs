using AlignedProbing.Reports.Html;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Studies;

namespace AlignedProbing.Reports.Studies;

/// <summary>Case studies: runs that differ in one thing, held against each other prompt by prompt.</summary>
internal static class StudyContrastsSection
{
    private static readonly string[] Metrics = ["EMT", "TP", "TC"];

    public static void Write(Markup page, StudyView view)
    {
        if (view.Findings.Contrasts.Count == 0)
        {
            return;
        }

        Section.Open(
            page,
            "contrasts",
            "Contrasts",
            "Run less baseline over the same prompts. Bold: stands after correction. Peak strength and texts lie in contrasts.csv for every pair.");
        string[] contrasts = [.. view.Findings.Contrasts.Select(contrast => contrast.Contrast).Distinct(StringComparer.Ordinal)];
        Section.Tabs(page, "Contrast", "contrast", [.. contrasts.Select(StudyView.ContrastName)], 0, i =>
        {
            Means(page, view, contrasts[i]);
            Table(page, view, contrasts[i]);
        });
        page.Close();
    }

    private static void Table(Markup page, StudyView view, string contrast)
    {
        StudyContrast[] rows = [.. view.Findings.Contrasts.Where(row => row.Contrast == contrast && row.Difference.Attribute == view.Headline)];
        page.Open("div", ("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", StudyView.ContrastName(contrast)));
        page.Open("table", ("class", "numbers"));
        page.Element(
            "caption",
            $"{Wording.Name(view.Headline ?? "")}: baseline → run, and the difference with its 95 % interval over prompts; p corrected within one " +
            "comparison. " +
            "n: prompts, the same for both.");
        page.Open("thead").Open("tr").Element("th", "Run less baseline", ("scope", "col")).Element("th", "n", ("scope", "col"));
        foreach (var heading in Metrics.Concat(view.Scenarios.Select(scenario => $"{Wording.Scenario(scenario)} peak")))
        {
            page.Element("th", heading, ("scope", "col"));
        }

        page.Close().Close().Open("tbody");
        foreach (var pair in rows.GroupBy(row => (row.Difference.Baseline, row.Difference.Run)))
        {
            page.Open("tr").Element("th", $"{pair.Key.Run} less {pair.Key.Baseline}", ("scope", "row"));
            page.Element("td", NumberText.Count(pair.First(row => row.Difference.Kind == "behavior").Difference.N));
            foreach (var metric in Metrics)
            {
                DifferenceCell.Write(page, pair.FirstOrDefault(row => row.Difference.Kind == "behavior" && row.Difference.Metric == metric)?.Difference);
            }

            foreach (var scenario in view.Scenarios)
            {
                DifferenceCell.Write(page, Peak(pair, scenario));
            }

            page.Close();
        }

        page.Close().Close().Close();
    }

    private static RunDifference? Peak(IEnumerable<StudyContrast> pair, Scenario scenario) =>
        pair.FirstOrDefault(row => row.Difference.Kind == "peak" && row.Difference.Metric == "r" && row.Difference.Scenario == scenario)?.Difference;

    private static void Means(Markup page, StudyView view, string contrast)
    {
        StudyContrastMean[] rows =
        [
            .. view.Findings.ContrastMeans.Where(row =>
                row.Contrast == contrast
                && row.Attribute == view.Headline
                && (row.Kind == "behavior" ? Metrics.Contains(row.Metric) : row is { Kind: "peak", Metric: "r" })),
        ];
        if (rows.Length == 0)
        {
            return;
        }

        page.Open("div", ("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", "Means over pairs of runs"));
        page.Open("table", ("class", "numbers"));
        page.Element("caption", "The same contrast over several pairs of runs: mean difference with a 95 % interval over pairs, from four pairs on.");
        page.Open("thead").Open("tr");
        foreach (var heading in new[] { "From → to", "Figure", "Mean difference", "Pairs", "Families" })
        {
            page.Element("th", heading, ("scope", "col"));
        }

        page.Close().Close().Open("tbody");
        foreach (var row in rows)
        {
            page.Open("tr")
                .Element("th", $"{row.From} → {row.To}", ("scope", "row"))
                .Element("td", row.Scenario is { } scenario ? $"{Wording.Scenario(scenario)} peak" : row.Metric)
                .Element("td", NumberText.WithInterval(row.Mean, row.Low, row.High, NumberText.Unit))
                .Element("td", NumberText.Count(row.Runs))
                .Element("td", NumberText.Count(row.Families))
                .Close();
        }

        page.Close().Close().Close();
    }
}

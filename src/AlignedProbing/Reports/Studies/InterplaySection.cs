using AlignedProbing.Reports.Charts;
using AlignedProbing.Reports.Html;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Studies;

/// <summary>Correlations over runs of strength with behaviour, by depth, and the scatter that a correlation rests on.</summary>
internal static class InterplaySection
{
    // Depths whose scatter is shown: the mean over layers, and five of the seventeen.
    private static readonly int?[] Depths = [null, 0, 4, 8, 12, 16];

    /// <summary>Depths as marks of an axis.</summary>
    public static IReadOnlyList<CurveTick> DepthTicks { get; } = [new(0, "0"), new(4, "¼"), new(8, "½"), new(12, "¾"), new(16, "1")];

    /// <summary>Writes it.</summary>
    /// <param name="page">Where to.</param>
    /// <param name="findings">The correlations.</param>
    /// <param name="style">The style of each run.</param>
    public static void Write(Markup page, InterplayFindings findings, Func<string, int> style)
    {
        Section.Open(
            page,
            "interplay",
            "Interplay: do runs that encode more behave otherwise?",
            $"Correlation (Pearson r) over {NumberText.Count(findings.Runs)} runs of {NumberText.Count(findings.Families)} " +
            $"{(findings.Families == 1 ? "family" : "families")} of strength with behaviour, by relative depth. " +
            (findings.Rows.Any(row => row.FamilyLow is not null) ? "Bands: 95 % over families." : "Bands: 95 % over runs, which takes members of a family " +
                "for independent."));
        string[] attributes = [.. findings.Rows.Select(row => row.Attribute).Distinct(StringComparer.Ordinal)];
        string[] metrics = [.. findings.Rows.Select(row => row.Metric).Distinct(StringComparer.Ordinal)];
        string[] scenarios = [.. findings.Rows.Select(row => row.Scenario).Distinct(StringComparer.Ordinal)];
        Section.Tabs(page, "Attribute", "attribute", [.. attributes.Select(Wording.Name)], 0, i =>
            Section.Tabs(page, "Behaviour", "metric", metrics, 0, j =>
            {
                page.Open("div", ("class", "panels"));
                foreach (var scenario in scenarios)
                {
                    Depth(page, findings, scenario, attributes[i], metrics[j]);
                }

                page.Close();
                Table(page, findings, attributes[i], metrics[j], scenarios);
                if (findings.Points.Count > 0)
                {
                    page.Element("h3", $"The runs: {metrics[j]} of {Wording.Name(attributes[i])} beside strength");
                    // A page has one scatter a depth for the first attribute, and that of the means for all others: hundreds of charts would weigh on it.
                    int?[] depths = i == 0 && j == 0 ? Depths : Depths[..1];
                    Section.Tabs(page, "Depth", "depth", [.. depths.Select(Name)], 0, k =>
                    {
                        page.Open("div", ("class", "panels"));
                        foreach (var scenario in scenarios)
                        {
                            Scatter(page, findings, scenario, attributes[i], metrics[j], depths[k], style);
                        }

                        page.Close();
                    });
                }
            }));
        page.Close();
    }

    private static string Name(int? step) => step is null ? "mean over layers" : step == 0 ? "embedding" : step == 16 ? "last layer" : $"depth {step}/16";

    private static string Title(string scenario) => char.ToUpperInvariant(scenario[0]) + scenario[1..];

    private static InterplayFinding? Find(
        InterplayFindings findings, string at, string scenario, string attribute, string metric, string statistic = "pearson") =>
        findings.Rows.FirstOrDefault(row =>
            row.At == at && row.Scenario == scenario && row.Attribute == attribute && row.Metric == metric && row.Statistic == statistic && row.Layers is null);

    private static void Depth(Markup page, InterplayFindings findings, string scenario, string attribute, string metric)
    {
        InterplayFinding?[] rows = [.. Enumerable.Range(0, 17).Select(step => Find(findings, $"relative:{step}/16", scenario, attribute, metric))];
        page.Open("figure").Open("figcaption").Element("strong", Title(scenario)).Text($" · {metric}, {Wording.Name(attribute)}");
        page.Element("span", $"mean over layers: {StudyView.Correlation(Find(findings, "mean", scenario, attribute, metric))}", ("class", "counts")).Close();
        if (rows.All(row => row?.R is null))
        {
            page.Element("p", $"No correlation: {Wording.Reason(rows[0]?.Reason)}.", ("class", "absent")).Close();
            return;
        }

        CurveSeries curve = new(0,
        [
            .. rows.Select((row, step) =>
            {
                var (low, high) = row is null ? (null, null) : StudyView.IntervalOf(row);
                return new CurvePoint(step, row?.R, low, high, $"depth {step}/16: {StudyView.Correlation(row)}");
            }),
        ]);
        CurvesChart.Draw(
            page,
            $"Correlation of {Title(scenario)} strength of {Wording.Name(attribute)} with {metric} by relative depth",
            string.Join("; ", rows.Select((row, step) => $"depth {step}/16: {NumberText.Unit(row?.R)}")),
            ("Relative depth (0 = embedding)", $"r of strength and {metric}"),
            DepthTicks,
            (-1, 1),
            [curve]);
        page.Close();
    }

    private static void Scatter(
        Markup page, InterplayFindings findings, string scenario, string attribute, string metric, int? step, Func<string, int> style)
    {
        var points = findings.Points
            .Where(point => point.Scenario == scenario && point.Attribute == attribute)
            .Select(point => (point.Run, X: step is { } depth ? point.Relative[depth] : point.Mean, Y: point.Behavior.GetValueOrDefault(metric)))
            .Where(point => point is { X: not null, Y: not null })
            .ToArray();
        if (points.Length == 0)
        {
            return;
        }

        var row = Find(findings, step is null ? "mean" : $"relative:{step}/16", scenario, attribute, metric);
        page.Open("figure", ("class", "square")).Open("figcaption").Element("strong", Title(scenario)).Text($" · {Name(step)}");
        page.Element("span", StudyView.Correlation(row), ("class", "counts")).Close();
        ScatterChart.Draw(
            page,
            $"{metric} of {Wording.Name(attribute)} beside {Title(scenario)} strength, {Name(step)}, a mark a run",
            string.Join("; ", points.Select(point => $"{point.Run}: strength {NumberText.Unit(point.X)}, {metric} {NumberText.Unit(point.Y)}")),
            "Strength",
            metric,
            [
                .. points.Select(point => new ScatterPoint(
                    style(point.Run), point.X!.Value, point.Y!.Value, $"{point.Run}: strength {NumberText.Unit(point.X)}, {metric} " +
                        $"{NumberText.Unit(point.Y)}", point.Run)),
            ]);
        page.Close();
    }

    private static void Table(Markup page, InterplayFindings findings, string attribute, string metric, string[] scenarios)
    {
        Section.OpenTableDetails(page, $"Figures: {Wording.Name(attribute)}, {metric}, mean over layers");
        page.Open("table", ("class", "numbers"));
        page.Element("caption", "Correlations over runs. p by permutation of behaviour over runs; Holm over all scenarios and attributes. Range: r when " +
            "one family is left out.");
        page.Open("thead").Open("tr");
        foreach (var heading in new[] { "Scenario", "", "r", "over runs", "over families", "runs", "families", "p", "Holm", "range" })
        {
            page.Element("th", heading, ("scope", "col"));
        }

        page.Close().Close().Open("tbody");
        foreach (var scenario in scenarios)
        {
            foreach (var statistic in new[] { "pearson", "spearman" })
            {
                if (Find(findings, "mean", scenario, attribute, metric, statistic) is not { } row)
                {
                    continue;
                }

                page.Open("tr").Element("th", Title(scenario), ("scope", "row")).Element("td", statistic);
                foreach (
                    var cell in new[]
                    {
                        NumberText.Unit(row.R),
                        NumberText.Interval(row.Low, row.High, NumberText.Unit),
                        NumberText.Interval(row.FamilyLow, row.FamilyHigh, NumberText.Unit),
                        NumberText.Count(row.Runs),
                        NumberText.Count(row.Families),
                        ComparisonView.P(row.P),
                        ComparisonView.P(row.Holm),
                        NumberText.Interval(row.WithoutOneLow, row.WithoutOneHigh, NumberText.Unit),
                    })
                {
                    page.Element("td", cell.Length == 0 ? NumberText.None : cell);
                }

                page.Close();
            }
        }

        page.Close().Close().Close().Close();
    }
}

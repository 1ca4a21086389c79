using System.Globalization;
using AlignedProbing.Reports.Charts;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>EMT and TP by number of continuations: what a run with fewer would have found.</summary>
internal static class KCurvesSection
{
    private static readonly string[] Subsets = ["all", "toxic", "other"];

    public static void Write(Markup page, Findings findings)
    {
        if (findings.KCurves.Count == 0)
        {
            return;
        }

        Section.Open(
            page,
            "k-curves",
            "By number of continuations",
            "The more continuations a prompt has, the higher their maximum. To compare with a run that has fewer, read the figures at its number: each is " +
            "the mean over all choices of k among a prompt's scored continuations. A prompt takes part wherever it has k.");
        var scorers = findings.KCurves.GroupBy(row => row.Scorer).ToArray();
        foreach (var scorer in scorers)
        {
            if (scorers.Length > 1)
            {
                page.Element("h3", $"Scored by {scorer.Key}");
            }

            var attributes = scorer.GroupBy(row => row.Attribute).Select(group => group.ToArray()).ToArray();
            var chosen = Array.FindIndex(attributes, rows => rows[0].Attribute == Headline.Of(findings).Attribute);
            Section.Tabs(page, "Attribute", "attribute", [.. attributes.Select(rows => Wording.Name(rows[0].Attribute))], Math.Max(0, chosen), i =>
            {
                page.Open("div", ("class", "figures"));
                Figure(page, attributes[i], "EMT", "Expected maximum", "EMT of k continuations");
                Figure(page, attributes[i], "TP", "Toxicity probability", "TP of k continuations");
                page.Close();
            });
        }

        page.Close();
    }

    private static void Figure(Markup page, BehaviorFinding[] all, string metric, string caption, string axis)
    {
        BehaviorFinding[] rows = [.. all.Where(row => row.Metric == metric)];
        int[] sizes = [.. rows.Select(row => row.K!.Value).Distinct().Order()];
        var name = $"{Wording.Name(rows[0].Attribute)}, scored by {rows[0].Scorer}";
        var series = Subsets
            .Select(
                (subset, style) =>
                    new LineSeries(subset, style, [.. sizes.Select(k => Point(rows.FirstOrDefault(row => row.Subset == subset && row.K == k), k))]))
            .Where(curve => curve.Points.Any(point => point.Y is not null))
            .ToArray();
        page.Open("figure");
        page.Open("figcaption").Element("strong", caption).Text($" · {name}").Close();
        var tableId = page.NewId("data");
        if (series.Length > 0)
        {
            page.Open("div", ("class", "scroll chart-scroll"));
            new LineChart(
                series,
                (sizes[0], sizes[^1]),
                Ticks.UnitRange(all.SelectMany(row => new[] { row.Value, row.Low, row.High }).OfType<double>(), 0.4),
                axis,
                "Continuations a prompt, k"
            ).Draw(
                page,
                $"{caption} by number of continuations: {name}",
                "Line chart; x: number of continuations, y: the figure for all, for toxic and for the other prompts. The table below holds every figure.",
                tableId);
            page.Close();
        }

        Table(page, rows, sizes, tableId, $"{caption} by k: {name}");
        page.Close();
    }

    private static LinePoint Point(BehaviorFinding? row, int k) =>
        new(
            k,
            row?.Value,
            row?.Low,
            row?.High,
            row?.Value is null
                ? $"k = {NumberText.Count(k)}: missing ({Wording.Reason(row?.Reason)})"
                : $"{row.Subset}, k = {NumberText.Count(k)}: {NumberText.WithInterval(row.Value, row.Low, row.High, NumberText.Unit)}, n = " +
                    $"{NumberText.Count(row.N)}",
            false);

    private static void Table(Markup page, BehaviorFinding[] rows, int[] sizes, string tableId, string name)
    {
        Section.OpenTableDetails(page, $"Figures: {name}");
        page.Open("table", ("id", tableId), ("class", "numbers"));
        page.Element("caption", "With 95 % bootstrap intervals over prompts. n: prompts with at least k scored continuations; missing: those with fewer.");
        page.Open("thead").Open("tr").Element("th", "k", ("scope", "col"));
        foreach (var subset in Subsets)
        {
            page.Element("th", subset, ("scope", "col"));
        }

        page.Element("th", "n", ("scope", "col")).Element("th", "Missing", ("scope", "col")).Close().Close().Open("tbody");
        foreach (var k in sizes)
        {
            page.Open("tr").Element("th", k.ToString(CultureInfo.InvariantCulture), ("scope", "row"));
            foreach (var subset in Subsets)
            {
                var row = rows.FirstOrDefault(row => row.Subset == subset && row.K == k);
                page.Element("td", NumberText.WithInterval(row?.Value, row?.Low, row?.High, NumberText.Unit));
            }

            var every = rows.First(row => row.Subset == "all" && row.K == k);
            page.Element("td", NumberText.Count(every.N))
                .Element("td", NumberText.Count(every.Missing), ("class", every.Missing > 0 ? "some" : "zero"))
                .Close();
        }

        page.Close().Close().Close().Close();
    }
}

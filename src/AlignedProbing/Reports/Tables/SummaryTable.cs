using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Tables;

/// <summary>The few rows shown on a terminal after a run: strings ready to print, so that who prints them only lays them out.</summary>
/// <param name="Title">What the table shows.</param>
/// <param name="Columns">Headings.</param>
/// <param name="Rows">Rows with as many fields as there are headings; a missing figure is "–".</param>
public sealed record SummaryTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>
    /// Behaviour by attribute, perplexity where another model read the texts, peaks by scenario, and how well probes of classes do there. A table without rows
    /// is left out.
    /// </summary>
    public static IReadOnlyList<SummaryTable> Of(Findings findings)
    {
        SummaryTable[] tables = [Behaviour(findings), Perplexity(findings), Peaks(findings), ClassifierTable.Of(findings)];
        return [.. tables.Where(table => table.Rows.Count > 0)];
    }

    private static SummaryTable Behaviour(Findings findings)
    {
        string[] metrics = ["EMT", "TP", "mean"];
        var rows = new List<IReadOnlyList<string>>();
        foreach (
            var group in findings.Behavior.Where(row => row.Subset == "all" && row.Scorer != BehaviorFinding.Texts).GroupBy(row => (row.Scorer, row.Attribute)))
        {
            var cells = metrics.Select(metric => group.FirstOrDefault(row => row.Metric == metric)).ToArray();
            if (cells.FirstOrDefault(cell => cell is not null) is not { } first)
            {
                continue;
            }

            rows.Add(
            [
                group.Key.Scorer,
                Wording.Name(group.Key.Attribute),
                .. cells.Select(cell => cell?.Value is null
                    ? NumberText.None
                    : NumberText.WithInterval(cell.Value, cell.Low, cell.High, NumberText.Unit) + NumberText.OtherN(cell.N, first.N)),
                NumberText.Count(first.N),
                NumberText.Count(first.Missing),
            ]);
        }

        return new SummaryTable($"Behaviour ({Wording.Continuations(findings.Manifest)})", ["scorer", "attribute", .. metrics, "prompts", "missing"], rows);
    }

    private static SummaryTable Perplexity(Findings findings)
    {
        var rows = findings.Behavior.Where(row => row.Metric == "corpus").ToArray();
        return new SummaryTable(
            "Perplexity",
            ["under", "of", "perplexity", "prompts", "missing"],
            rows.All(row => row.Scorer == BehaviorFinding.Texts)
                ? []
                :
                [
                    .. rows.Select(row => (IReadOnlyList<string>)
                    [
                        row.Scorer == BehaviorFinding.Texts ? "the model itself" : row.Scorer,
                        row.Attribute == "perplexity" ? "continuations" : "prompts",
                        NumberText.WithInterval(row.Value, row.Low, row.High, Wording.Writer(row)),
                        NumberText.Count(row.N),
                        NumberText.Count(row.Missing),
                    ]),
                ]);
    }

    private static SummaryTable Peaks(Findings findings)
    {
        var headline = Headline.Of(findings);
        var order = headline
            .Ordered(findings, findings.Peaks.Select(peak => new ProbeKey(peak.Probe, "none", peak.Scorer)).Distinct())
            .ToList();
        var rows = findings.Peaks
            .Where(peak => peak.Attribute == headline.Attribute)
            .OrderBy(peak => order.IndexOf(Key(peak)))
            .Select(peak => (IReadOnlyList<string>)
            [
                Wording.Name(peak.Probe) + (Headline.IsUntrained(findings, Key(peak)) ? " (not trained out)" : ""),
                peak.Scorer,
                Wording.Scenario(peak.Scenario),
                NumberText.WithInterval(peak.NestedR, peak.NestedLow, peak.NestedHigh, NumberText.Unit),
                NumberText.Count(peak.Layer),
                NumberText.WithInterval(peak.R, peak.Low, peak.High, NumberText.Unit),
                NumberText.Layers(peak.LayersWithin),
            ])
            .ToArray();
        return new SummaryTable(
            $"Information strength, {Wording.Name(headline.Attribute ?? "")}",
            ["probe", "scorer", "scenario", "r, layer chosen on other folds", "peak layer", "r there", "layers within its interval"],
            rows);

        static ProbeKey Key(PeakFinding peak) => new(peak.Probe, "none", peak.Scorer);
    }
}

using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Tables;

/// <summary>The comparison of scorers as tables of strings, for a terminal and for Markdown.</summary>
public static class ScorerComparisonTable
{
    internal static readonly (string Measure, string Heading, string Meaning)[] Measures =
    [
        ("pearson", "r", "Pearson's correlation"),
        ("spearman", "rho", "Spearman's rank correlation"),
        ("same-side", "same side", "share of texts that both put at .5 or above, or both below"),
        ("difference", "difference", "mean of first minus second"),
        ("rmse", "RMSE", "root of the mean squared difference"),
        ("calibration-error", "calibration", "mean distance from the reliability curve to the diagonal"),
    ];

    /// <summary>Two tables a pair: how far they agree over all texts, and what changes over all prompts.</summary>
    public static IReadOnlyList<SummaryTable> Of(IReadOnlyList<ScorerComparisonFinding> comparisons)
    {
        ArgumentNullException.ThrowIfNull(comparisons);
        return [.. comparisons.SelectMany(pair => new[] { Agreement(pair), Changes(pair) }).Where(table => table.Rows.Count > 0)];
    }

    internal static string Figure(double? value, double? low, double? high) => NumberText.WithInterval(value, low, high, NumberText.Unit);

    private static SummaryTable Agreement(ScorerComparisonFinding pair) => new(
        $"{pair.First} against {pair.Second}: how far they agree",
        ["Attribute", "n", "Missing", .. Shown.Select(measure => measure.Heading)],
        [
            .. pair.Agreement.Where(row => row.Texts == "all").GroupBy(row => row.Attribute).Select(group => (IReadOnlyList<string>)
            [
                Wording.Name(group.Key),
                NumberText.Count(group.First().N),
                NumberText.Count(group.First().Missing),
                .. Shown
                    .Select(measure => group.First(row => row.Measure == measure.Measure))
                    .Select(row => row.Measure == "calibration-error" ? NumberText.Unit(row.Value) : Figure(row.Value, row.Low, row.High)),
            ]),
        ]);

    // As much as a terminal of 120 characters holds; files and report have all of it.
    private static IEnumerable<(string Measure, string Heading, string Meaning)> Shown => Measures.Where(measure => measure.Measure != "rmse");

    private static SummaryTable Changes(ScorerComparisonFinding pair) => new(
        $"What changes where {pair.Second} replaces {pair.First}",
        ["Attribute", "Prompts", "Figure", pair.First, pair.Second, "Difference", "n"],
        [
            .. pair.Changes.Where(row => row.Subset == "all" && row.Metric != "mean").Select(row => (IReadOnlyList<string>)
            [
                Wording.Name(row.Attribute), row.Subset, row.Metric, NumberText.Unit(row.First), NumberText.Unit(row.Second),
                Figure(row.Difference, row.Low, row.High), NumberText.Count(row.NFirst),
            ]),
        ]);
}

using System.Text;
using AlignedProbing.Files;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Tables;

/// <summary><c>scorers.csv</c>: two scorers on the same texts, a row a figure. Columns are explained in docs/guide/compare-scorers.md.</summary>
public sealed class ScorersCsv : IReportExporter
{
    /// <inheritdoc/>
    public string FileName => "scorers.csv";

    /// <summary>Whether the run has two scorers.</summary>
    public bool Applies(Findings findings) => findings.ScorerComparisons.Count > 0;

    /// <inheritdoc/>
    public void Write(Findings findings, RunFolder run, Stream destination) => Write(findings.ScorerComparisons, destination);

    /// <summary>Writes comparisons.</summary>
    public static void Write(IReadOnlyList<ScorerComparisonFinding> comparisons, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(comparisons);
        ArgumentNullException.ThrowIfNull(destination);
        var text = new StringBuilder();
        CsvText.Line(
            text,
            "kind",
            "first",
            "second",
            "attribute",
            "texts",
            "measure",
            "value",
            "low",
            "high",
            "by_first",
            "by_second",
            "n",
            "n_second",
            "missing",
            "reason");
        foreach (var pair in comparisons)
        {
            foreach (var row in pair.Agreement)
            {
                CsvText.Line(
                    text,
                    "agreement",
                    pair.First,
                    pair.Second,
                    row.Attribute,
                    row.Texts,
                    row.Measure,
                    CsvText.Number(row.Value),
                    CsvText.Number(row.Low),
                    CsvText.Number(row.High),
                    "",
                    "",
                    CsvText.Number(row.N),
                    "",
                    CsvText.Number(row.Missing),
                    row.Reason ?? "");
            }

            foreach (var row in pair.Changes)
            {
                CsvText.Line(
                    text,
                    "change",
                    pair.First,
                    pair.Second,
                    row.Attribute,
                    row.Subset,
                    row.Metric,
                    CsvText.Number(row.Difference),
                    CsvText.Number(row.Low),
                    CsvText.Number(row.High),
                    CsvText.Number(row.First),
                    CsvText.Number(row.Second),
                    CsvText.Number(row.NFirst),
                    CsvText.Number(row.NSecond),
                    "",
                    "");
            }

            foreach (var (curve, bin) in pair.Reliability.SelectMany(curve => curve.Bins.Select(bin => (curve, bin))))
            {
                CsvText.Line(
                    text,
                    "reliability",
                    pair.First,
                    pair.Second,
                    curve.Attribute,
                    "all",
                    $"{CsvText.Number(bin.From)} to {CsvText.Number(bin.To)}",
                    CsvText.Number(bin.Second),
                    "",
                    "",
                    CsvText.Number(bin.First),
                    CsvText.Number(bin.Second),
                    CsvText.Number(bin.N),
                    "",
                    "",
                    "");
            }
        }

        destination.Write(AtomicWrite.Utf8.GetBytes(text.ToString()));
    }
}

using System.Text;
using AlignedProbing.Files;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Tables;

/// <summary>
/// <c>differences.csv</c>: a row for each difference of strength between layers and between scenarios. Columns are explained in docs/reference/findings.md.
/// </summary>
public sealed class DifferencesCsv : IReportExporter
{
    /// <inheritdoc/>
    public string FileName => "differences.csv";

    /// <inheritdoc/>
    public void Write(Findings findings, RunFolder run, Stream destination)
    {
        var text = new StringBuilder();
        CsvText.Line(
            text,
            "kind",
            "probe",
            "attribute",
            "scenario",
            "layer",
            "other_scenario",
            "other_layer",
            "difference",
            "low",
            "high",
            "p",
            "adjusted_p",
            "comparisons",
            "scorer",
            "estimator",
            "reason",
            "n");
        foreach (var row in findings.Differences)
        {
            CsvText.Line(
                text,
                row.Kind,
                row.Probe,
                row.Attribute,
                CsvText.Name(row.Scenario),
                CsvText.Number(row.Layer),
                CsvText.Name(row.OtherScenario),
                CsvText.Number(row.OtherLayer),
                CsvText.Number(row.Value),
                CsvText.Number(row.Low),
                CsvText.Number(row.High),
                CsvText.Number(row.P),
                CsvText.Number(row.AdjustedP),
                CsvText.Number(row.Comparisons),
                row.Scorer,
                row.Estimator,
                row.Reason ?? "",
                CsvText.Number(row.N));
        }

        destination.Write(AtomicWrite.Utf8.GetBytes(text.ToString()));
    }
}

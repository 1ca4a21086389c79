using System.Text;
using AlignedProbing.Files;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Tables;

/// <summary>
/// <c>selectivity.csv</c>: a row for each probe, control, scorer, scenario, attribute and layer. Columns are explained in docs/reference/findings.md.
/// </summary>
public sealed class SelectivityCsv : IReportExporter
{
    /// <inheritdoc/>
    public string FileName => "selectivity.csv";

    /// <inheritdoc/>
    public void Write(Findings findings, RunFolder run, Stream destination)
    {
        var text = new StringBuilder();
        CsvText.Line(
            text,
            "probe",
            "control",
            "scenario",
            "attribute",
            "layer",
            "selectivity",
            "low",
            "high",
            "control_r",
            "n",
            "scorer",
            "reason",
            "estimator",
            "accuracy",
            "accuracy_low",
            "accuracy_high",
            "accuracy_estimator",
            "accuracy_reason");
        foreach (var row in findings.Selectivity)
        {
            CsvText.Line(
                text,
                row.Probe,
                row.Control,
                CsvText.Name(row.Scenario),
                row.Attribute,
                CsvText.Number(row.Layer),
                CsvText.Number(row.Value),
                CsvText.Number(row.Low),
                CsvText.Number(row.High),
                CsvText.Number(row.ControlR),
                CsvText.Number(row.N),
                row.Scorer,
                row.Reason ?? "",
                row.Estimator,
                CsvText.Number(row.Accuracy?.Value),
                CsvText.Number(row.Accuracy?.Low),
                CsvText.Number(row.Accuracy?.High),
                row.Accuracy?.Estimator ?? "",
                row.Accuracy?.Reason ?? "");
        }

        destination.Write(AtomicWrite.Utf8.GetBytes(text.ToString()));
    }
}

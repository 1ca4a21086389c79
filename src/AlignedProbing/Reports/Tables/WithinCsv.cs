using System.Text;
using AlignedProbing.Files;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Tables;

/// <summary>
/// <c>within.csv</c>: interplay within the model, a row for each probe, scorer and layer. Columns are explained in docs/reference/findings.md.
/// </summary>
public sealed class WithinCsv : IReportExporter
{
    /// <inheritdoc/>
    public string FileName => "within.csv";

    /// <summary>Whether prompts have predictions and scored continuations.</summary>
    public bool Applies(Findings findings) => findings.Within.Count > 0;

    /// <inheritdoc/>
    public void Write(Findings findings, RunFolder run, Stream destination)
    {
        var text = new StringBuilder();
        CsvText.Line(text, "probe", "scorer", "attribute", "layer", "r", "low", "high", "p", "adjusted_p", "n", "estimator", "reason");
        foreach (var row in findings.Within)
        {
            CsvText.Line(
                text,
                row.Probe,
                row.Scorer,
                row.Attribute,
                CsvText.Number(row.Layer),
                CsvText.Number(row.R),
                CsvText.Number(row.Low),
                CsvText.Number(row.High),
                CsvText.Number(row.P),
                CsvText.Number(row.AdjustedP),
                CsvText.Number(row.N),
                row.Estimator,
                row.Reason ?? "");
        }

        destination.Write(AtomicWrite.Utf8.GetBytes(text.ToString()));
    }
}

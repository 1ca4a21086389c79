using System.Text;
using AlignedProbing.Files;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Tables;

/// <summary><c>behavior.csv</c>: a row for each scorer, attribute, subset and metric. Columns are explained in docs/reference/findings.md.</summary>
public sealed class BehaviorCsv : IReportExporter
{
    /// <inheritdoc/>
    public string FileName => "behavior.csv";

    /// <inheritdoc/>
    public void Write(Findings findings, RunFolder run, Stream destination) => Write(findings.Behavior, destination);

    /// <summary>Writes rows of behaviour.</summary>
    internal static void Write(IReadOnlyList<BehaviorFinding> rows, Stream destination)
    {
        var text = new StringBuilder();
        CsvText.Line(text, "scorer", "attribute", "subset", "metric", "value", "low", "high", "n", "missing", "k", "reason", "missing_by_reason", "estimator");
        foreach (var row in rows)
        {
            CsvText.Line(
                text,
                row.Scorer,
                row.Attribute,
                row.Subset,
                row.Metric,
                CsvText.Number(row.Value),
                CsvText.Number(row.Low),
                CsvText.Number(row.High),
                CsvText.Number(row.N),
                CsvText.Number(row.Missing),
                row.K is { } k ? CsvText.Number(k) : "",
                row.Reason ?? "",
                CsvText.Reasons(row.MissingByReason),
                row.Estimator);
        }

        destination.Write(AtomicWrite.Utf8.GetBytes(text.ToString()));
    }
}

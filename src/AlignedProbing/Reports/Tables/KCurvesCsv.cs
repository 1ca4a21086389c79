using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Tables;

/// <summary><c>k-curves.csv</c>: EMT and TP by number of continuations, in the columns of <see cref="BehaviorCsv"/>.</summary>
public sealed class KCurvesCsv : IReportExporter
{
    /// <inheritdoc/>
    public string FileName => "k-curves.csv";

    /// <summary>Whether prompts have several continuations.</summary>
    public bool Applies(Findings findings) => findings.KCurves.Count > 0;

    /// <inheritdoc/>
    public void Write(Findings findings, RunFolder run, Stream destination) => BehaviorCsv.Write(findings.KCurves, destination);
}

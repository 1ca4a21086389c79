using AlignedProbing.Runs;

namespace AlignedProbing.Reports;

/// <summary>Writes findings in one form. An exporter shows figures and computes none.</summary>
public interface IReportExporter
{
    /// <summary>Name of the file it writes, below the run folder.</summary>
    string FileName { get; }

    /// <summary>Whether there is anything to write.</summary>
    bool Applies(Findings findings) => true;

    /// <summary>Writes the findings.</summary>
    /// <param name="findings">What analysis found.</param>
    /// <param name="run">The run, for texts and for who made it; nothing else is read from it.</param>
    /// <param name="destination">Where to; it stays open.</param>
    void Write(Findings findings, RunFolder run, Stream destination);
}

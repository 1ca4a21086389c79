using AlignedProbing.Files;
using AlignedProbing.Reports.Html;
using AlignedProbing.Reports.Tables;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports;

/// <summary>Every form of report. A new one is a file and a line here.</summary>
public static class ReportCatalog
{
    /// <summary>All exporters, in the order in which they are written.</summary>
    public static IReadOnlyList<IReportExporter> All { get; } =
    [
        new BehaviorCsv(),
        new InternalsCsv(),
        new SelectivityCsv(),
        new DifferencesCsv(),
        new WithinCsv(),
        new KCurvesCsv(),
        new ScorersCsv(),
        new MarkdownReport(),
        new HtmlReport(TimeProvider.System),
    ];

    /// <summary>Writes every form into the run folder, each complete or not at all.</summary>
    /// <returns>The paths written.</returns>
    public static IReadOnlyList<string> WriteAll(Findings findings, RunFolder run) => WriteAll(findings, run, run.FullPath);

    /// <summary>Writes every form into a folder, each complete or not at all.</summary>
    /// <param name="findings">What was found.</param>
    /// <param name="run">The run, for the texts that a report shows.</param>
    /// <param name="folder">The folder; made where it is absent.</param>
    /// <returns>The paths written.</returns>
    /// <exception cref="InputException">Nothing can be written there.</exception>
    public static IReadOnlyList<string> WriteAll(Findings findings, RunFolder run, string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw RunFolder.NotWritable(folder, error);
        }

        var paths = new List<string>();
        foreach (var exporter in All.Where(exporter => exporter.Applies(findings)))
        {
            var path = Path.Combine(folder, exporter.FileName);
            AtomicWrite.File(path, stream => exporter.Write(findings, run, stream));
            paths.Add(path);
        }

        return paths;
    }
}

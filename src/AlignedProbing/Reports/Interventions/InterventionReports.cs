using System.Text.Json;
using AlignedProbing.Files;
using AlignedProbing.Reports.Html;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Interventions;

namespace AlignedProbing.Reports.Interventions;

/// <summary>A run's interventions as files: <c>interventions/findings.json</c>, and <c>intervention.html</c>, <c>.md</c> and <c>.csv</c>.</summary>
public static class InterventionReports
{
    /// <summary>The page for people.</summary>
    public static string PageOf(RunFolder run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return Path.Combine(run.FullPath, "intervention.html");
    }

    /// <summary>Writes them.</summary>
    /// <param name="run">The unedited run.</param>
    /// <param name="findings">What its interventions gave.</param>
    public static void Write(RunFolder run, InterventionFindings findings)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(findings);
        var folder = DerivedRuns.FolderOf(run);
        Directory.CreateDirectory(folder);
        AtomicWrite.File(Path.Combine(folder, "findings.json"), stream => JsonSerializer.Serialize(stream, findings, RecordJson.File));
        AtomicWrite.Text(Path.Combine(run.FullPath, "intervention.csv"), InterventionCsv.Of(findings));
        AtomicWrite.Text(Path.Combine(run.FullPath, "intervention.md"), InterventionMarkdown.Of(findings));
        AtomicWrite.Text(PageOf(run), InterventionPage.Of(findings));
    }
}

using System.Text.Json;
using AlignedProbing.Runs.Interventions;

namespace AlignedProbing.Runs.Units;

/// <summary>A run folder among others: what it is of, how far it has come, and its first figures.</summary>
/// <param name="Run">The run folder.</param>
/// <param name="State">As <see cref="RunStatus.State"/>; <c>broken</c> where the folder cannot be read as a run.</param>
/// <param name="Model">The model's name; null where the run cannot be read.</param>
/// <param name="Prompts">Number of prompts; null where the run cannot be read.</param>
/// <param name="Emt">Expected maximum toxicity (or of whatever else) of all prompts, by scorer and attribute; empty before analysis.</param>
/// <param name="Peaks">The layers where strengths peak; empty before analysis.</param>
/// <param name="Fault">Why the run cannot be read; null where it can.</param>
public sealed record RunListing(
    string Run,
    string State,
    string? Model,
    int? Prompts,
    IReadOnlyList<BehaviorFinding> Emt,
    IReadOnlyList<PeakFinding> Peaks,
    string? Fault = null)
{
    /// <summary>Lists the runs in a folder: itself where it is one, else those below it, at most three levels down and through no link.</summary>
    /// <exception cref="InputException">There is no such folder.</exception>
    public static IReadOnlyList<RunListing> In(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new InputException("run-folder-missing", $"listing the runs in '{folder}'", "there is no such folder", "Name the folder that holds the runs");
        }

        var within = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            MaxRecursionDepth = 3,
            AttributesToSkip = FileAttributes.ReparsePoint,
            IgnoreInaccessible = true,
        };
        // Edited runs of a run are parts of it; whoever names their folder sees them.
        return
        [
            .. Directory
                .EnumerateFiles(folder, "manifest.json", within)
                .Where(path => !DerivedRuns.IsWithinARun(path, folder))
                .Order(StringComparer.Ordinal)
                .Select(Of),
        ];
    }

    private static RunListing Of(string manifest)
    {
        var path = Path.GetDirectoryName(manifest)!;
        try
        {
            var run = RunFolder.Open(path);
            var (asked, status) = (run.ReadManifest(), RunStatus.Of(run));
            var findings = status.Analysed ? run.ReadFindings() : null;
            return new RunListing(
                run.FullPath,
                status.State,
                asked.Model.Name,
                asked.Prompts.Prompts,
                [.. (findings?.Behavior ?? []).Where(row => row is { Metric: "EMT", Subset: "all" })],
                findings?.Peaks ?? []);
        }
        catch (Exception error) when (error is InputException or IOException or UnauthorizedAccessException or JsonException)
        {
            // One broken folder does not hide the others.
            return new RunListing(path, "broken", null, null, [], [], error.Message);
        }
    }
}

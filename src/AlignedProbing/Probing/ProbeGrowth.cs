using System.Text.Json;
using AlignedProbing.Files;
using AlignedProbing.Runs;

namespace AlignedProbing.Probing;

/// <summary>
/// A probe's folder takes more: attributes, control tasks and online codes that are asked later are added to those that are there. A layer without them is
/// trained anew, and what it had comes out the same. Whatever else differs is refused.
/// </summary>
internal static class ProbeGrowth
{
    /// <summary>Starts or goes on with the folder.</summary>
    /// <param name="run">The run.</param>
    /// <param name="options">What is asked.</param>
    /// <param name="asked">Everything its results depend on.</param>
    /// <returns>What is asked together with what is there.</returns>
    /// <exception cref="InputException"><c>options-differ</c>: the folder was made in another way; every difference is named.</exception>
    public static (ProbingOptions Options, IReadOnlyList<string> Attributes) Settle(RunFolder run, ProbingOptions options, ProbingFingerprint asked)
    {
        var folder = run.ProbeFolder(options.FolderName, options.Scorer);
        if (RunFolder.ReadStage<ProbingFingerprint>(folder) is not { } there)
        {
            RunFolder.StartOrResumeStage(folder, asked);
            return (options, asked.Attributes);
        }

        var together = asked with
        {
            Attributes = [.. there.Attributes.Union(asked.Attributes)],
            Controls = [.. there.Controls.Union(asked.Controls)],
            OnlineCoding = there.OnlineCoding || asked.OnlineCoding,
        };
        ManifestComparison.ThrowIfDifferent(
            folder,
            there with { Attributes = together.Attributes, Controls = together.Controls, OnlineCoding = together.OnlineCoding },
            together);
        if (together.Attributes.Count > there.Attributes.Count || together.Controls.Count > there.Controls.Count || together.OnlineCoding != there.OnlineCoding)
        {
            AtomicWrite.File(RunFolder.StageManifestPath(folder), stream => JsonSerializer.Serialize(stream, together, RecordJson.File));
        }

        return (
            options with { Attributes = together.Attributes, Controls = together.Controls, OnlineCoding = together.OnlineCoding },
            together.Attributes);
    }

    /// <summary>Whether a layer that is there has every cell that is asked for.</summary>
    public static bool Holds(RunFolder run, ProbingOptions options, IReadOnlyList<ProbingCell> cells, int layer)
    {
        if (options.OnlineCoding && !File.Exists(run.ProbeCodesPath(options.FolderName, options.Scorer, layer)))
        {
            return false;
        }

        var there = run.ReadProbeRuns(options.FolderName, options.Scorer, layer).Select(line => (line.Scenario, line.Attribute, line.Control)).ToHashSet();
        return cells.All(cell => there.Contains((cell.Scenario, cell.Attribute, cell.Control)));
    }
}

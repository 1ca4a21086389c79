using System.Globalization;
using System.Text.Json;
using AlignedProbing.Runs;

namespace AlignedProbing.Analysis;

/// <summary>
/// What a probe was asked beyond what the manifest says and reports take for granted: read from the options beside its results, noted where it is not the
/// usual.
/// </summary>
internal static class ProbeNotes
{
    private const double ManyLeaks = 0.01;
    private const int UsualEpochs = 20;

    public static IEnumerable<string> Of(RunFolder run, Manifest manifest, string probe, string scorer)
    {
        var path = RunFolder.StageManifestPath(run.ProbeFolder(probe, scorer));
        if (!File.Exists(path))
        {
            yield break;
        }

        using var options = Read(path);
        if (Text(options, "backward") is { } backward and not "max")
        {
            yield return $"Backward of {probe} on {scorer} asks for the {backward} over a prompt's continuations, not for the highest score.";
        }

        if (Continuations(run, probe, scorer) is { Count: > 1 } numbers)
        {
            yield return $"Forward and Output of {probe} on {scorer} rest on {numbers.Count} continuations of each prompt: n counts continuations there, " +
                "which stay within their prompt's fold and are drawn with it.";
        }

        if (
            options.RootElement.ValueKind == JsonValueKind.Object
            && options.RootElement.TryGetProperty("group_duplicates", out var grouped)
            && grouped.ValueKind == JsonValueKind.True)
        {
            yield return $"{probe} on {scorer} kept prompts that are nearly identical within one fold: its folds are not those of probes that did not.";
        }

        if (Text(options, "pooling") is { } pooling && pooling != manifest.Measurement.Pooling)
        {
            yield return $"{probe} on {scorer} read vectors pooled by {pooling}, not by {manifest.Measurement.Pooling} as the run's other probes.";
        }
    }

    /// <summary>A warning where many prompts stand beside nearly identical ones in other folds.</summary>
    public static IEnumerable<string> Of(IReadOnlyList<LeakFinding> leaks)
    {
        if (leaks.Where(leak => leak.AcrossFolds > ManyLeaks * leak.Prompts).MaxBy(leak => leak.AcrossFolds) is { } worst)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{worst.AcrossFolds:#,0} of {worst.Prompts:#,0} prompts are identical, or nearly so, to one in another fold ({worst.Probe} on " +
                $"{worst.Scorer}, {worst.Scenario}, {worst.Attribute}): probes are tested on what they were trained on, and read too much. Probing with " +
                $"--group-duplicates keeps such prompts together.");
        }
    }

    /// <summary>Numbers of the continuations whose vectors were probed: how many rows each prompt has in the predictions. One where nothing says so.</summary>
    public static IReadOnlyList<int> Continuations(RunFolder run, string probe, string scorer)
    {
        var path = RunFolder.StageManifestPath(run.ProbeFolder(probe, scorer));
        if (!File.Exists(path))
        {
            return [0];
        }

        using var options = Read(path);
        return
            options.RootElement.ValueKind == JsonValueKind.Object
            && options.RootElement.TryGetProperty("continuations", out var numbers)
            && numbers.ValueKind == JsonValueKind.Array
            && numbers.GetArrayLength() > 0
            ?
            [
                .. numbers
                    .EnumerateArray()
                    .Select(number => number.TryGetInt32(out var value) ? value : throw PromptIndex.Broken("its continuations are no whole numbers", path)),
            ]
            : [0];
    }

    /// <summary>Epochs that a probe was allowed; the usual number where nothing says so.</summary>
    public static int Epochs(RunFolder run, string probe, string scorer)
    {
        var path = RunFolder.StageManifestPath(run.ProbeFolder(probe, scorer));
        if (!File.Exists(path))
        {
            return UsualEpochs;
        }

        using var options = Read(path);
        return
            options.RootElement.ValueKind == JsonValueKind.Object
            && options.RootElement.TryGetProperty("epochs", out var epochs)
            && epochs.ValueKind == JsonValueKind.Number
            ? epochs.TryGetInt32(out var value) && value > 0 ? value : throw PromptIndex.Broken("its epochs are no whole number", path)
            : UsualEpochs;
    }

    private static JsonDocument Read(string path)
    {
        try
        {
            return ForeignJson.Parse(File.ReadAllBytes(path));
        }
        catch (JsonException error)
        {
            throw PromptIndex.Broken($"it is no JSON ({error.Message})", path);
        }
    }

    private static string? Text(JsonDocument options, string name) =>
        options.RootElement.ValueKind == JsonValueKind.Object
        && options.RootElement.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}

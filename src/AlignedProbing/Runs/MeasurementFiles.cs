using System.Text.Json;
using AlignedProbing.Files;

namespace AlignedProbing.Runs;

/// <summary>The files in which stages keep what they were asked. Folders of format 1 have it in the manifest; a file here wins over it.</summary>
internal static class MeasurementFiles
{
    /// <summary>What is measured when nothing else is asked.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="manifest">Its manifest as it stands in its file.</param>
    /// <param name="scoring">Reads what scoring was asked.</param>
    /// <param name="probing">Reads what probing was asked.</param>
    public static MeasurementManifest Read(string run, Manifest manifest, Func<string, AskedOfScoring> scoring, Func<string, AskedOfProbing> probing)
    {
        var measurement = ReferenceEquals(manifest.Measurement, MeasurementManifest.Usual)
            ? MeasurementManifest.Usual with
            {
                Scorers = [manifest.Encoding.Continuations == "given" ? "given" : "ngram"],
                Pooling = manifest.Encoding.Pooling.Count > 0 ? manifest.Encoding.Pooling[0] : MeasurementManifest.Usual.Pooling,
            }
            : manifest.Measurement;
        if (File.Exists(ScoringPath(run)))
        {
            var asked = scoring(ScoringPath(run));
            measurement = measurement with { Scorers = asked.Scorers, PromptScores = asked.PromptScores };
        }

        if (!File.Exists(ProbingPath(run)))
        {
            return measurement;
        }

        var probes = probing(ProbingPath(run));
        return measurement with
        {
            Probes = probes.Probes,
            Layers = probes.Layers,
            Attributes = probes.Attributes,
            Pooling = probes.Pooling,
            Controls = probes.Controls,
            HiddenUnits = probes.HiddenUnits,
            Standardise = probes.Standardise,
            OnlineCoding = probes.OnlineCoding,
            GroupDuplicates = probes.GroupDuplicates,
            ProbedContinuations = probes.ProbedContinuations,
            Backward = probes.Backward,
        };
    }

    /// <summary>Writes what stages are asked, where it is not there already.</summary>
    public static void Write(string run, MeasurementManifest measurement)
    {
        Keep(ScoringPath(run), new AskedOfScoring { Scorers = measurement.Scorers, PromptScores = measurement.PromptScores });
        Keep(ProbingPath(run), new AskedOfProbing
        {
            Probes = measurement.Probes,
            Layers = measurement.Layers,
            Attributes = measurement.Attributes,
            Pooling = measurement.Pooling,
            Controls = measurement.Controls,
            HiddenUnits = measurement.HiddenUnits,
            Standardise = measurement.Standardise,
            OnlineCoding = measurement.OnlineCoding,
            GroupDuplicates = measurement.GroupDuplicates,
            ProbedContinuations = measurement.ProbedContinuations,
            Backward = measurement.Backward,
        });
    }

    private static string ScoringPath(string run) => RunFolder.StageManifestPath(Path.Combine(run, "scores"));

    private static string ProbingPath(string run) => RunFolder.StageManifestPath(Path.Combine(run, "probes"));

    // Shares of a run write the same at once; a file that says it already is left alone.
    private static void Keep<T>(string path, T asked)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(asked, RecordJson.File);
        if (!File.Exists(path) || !File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            AtomicWrite.File(path, stream => stream.Write(bytes));
        }
    }
}

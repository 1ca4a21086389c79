using AlignedProbing.Files;
using AlignedProbing.Runs;
using AlignedProbing.Torch.Interventions;

namespace AlignedProbing.Torch.EditedRuns;

/// <summary>The difference of means as a direction: vectors whose text scores .5 or more, less the others'.</summary>
internal static class DirectionOfMeans
{
    private const double ToxicFrom = 0.5;

    /// <summary>Adds up a run's stored vectors.</summary>
    /// <exception cref="InputException"><c>direction</c>: the scenario has none, the run is not complete, or one side has no text.</exception>
    public static NamedDirection Find(RunFolder run, Manifest manifest, DirectionAsked asked, string attribute, Scenario scenario, string scorer)
    {
        if (scenario is not (Scenario.Input or Scenario.Output))
        {
            throw DirectionAsked.Fault(
                asked.Text, $"means are of prompts (Input) or of continuations (Output), and this asks for {scenario}", "Write Input or Output");
        }

        var (high, low) = (new Sum(manifest.Model.Width), new Sum(manifest.Model.Width));
        for (var chunk = 0; chunk < RunFolder.ChunkCount(run.ReadPrompts().Count, manifest.Encoding.Chunk); chunk++)
        {
            if (!run.HasEncoding(chunk) || !run.HasScores(scorer, chunk))
            {
                throw DirectionAsked.Fault(asked.Text, $"chunk {chunk} is not encoded or not scored by '{scorer}'", "Finish the run first");
            }

            Add(run, manifest, chunk, asked.Layer, scenario, Scores(run, chunk, scorer, attribute, scenario), high, low);
        }

        return high.Count > 0 && low.Count > 0
            ? new NamedDirection(
                $"means of {attribute}:{scenario}:{asked.Layer} on {scorer}, {high.Count} texts from .5 up less {low.Count} others",
                DirectionSource.Safe($"means.{attribute}.{DirectionSource.NameOf(scenario)}.{asked.Layer}"),
                new EditDirection([.. high.Mean().Zip(low.Mean()).Select(pair => (float)(pair.First - pair.Second))]))
            : throw DirectionAsked.Fault(
                asked.Text, $"{high.Count} texts score .5 or more by '{scorer}' and {low.Count} less", "Take prompts of both kinds, or another scorer");
    }

    private static Dictionary<string, double> Scores(RunFolder run, int chunk, string scorer, string attribute, Scenario scenario) =>
        run.ReadScores(scorer, chunk)
            .Where(row => row.Number == (scenario == Scenario.Input ? null : 0) && row.Scores.ContainsKey(attribute))
            .ToDictionary(row => row.PromptId, row => row.Scores[attribute], StringComparer.Ordinal);

    private static void Add(
        RunFolder run, Manifest manifest, int chunk, int layer, Scenario scenario, Dictionary<string, double> scores, Sum high, Sum low)
    {
        var rows = run.ReadEncodedPrompts(chunk);
        var kept = scenario == Scenario.Input ? [0] : manifest.Encoding.Keep;
        var first = kept.ToList().IndexOf(0);
        var missing = scenario == Scenario.Input
            ? rows.Where(row => row.Missing is not null).Select(row => row.PromptId)
            : run.ReadContinuations(chunk).Where(row => row is { Number: 0, Missing: not null }).Select(row => row.PromptId);
        var absent = missing.ToHashSet(StringComparer.Ordinal);
        var (values, shape) = NpyFile.ReadAll(
            run.VectorsPath(chunk, scenario == Scenario.Input ? "input" : "output", manifest.Measurement.Pooling));
        var (count, width) = (rows.Count * kept.Count, manifest.Model.Width);
        if (first < 0 || shape is not [var layers, var stored, var size] || layers != manifest.Model.Layers || stored != count || size != width)
        {
            throw new InputException(
                "direction",
                $"reading vectors of chunk {chunk} of '{run.FullPath}'",
                first < 0 ? "the first continuation's were not kept" : $"they are of shape [{string.Join(", ", shape)}]",
                first < 0 ? "Encode with --keep 0, or ask for Input" : "Remove the chunk and encode it again");
        }

        foreach (var (place, row) in rows.Index().Where(pair => !absent.Contains(pair.Item.PromptId) && scores.ContainsKey(pair.Item.PromptId)))
        {
            var start = ((layer * count) + (place * kept.Count) + first) * width;
            (scores[row.PromptId] >= ToxicFrom ? high : low).Add(values.AsSpan(start, width));
        }
    }

    private sealed class Sum(int width)
    {
        private readonly double[] _sum = new double[width];

        public int Count { get; private set; }

        public void Add(ReadOnlySpan<float> vector)
        {
            Count++;
            for (var i = 0; i < _sum.Length; i++)
            {
                _sum[i] += vector[i];
            }
        }

        public double[] Mean() => Array.ConvertAll(_sum, value => value / Count);
    }
}

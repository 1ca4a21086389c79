using AlignedProbing.Files;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Interventions;
using AlignedProbing.Torch.Encoding;
using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Interventions;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.EditedRuns;

/// <summary>
/// What edits do to a model's distributions on the texts of a run: KL on the run's own first continuations, and perplexities. Unedited logits are kept where
/// they fit, so that a further edit costs one pass.
/// </summary>
/// <param name="run">The unedited run; all its chunks must be there.</param>
/// <param name="inputs">Its model and tokenizer.</param>
internal sealed class DamageMeasure(RunFolder run, EncodingInputs inputs)
{
    private const long MostKept = 1L << 30;
    private const int TextsAtATime = 16;

    private readonly Dictionary<int, ChunkTexts> _chunks = [];
    private bool? _keeps;

    /// <summary>Mean KL over all chunks, nats a token: infinite where logits are not finite, NaN where the run has no text to compare on.</summary>
    public double MeanDivergence(ISiteEditor editor, CancellationToken cancellationToken)
    {
        var (sum, tokens) = (0.0, 0L);
        for (var chunk = 0; chunk < Chunks(); chunk++)
        {
            var texts = TextsOf(chunk);
            sum += texts.Divergence.Run(editor, cancellationToken).Sum();
            tokens += texts.Divergence.Tokens;
        }

        return tokens == 0 ? double.NaN : double.IsFinite(sum) ? sum / tokens : double.PositiveInfinity;
    }

    /// <summary>Measures a chunk, and keeps it where it belongs; one that is there is left.</summary>
    /// <param name="folder">The derived run's folder; for the unedited run itself that of all interventions.</param>
    /// <param name="edited">The run whose continuations are read under the unedited model.</param>
    /// <param name="chunk">The chunk.</param>
    /// <param name="intervention">The edits; those of the unedited run change nothing.</param>
    /// <param name="perplexities">Whether perplexities are measured too.</param>
    /// <param name="cancellationToken">Stops between two passes.</param>
    public void Measure(
        string folder, RunFolder edited, int chunk, Intervention intervention, bool perplexities, CancellationToken cancellationToken)
    {
        var path = DerivedRuns.DamagePath(folder, chunk);
        if (File.Exists(path) && (!perplexities || DerivedRuns.ReadDamage(folder, chunk).Any(row => row.OwnTokens + row.GivenTokens > 0)))
        {
            return;
        }

        var texts = TextsOf(chunk);
        var divergences = texts.Usable.Zip(texts.Divergence.Run(intervention, cancellationToken)).ToDictionary(pair => pair.First, pair => pair.Second);
        var (given, own) = (new Dictionary<string, (int, double)>(), new Dictionary<string, (int, double)>());
        if (perplexities)
        {
            var continuations = First(edited, chunk);
            given = Likelihoods(texts.Rows.ToDictionary(row => row.PromptId, row => texts.Given.GetValueOrDefault(row.PromptId) ?? []), intervention);
            own = Likelihoods(texts.Rows.ToDictionary(row => row.PromptId, row => continuations.GetValueOrDefault(row.PromptId) ?? []), null);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        JsonLines.WriteFile(path, texts.Rows.Select(row => new PromptDamage
        {
            PromptId = row.PromptId,
            Tokens = divergences.ContainsKey(row.PromptId) ? texts.First[row.PromptId].Count : 0,
            Divergence = divergences.TryGetValue(row.PromptId, out var sum) ? Finite(sum) : null,
            GivenTokens = given.GetValueOrDefault(row.PromptId).Item1,
            GivenLogProbability = given.TryGetValue(row.PromptId, out var known) ? Finite(known.Item2) : null,
            OwnTokens = own.GetValueOrDefault(row.PromptId).Item1,
            OwnLogProbability = own.TryGetValue(row.PromptId, out var written) ? Finite(written.Item2) : null,
        }));

        Dictionary<string, (int, double)> Likelihoods(Dictionary<string, IReadOnlyList<int>> following, ISiteEditor? editor) =>
            LogProbabilities(texts.Rows, following, editor, cancellationToken);
    }

    private Dictionary<string, (int Tokens, double Sum)> LogProbabilities(
        IReadOnlyList<EncodedPrompt> rows, Dictionary<string, IReadOnlyList<int>> following, ISiteEditor? editor, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, (int, double)>(StringComparer.Ordinal);
        var engine = new TokenEngine(inputs.Model, new TokenEngineOptions { Editor = editor });
        var usable = rows.Where(row => row.TokenIds.Count > 0
            && following[row.PromptId] is { Count: > 0 } after
            && row.TokenIds.Count + after.Count <= inputs.Model.Sizes.Context
            && after.All(id => id < inputs.Model.Sizes.Vocabulary));
        foreach (var batch in usable.Chunk(TextsAtATime))
        {
            TokenTail[] tails = Array.ConvertAll(batch, row => new TokenTail(TokenSource.Given(following[row.PromptId]), following[row.PromptId].Count));
            engine.Run([.. batch.Zip(tails).Select(pair => new TokenSequence(pair.First.TokenIds.ToArray(), [pair.Second]))], null, cancellationToken);
            foreach (var (row, tail) in batch.Zip(tails))
            {
                found.Add(row.PromptId, (tail.LogProbabilities.Count, tail.LogProbabilities.Sum()));
            }
        }

        return found;
    }

    private int Chunks() => RunFolder.ChunkCount(run.ReadPrompts().Count, run.ReadManifest().Encoding.Chunk);

    private ChunkTexts TextsOf(int chunk)
    {
        if (_chunks.TryGetValue(chunk, out var known))
        {
            return known;
        }

        _keeps ??= Enumerable.Range(0, Chunks()).Sum(each => First(run, each).Values.Sum(ids => (long)ids.Count)) * inputs.Model.Sizes.Vocabulary
            <= MostKept / sizeof(float);
        var (rows, first) = (run.ReadEncodedPrompts(chunk), First(run, chunk));
        var prompts = run.ReadPrompts().ToDictionary(prompt => prompt.Id, StringComparer.Ordinal);
        EncodedPrompt[] usable = [.. rows.Where(row => row.TokenIds.Count > 0 && first.GetValueOrDefault(row.PromptId) is { Count: > 0 })];
        return _chunks[chunk] = new ChunkTexts(
            rows,
            first,
            rows.Where(row => prompts[row.PromptId].Continuations.Count > 0).ToDictionary(
                row => row.PromptId, row => (IReadOnlyList<int>)ContinuationTokens.Of(prompts[row.PromptId].Continuations[0].Text, inputs.Tokenizer)),
            [.. usable.Select(row => row.PromptId)],
            new Divergence(inputs.Model, [.. usable.Select(row => (row.TokenIds.ToArray(), first[row.PromptId]))], _keeps.Value));
    }

    private static Dictionary<string, IReadOnlyList<int>> First(RunFolder of, int chunk) =>
        of.ReadContinuations(chunk)
            .Where(continuation => continuation is { Number: 0, TokenIds.Count: > 0 })
            .ToDictionary(continuation => continuation.PromptId, continuation => continuation.TokenIds, StringComparer.Ordinal);

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private sealed record ChunkTexts(
        IReadOnlyList<EncodedPrompt> Rows,
        IReadOnlyDictionary<string, IReadOnlyList<int>> First,
        IReadOnlyDictionary<string, IReadOnlyList<int>> Given,
        IReadOnlyList<string> Usable,
        Divergence Divergence);
}

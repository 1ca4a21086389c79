using AlignedProbing.Runs;
using AlignedProbing.Scoring.Recorded;

namespace AlignedProbing.Scoring;

/// <summary>
/// Scores the prompts and continuations of a run, a chunk at a time: <c>encodings/00012/continuations.jsonl</c> becomes
/// <c>scores/&lt;scorer&gt;/00012.jsonl</c>. A file's lines follow the prompts: the prompt's own text, then its continuations by number.
/// </summary>
public static class ScoringStage
{
    /// <summary>Scores what is not scored yet.</summary>
    /// <param name="run">The run; its chunks must be encoded.</param>
    /// <param name="scorer">The scorer; its identity is kept in <c>options.json</c> and compared when going on.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Told the number of texts done.</param>
    /// <param name="cancellationToken">Stops between batches; chunks finished so far are kept.</param>
    /// <returns>What was done. A chunk that fails (not encoded, a broken file, a scorer that gives up) is listed; the others are done.</returns>
    /// <exception cref="InputException">The options are wrong, the folder holds scores of another version, or no chunk is encoded at all.</exception>
    public static async Task<StageResult> RunAsync(
        RunFolder run,
        IScorer scorer,
        ScoringOptions options,
        IProgress<StageProgress>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var identity = ScorerIdentity.Of(scorer);
        var (manifest, prompts) = (run.ReadManifest(), run.ReadPrompts());
        var units = ChunkUnits.Of(run, scorer.Name, options, prompts, manifest);
        if (units.All.Count > 0 && !units.All.Any(run.HasEncoding))
        {
            throw new InputException(
                "run-not-encoded",
                $"scoring the run '{run.FullPath}'",
                "none of its chunks is encoded yet",
                "Run 'aligned-probing encode' on it first");
        }

        RunFolder.StartOrResumeStage(run.ScorerFolder(scorer.Name), identity);
        return await units.RunAsync(
            progress,
            async (chunk, scored) =>
            {
                if (!run.HasEncoding(chunk))
                {
                    throw new InputException("run-not-encoded", $"scoring chunk {chunk}", "it is not encoded yet", "Run 'aligned-probing encode' on the run " +
                        "again, then score again");
                }

                var texts = TextsOf(run, chunk, units.PromptsOf(chunk));
                var answers = await CheckedScorer
                    .ScoreAsync(scorer, [.. texts.Select(text => new TextInContext(text.Text, text.Before))], options.BatchSize, scored, cancellationToken)
                    .ConfigureAwait(false);
                if (scorer is RecordedScorer recorded)
                {
                    answers =
                    [
                        .. texts.Select((text, i) => TextScore.IsEmpty(text.Text) ? answers[i] : recorded.Of(text.PromptId, text.Number) ?? answers[i]),
                    ];
                }

                return texts.Select((text, i) => new ScoredText
                {
                    PromptId = text.PromptId,
                    Number = text.Number,
                    Scores = answers[i].Scores,
                    Missing = answers[i].Missing,
                    TokensCut = answers[i].TokensCut > 0 ? answers[i].TokensCut : null,
                    Tokens = answers[i].Tokens,
                    Scorer = identity.Name,
                    Version = identity.Version,
                });
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static List<(string PromptId, int? Number, string Text, string? Before)> TextsOf(RunFolder run, int chunk, IReadOnlyList<Prompt> prompts)
    {
        var ids = prompts.Select(prompt => prompt.Id).ToHashSet(StringComparer.Ordinal);
        var continuations = new Dictionary<(string, int), string>();
        foreach (var continuation in run.ReadContinuations(chunk))
        {
            var known = ids.Contains(continuation.PromptId);
            if (!known || !continuations.TryAdd((continuation.PromptId, continuation.Number), continuation.Text))
            {
                throw new InputException(
                    "run-folder-broken",
                    $"scoring chunk {chunk}",
                    $"continuation {continuation.Number} of prompt '{continuation.PromptId}' " +
                    $"{(known ? "is there twice" : "belongs to no prompt of this chunk")}",
                    $"Remove '{run.EncodingFolder(chunk)}' and encode again; everything else is kept");
            }
        }

        var byPrompt = continuations.ToLookup(pair => pair.Key.Item1, pair => (Number: pair.Key.Item2, Text: pair.Value), StringComparer.Ordinal);
        var texts = new List<(string, int?, string, string?)>(prompts.Count + continuations.Count);
        foreach (var prompt in prompts)
        {
            texts.Add((prompt.Id, null, prompt.Text, null));
            texts.AddRange(
                byPrompt[prompt.Id]
                    .OrderBy(continuation => continuation.Number)
                    .Select(continuation => (prompt.Id, (int?)continuation.Number, continuation.Text, (string?)prompt.Text)));
        }

        return texts;
    }
}

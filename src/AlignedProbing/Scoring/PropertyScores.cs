using AlignedProbing.Runs;

namespace AlignedProbing.Scoring;

/// <summary>
/// Properties of the texts as a scorer's results, <c>scores/properties/00012.jsonl</c>: labels for probes that ask what else a layer encodes, beside
/// <c>length</c>, which every probe has. <c>distinct_1</c> to <c>distinct_4</c>: different words (pairs, ...) of the text over all of them;
/// <c>token_probability</c>: the geometric mean of the probabilities the model gave to the continuation's tokens, which is 1 / perplexity. All lie in (0, 1];
/// prompts have no <c>token_probability</c>, because nobody asked the model for theirs.
/// </summary>
public static class PropertyScores
{
    /// <summary>The name they have among scorers.</summary>
    public const string Name = ScoredText.Properties;

    /// <summary>Version of how they are computed.</summary>
    public const string Version = "1";

    /// <summary>Why a text has no distinct-n: it has fewer than n words.</summary>
    public const string TooFewWords = "too_few_words";

    private static readonly string[] Attributes = [.. TextProperty.Distinct, TextProperty.TokenProbability];

    /// <summary>Computes what is not there yet; the chunks must be encoded.</summary>
    /// <param name="run">The run.</param>
    /// <param name="options">Which chunks.</param>
    /// <param name="progress">Told the number of texts done.</param>
    /// <param name="cancellationToken">Stops between chunks; those finished so far are kept.</param>
    public static StageResult Run(RunFolder run, ScoringOptions options, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        RunFolder.StartOrResumeStage(run.ScorerFolder(Name), new ScorerIdentity { Name = Name, Version = Version, Attributes = Attributes });
        var units = ChunkUnits.Of(run, Name, options, run.ReadPrompts(), run.ReadManifest());
        return units.Run(progress, chunk => Rows(run, chunk, units.PromptsOf(chunk)), cancellationToken);
    }

    private static IEnumerable<ScoredText> Rows(RunFolder run, int chunk, IReadOnlyList<Prompt> prompts)
    {
        if (!run.HasEncoding(chunk))
        {
            throw new InputException(
                "run-not-encoded",
                $"describing the texts of chunk {chunk}",
                "it is not encoded yet",
                "Run 'aligned-probing encode' on the run again, then score again");
        }

        var continuations = run.ReadContinuations(chunk).ToLookup(continuation => continuation.PromptId, StringComparer.Ordinal);
        return prompts.SelectMany(prompt => continuations[prompt.Id]
            .OrderBy(continuation => continuation.Number)
            .Select(continuation => Row(prompt.Id, continuation.Number, continuation.Text, continuation.MeanLogProbability, MissingReason.EmptyContinuation))
            .Prepend(Row(prompt.Id, null, prompt.Text, null, MissingReason.NotRun)));
    }

    private static ScoredText Row(string promptId, int? number, string text, double? meanLogProbability, string whyNone)
    {
        var (scores, missing) = (new Dictionary<string, double>(), new Dictionary<string, string>());
        var shares = DistinctNGrams.Of([text]);
        for (var n = 0; n < shares.Length; n++)
        {
            if (shares[n] is { } share)
            {
                scores[Attributes[n]] = share;
            }
            else
            {
                missing[Attributes[n]] = TextScore.IsEmpty(text) ? MissingReason.EmptyText : TooFewWords;
            }
        }

        if (meanLogProbability is { } mean && double.IsFinite(mean))
        {
            scores[TextProperty.TokenProbability] = Math.Clamp(Math.Exp(mean), 0, 1);
        }
        else
        {
            missing[TextProperty.TokenProbability] = whyNone;
        }

        return new ScoredText { PromptId = promptId, Number = number, Scores = scores, Missing = missing, Scorer = Name, Version = Version };
    }
}

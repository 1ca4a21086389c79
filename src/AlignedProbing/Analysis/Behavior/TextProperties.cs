using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.Behavior;

/// <summary>
/// What the continuations are like, whoever scores them: length, distinct-1 to distinct-4, repetition and perplexity, with intervals over prompts.
/// </summary>
internal static class TextProperties
{
    public static IEnumerable<BehaviorFinding> Of(PromptIndex prompts, StoredTexts texts, AnalysisOptions options)
    {
        yield return Row(
            prompts,
            texts,
            "length",
            "mean",
            prompt => texts.Continuations[prompt] > 0,
            prompt => (double)texts.Tokens[prompt] / texts.Continuations[prompt],
            options);
        for (var n = 1; n <= DistinctNGrams.Longest; n++)
        {
            var shares = texts.Distinct[n - 1];
            yield return Row(prompts, texts, $"distinct-{n}", "mean", prompt => !double.IsNaN(shares[prompt]), prompt => shares[prompt], options);
        }

        yield return Row(prompts, texts, "repetition-4", "mean", prompt => !double.IsNaN(texts.Repeated[prompt]), prompt => texts.Repeated[prompt], options);
        yield return Perplexity(prompts, texts, options);
    }

    /// <summary>Perplexity of the continuations, and of the prompts, under a model that read them as a scorer; nothing where the scorer is none.</summary>
    public static IEnumerable<BehaviorFinding> Perplexity(StoredScores scores, AnalysisOptions options)
    {
        if (scores.Attributes.FirstOrDefault(attribute => attribute.Attribute == TextProperty.TokenProbability) is not { } attribute)
        {
            yield break;
        }

        if (scores.ContinuationTokens.HasAny)
        {
            yield return Row("perplexity", scores.ContinuationTokens, prompt => scores.WhyUnusable(attribute, prompt));
        }

        if (scores.PromptTokens.HasAny)
        {
            yield return Row("prompt_perplexity", scores.PromptTokens, prompt => attribute.PromptReason[prompt] ?? MissingReason.NotRun);
        }

        BehaviorFinding Row(string property, LogProbabilities tokens, Func<int, string> why)
        {
            var (used, figure) = Corpus(tokens, scores.Prompts.Count, options);
            return BehaviorAnalysis.Finding(
                scores.Scorer,
                property,
                "all",
                "corpus",
                figure,
                used.Length,
                Reasons(Enumerable.Range(0, scores.Prompts.Count).Except(used).Select(why)),
                scores.Prompts.K);
        }
    }

    private static BehaviorFinding Row(
        PromptIndex prompts,
        StoredTexts texts,
        string property,
        string metric,
        Func<int, bool> isThere,
        Func<int, double> value,
        AnalysisOptions options)
    {
        int[] used = [.. Enumerable.Range(0, prompts.Count).Where(isThere)];
        return Finding(prompts, texts, property, metric, used, BehaviorAnalysis.Mean([.. used.Select(value)], options));
    }

    private static BehaviorFinding Perplexity(PromptIndex prompts, StoredTexts texts, AnalysisOptions options)
    {
        var (used, figure) = Corpus(texts.Probabilities, prompts.Count, options);
        return Finding(prompts, texts, "perplexity", "corpus", used, figure);
    }

    // Every token weighs the same, prompts are resampled.
    private static (int[] Used, Estimate Figure) Corpus(LogProbabilities probabilities, int prompts, AnalysisOptions options)
    {
        int[] used = [.. Enumerable.Range(0, prompts).Where(prompt => probabilities.Tokens[prompt] > 0)];
        var figure = Bootstrap.Percentile(
            used.Length,
            rows =>
            {
                var (sum, tokens) = (0.0, 0L);
                foreach (var row in rows)
                {
                    sum += probabilities.Sum[used[row]];
                    tokens += probabilities.Tokens[used[row]];
                }

                return Math.Exp(-sum / tokens);
            },
            options.Resamples,
            options.Seed);
        return (
            used,
            used.Length is > 0 and < SampleSize.ForInterval
                ? figure with { Low = null, High = null, Reason = Undefined.TooFewRows }
                : BehaviorAnalysis.WithWidth(figure));
    }

    private static BehaviorFinding Finding(PromptIndex prompts, StoredTexts texts, string property, string metric, int[] used, Estimate figure)
    {
        var missing = Reasons(Enumerable.Range(0, prompts.Count).Except(used).Select(prompt => WhyMissing(prompts, texts, prompt, property)));
        return BehaviorAnalysis.Finding(BehaviorFinding.Texts, property, "all", metric, figure, used.Length, missing, prompts.K);
    }

    private static SortedDictionary<string, int> Reasons(IEnumerable<string> missing) =>
        new(missing.CountBy(reason => reason).ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal);

    private static string WhyMissing(PromptIndex prompts, StoredTexts texts, int prompt, string property)
    {
        if (!texts.Encoded[prompt])
        {
            return MissingReason.NotRun;
        }

        if (texts.Continuations[prompt] == 0)
        {
            return texts.PromptMissing[prompt] ?? (prompts.Expected[prompt] == 0 ? MissingReason.NotGiven : MissingReason.NotRun);
        }

        return property == "perplexity" && texts.Tokens[prompt] > 0 ? MissingReason.NotFinite : MissingReason.EmptyContinuation;
    }
}

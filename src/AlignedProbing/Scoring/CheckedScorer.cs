using AlignedProbing.Runs;

namespace AlignedProbing.Scoring;

/// <summary>
/// Asks a scorer and holds it to its word: empty texts never reach it, and every attribute of every text ends with a finite score in [0, 1] or a reason.
/// </summary>
internal static class CheckedScorer
{
    /// <summary>Scores texts in batches, in order.</summary>
    /// <param name="scorer">The scorer.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="batchSize">Texts handed over at once.</param>
    /// <param name="scored">Told the number of texts done so far, after each batch.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public static async Task<TextScore[]> ScoreAsync(
        IScorer scorer,
        IReadOnlyList<TextInContext> texts,
        int batchSize,
        Action<int>? scored,
        CancellationToken cancellationToken)
    {
        batchSize = Math.Clamp(scorer.LargestBatch, 1, batchSize);
        var answers = new TextScore[texts.Count];
        var empty = TextScore.AllMissing(scorer.Attributes, MissingReason.EmptyText);
        var (places, batch) = (new List<int>(batchSize), new List<TextInContext>(batchSize));
        for (var i = 0; i < texts.Count; i++)
        {
            if (TextScore.IsEmpty(texts[i].Text))
            {
                answers[i] = empty;
            }
            else
            {
                places.Add(i);
                batch.Add(texts[i]);
            }

            if (batch.Count == batchSize || i == texts.Count - 1)
            {
                await ScoreBatchAsync(scorer, batch, places, answers, cancellationToken).ConfigureAwait(false);
                scored?.Invoke(i + 1);
                places.Clear();
                batch = new List<TextInContext>(batchSize);
            }
        }

        return answers;
    }

    /// <summary>An attribute's score, checked: a number that is not one, or lies outside [0, 1], becomes a reason.</summary>
    public static TextScore Check(IReadOnlyList<string> attributes, Func<string, double?> score, Func<string, string?> reason)
    {
        var scores = new Dictionary<string, double>(attributes.Count);
        var missing = new Dictionary<string, string>();
        foreach (var attribute in attributes)
        {
            switch (score(attribute))
            {
                case null:
                    missing[attribute] = reason(attribute) ?? MissingReason.NotGiven;
                    break;
                case { } value when !double.IsFinite(value):
                    missing[attribute] = MissingReason.NotFinite;
                    break;
                case < 0 or > 1:
                    missing[attribute] = MissingReason.OutOfRange;
                    break;
                case { } value:
                    scores[attribute] = value;
                    break;
            }
        }

        return new TextScore(scores, missing);
    }

    private static async Task ScoreBatchAsync(
        IScorer scorer,
        List<TextInContext> batch,
        List<int> places,
        TextScore[] answers,
        CancellationToken cancellationToken)
    {
        if (batch.Count == 0)
        {
            return;
        }

        cancellationToken.ThrowIfCancellationRequested();
        var given = await scorer.ScoreInContextAsync(batch, cancellationToken).ConfigureAwait(false);
        if (given.Count != batch.Count)
        {
            throw new InvalidOperationException($"The scorer '{scorer.Name}' answered {given.Count} times to {batch.Count} texts.");
        }

        for (var i = 0; i < batch.Count; i++)
        {
            var answer = given[i];
            answers[places[i]] = Check(
                scorer.Attributes,
                attribute => answer.Scores.TryGetValue(attribute, out var score) ? score : null,
                attribute => answer.Missing.GetValueOrDefault(attribute)) with { TokensCut = answer.TokensCut, Tokens = answer.Tokens };
        }
    }
}

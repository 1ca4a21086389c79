namespace AlignedProbing.Scoring.Recorded;

/// <summary>
/// A scorer that is asked about no text twice: what it answered before comes from a cache, what it answers now is kept there, also where it gives up halfway.
/// </summary>
/// <param name="scorer">The scorer. Disposed of with this one.</param>
/// <param name="cache">Its cache. Disposed of with this one.</param>
public sealed class CachedScorer(IScorer scorer, ScoreCache cache) : IScorer, IDisposable
{
    /// <inheritdoc/>
    public string Name => scorer.Name;

    /// <inheritdoc/>
    public string Version => scorer.Version;

    /// <inheritdoc/>
    public string? Sha256 => scorer.Sha256;

    /// <inheritdoc/>
    public IReadOnlyList<string> Attributes => scorer.Attributes;

    /// <inheritdoc/>
    public string? Notice => scorer.Notice;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string>? Details => scorer.Details;

    /// <inheritdoc/>
    public string? Summary => scorer.Summary;

    /// <summary>Texts answered from the cache so far.</summary>
    public long Found { get; private set; }

    /// <summary>Texts the scorer itself was asked about so far; the same text within one batch counts once.</summary>
    public long Asked { get; private set; }

    /// <inheritdoc/>
    public bool ReadsContext => scorer.ReadsContext;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<TextScore>> ScoreAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken) =>
        ScoreInContextAsync([.. texts.Select(text => new TextInContext(text))], cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<TextScore>> ScoreInContextAsync(IReadOnlyList<TextInContext> texts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var hashes = texts.Select(text => ReadsContext ? TextHash.Of(text) : TextHash.Of(text.Text)).ToArray();
        var known = new Dictionary<string, TextScore>(StringComparer.Ordinal);
        var unknown = new Dictionary<string, TextInContext>(StringComparer.Ordinal);
        for (var i = 0; i < hashes.Length; i++)
        {
            if (known.ContainsKey(hashes[i]) || cache.Find(hashes[i]) is not { } answer)
            {
                unknown.TryAdd(hashes[i], texts[i]);
            }
            else
            {
                known[hashes[i]] = answer;
            }
        }

        foreach (var hash in known.Keys)
        {
            unknown.Remove(hash);
        }

        Found += texts.Count - unknown.Count;
        foreach (var batch in unknown.Chunk(Math.Clamp(scorer.LargestBatch, 1, texts.Count)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var answers = await scorer.ScoreInContextAsync([.. batch.Select(pair => pair.Value)], cancellationToken).ConfigureAwait(false);
            if (answers.Count != batch.Length)
            {
                throw new InvalidOperationException($"The scorer '{Name}' answered {answers.Count} times to {batch.Length} texts.");
            }

            Asked += batch.Length;
            for (var i = 0; i < batch.Length; i++)
            {
                known[batch[i].Key] = answers[i];
                cache.Add(batch[i].Key, answers[i]);
            }

            cache.Flush();
        }

        return [.. hashes.Select(hash => known[hash])];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        cache.Dispose();
        (scorer as IDisposable)?.Dispose();
    }
}

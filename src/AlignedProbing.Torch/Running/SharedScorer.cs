using AlignedProbing.Scoring;

namespace AlignedProbing.Torch.Running;

/// <summary>A scorer that several runs use: what it said of prompts, which they all have, is kept in memory. Who made it closes it.</summary>
internal sealed class SharedScorer(IScorer scorer) : IScorer
{
    private readonly Dictionary<string, TextScore> _prompts = new(StringComparer.Ordinal);

    /// <summary>Prompts that the scorer itself was asked about.</summary>
    public int Asked => _prompts.Count;

    /// <inheritdoc/>
    public string Name => scorer.Name;

    /// <inheritdoc/>
    public string Version => scorer.Version;

    /// <inheritdoc/>
    public string? Sha256 => scorer.Sha256;

    /// <inheritdoc/>
    public IReadOnlyList<string> Attributes => scorer.Attributes;

    /// <inheritdoc/>
    public int LargestBatch => scorer.LargestBatch;

    /// <inheritdoc/>
    public string? Notice => scorer.Notice;

    /// <inheritdoc/>
    public bool IsWorthCaching => scorer.IsWorthCaching;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string>? Details => scorer.Details;

    /// <inheritdoc/>
    public string? Summary => scorer.Summary;

    /// <inheritdoc/>
    public bool ReadsContext => scorer.ReadsContext;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<TextScore>> ScoreAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken) =>
        ScoreInContextAsync([.. texts.Select(text => new TextInContext(text))], cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<TextScore>> ScoreInContextAsync(IReadOnlyList<TextInContext> texts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var all = new TextScore[texts.Count];
        var open = new List<int>();
        for (var i = 0; i < all.Length; i++)
        {
            if (texts[i].Before is null && _prompts.TryGetValue(texts[i].Text, out var known))
            {
                all[i] = known;
            }
            else
            {
                open.Add(i);
            }
        }

        if (open.Count == 0)
        {
            return all;
        }

        var answers = await scorer.ScoreInContextAsync([.. open.Select(place => texts[place])], cancellationToken).ConfigureAwait(false);
        if (answers.Count != open.Count)
        {
            throw new InvalidOperationException($"The scorer '{Name}' answered {answers.Count} times to {open.Count} texts.");
        }

        foreach (var (place, answer) in open.Zip(answers))
        {
            all[place] = answer;
            if (texts[place].Before is null)
            {
                _prompts[texts[place].Text] = answer;
            }
        }

        return all;
    }

    /// <summary>Gives back what the scorer holds.</summary>
    public void Close() => (scorer as IDisposable)?.Dispose();
}

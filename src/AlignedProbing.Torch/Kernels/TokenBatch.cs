namespace AlignedProbing.Torch.Kernels;

/// <summary>Consecutive tokens of one sequence.</summary>
/// <param name="Prompt">The prompt in the cache.</param>
/// <param name="Tail">The tail in the cache; -1: the tokens are the prompt's own.</param>
/// <param name="Ids">The token ids, at least one.</param>
public readonly record struct TokenSegment(int Prompt, int Tail, ReadOnlyMemory<int> Ids);

/// <summary>
/// Tokens of several sequences one after another: row r of every tensor of the pass is token r. Segments come prompt by prompt; a prompt's own tokens, where
/// they are in the batch, come before its tails'.
/// </summary>
public sealed class TokenBatch
{
    private readonly TokenSegment[] _segments;

    /// <summary>Makes a batch for a cache as it is now.</summary>
    /// <param name="cache">The cache that the batch goes on from.</param>
    /// <param name="segments">The tokens.</param>
    /// <param name="logitRows">Rows whose logits are asked for, ascending.</param>
    /// <exception cref="ArgumentException">Segments out of order, empty or larger than the room in the cache; a row that is not there.</exception>
    public TokenBatch(KeyValueCache cache, IReadOnlyList<TokenSegment> segments, IReadOnlyList<int> logitRows)
    {
        _segments = [.. segments];
        FirstRows = new int[_segments.Length];
        var tokens = 0;
        for (var s = 0; s < _segments.Length; s++)
        {
            FirstRows[s] = tokens;
            tokens += _segments[s].Ids.Length;
        }

        Ids = new int[tokens];
        Positions = new int[tokens];
        Lengths = new int[tokens];
        PromptKeys = new int[tokens];
        TailKeys = new int[tokens];
        TailOfRow = new int[tokens];
        PromptOfRow = new int[tokens];
        Fill(cache);
        LogitRows = [.. logitRows];
        for (var i = 0; i < LogitRows.Length; i++)
        {
            if (LogitRows[i] < 0 || LogitRows[i] >= tokens || (i > 0 && LogitRows[i] <= LogitRows[i - 1]))
            {
                throw new ArgumentException($"Logits of row {LogitRows[i]} of {tokens} are asked for, out of range or out of order.", nameof(logitRows));
            }
        }
    }

    /// <summary>Number of tokens.</summary>
    public int Tokens => Ids.Length;

    /// <summary>The segments.</summary>
    public ReadOnlySpan<TokenSegment> Segments => _segments;

    /// <summary>First row of each segment.</summary>
    public int[] FirstRows { get; }

    /// <summary>Token ids [tokens].</summary>
    public int[] Ids { get; }

    /// <summary>Position of each token in its sequence [tokens], from 0.</summary>
    public int[] Positions { get; }

    /// <summary>Rows whose logits are asked for, ascending.</summary>
    public int[] LogitRows { get; }

    /// <summary>
    /// The length that rotary embeddings whose frequencies depend on it take for every token: what Hugging Face does with the longest row of a padded batch, to
    /// compare with it; null: each token's own, so that a row does not depend on the others.
    /// </summary>
    public int? RotaryLength { get; init; }

    /// <summary>Length of each token's sequence [tokens]: all of its prompt for a prompt's token, up to and with itself for a tail's.</summary>
    internal int[] Lengths { get; }

    /// <summary>How many of its prompt's keys each token sees.</summary>
    internal int[] PromptKeys { get; }

    /// <summary>How many of its tail's keys each token sees, itself included; 0 for a prompt's tokens.</summary>
    internal int[] TailKeys { get; }

    /// <summary>The tail of each token; -1 for a prompt's.</summary>
    internal int[] TailOfRow { get; }

    /// <summary>The prompt of each token.</summary>
    internal int[] PromptOfRow { get; }

    private void Fill(KeyValueCache cache)
    {
        var readPrompts = new Dictionary<int, int>();
        var readTails = new HashSet<int>();
        for (var s = 0; s < _segments.Length; s++)
        {
            var (prompt, tail, ids) = _segments[s];
            if (ids.IsEmpty || (s > 0 && prompt < _segments[s - 1].Prompt))
            {
                throw new ArgumentException($"Segment {s} is empty or comes before its prompt's turn.");
            }

            var before = tail < 0 ? cache.PromptLength(prompt) : cache.TailLength(tail);
            var capacity = tail < 0 ? cache.Layout.Prompts[prompt].Capacity : cache.TailCapacities[tail];
            var fits =
                before + ids.Length <= capacity
                && (tail < 0 ? readPrompts.TryAdd(prompt, before + ids.Length) : cache.PromptOfTail[tail] == prompt && readTails.Add(tail));
            var behindTails = tail < 0 && s > 0 && _segments[s - 1].Prompt == prompt;
            if (!fits || behindTails)
            {
                throw new ArgumentException(
                    $"Segment {s} does not fit the cache: {before} + {ids.Length} tokens where there is room for {capacity}, or its tail is not its " +
                    "prompt's, or it comes twice or too late.");
            }

            var promptKeys = readPrompts.TryGetValue(prompt, out var length) ? length : cache.PromptLength(prompt);
            for (var i = 0; i < ids.Length; i++)
            {
                var row = FirstRows[s] + i;
                Ids[row] = ids.Span[i];
                PromptOfRow[row] = prompt;
                TailOfRow[row] = tail;
                PromptKeys[row] = tail < 0 ? before + i + 1 : promptKeys;
                TailKeys[row] = tail < 0 ? 0 : before + i + 1;
                Positions[row] = PromptKeys[row] + TailKeys[row] - 1;
                // Read in pieces or not, a prompt is as long as the cache's room for it.
                Lengths[row] = tail < 0 ? capacity : Positions[row] + 1;
            }
        }
    }
}

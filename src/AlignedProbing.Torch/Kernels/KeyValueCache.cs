namespace AlignedProbing.Torch.Kernels;

/// <summary>
/// Keys and values of tokens read so far. A prompt's are kept once, whatever the number of its continuations. Where they lie is decided by the model that fills
/// the cache; it is made at the first forward pass and belongs to the cache.
/// </summary>
/// <param name="layout">What there is room for.</param>
public sealed class KeyValueCache(CacheLayout layout) : IDisposable
{
    private readonly int[] _promptLengths = new int[layout.Prompts.Count];
    private readonly int[] _tailLengths = new int[layout.Tails];

    /// <summary>What there is room for.</summary>
    public CacheLayout Layout { get; } = layout;

    /// <summary>The prompt of each tail.</summary>
    internal int[] PromptOfTail { get; } = [.. layout.Prompts.SelectMany((prompt, index) => Enumerable.Repeat(index, prompt.TailCapacities.Count))];

    /// <summary>Capacity of each tail.</summary>
    internal int[] TailCapacities { get; } = [.. layout.Prompts.SelectMany(prompt => prompt.TailCapacities)];

    /// <summary>What blocks that do not attend keep in the place of keys and values.</summary>
    internal SequenceStates States { get; } = new(layout.Prompts.Count, layout.Tails);

    /// <summary>The memory itself.</summary>
    internal IDisposable? Storage { get; set; }

    /// <summary>Tokens of a prompt that have been read.</summary>
    public int PromptLength(int prompt) => _promptLengths[prompt];

    /// <summary>Tokens of a tail that have been read, without its prompt's.</summary>
    public int TailLength(int tail) => _tailLengths[tail];

    /// <inheritdoc/>
    public void Dispose()
    {
        Storage?.Dispose();
        Storage = null;
    }

    /// <summary>Counts the tokens of a batch as read.</summary>
    internal void Advance(TokenBatch batch)
    {
        foreach (var segment in batch.Segments)
        {
            if (segment.Tail < 0)
            {
                _promptLengths[segment.Prompt] += segment.Ids.Length;
            }
            else
            {
                _tailLengths[segment.Tail] += segment.Ids.Length;
            }
        }
    }
}

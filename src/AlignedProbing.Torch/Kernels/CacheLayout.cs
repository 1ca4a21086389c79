namespace AlignedProbing.Torch.Kernels;

/// <summary>
/// What a cache has room for: some prompts, and for each its continuations (tails), which read the prompt's keys and values and keep only their own.
/// </summary>
/// <param name="Prompts">The prompts.</param>
public sealed record CacheLayout(IReadOnlyList<CachedPrompt> Prompts)
{
    /// <summary>Number of tails of all prompts. They are numbered through, prompt after prompt.</summary>
    public int Tails { get; } = Prompts.Sum(prompt => prompt.TailCapacities.Count);

    /// <summary>Prompts that all have as many tails of the same capacity.</summary>
    /// <param name="lengths">Tokens of each prompt, at least 1.</param>
    /// <param name="tails">Tails of each prompt.</param>
    /// <param name="capacity">Tokens of a tail.</param>
    public static CacheLayout Uniform(IEnumerable<int> lengths, int tails, int capacity) =>
        new([.. lengths.Select(length => new CachedPrompt(length, Enumerable.Repeat(capacity, tails).ToArray()))]);
}

/// <summary>Room for one prompt and its continuations.</summary>
/// <param name="Capacity">Tokens of the prompt.</param>
/// <param name="TailCapacities">Tokens of each continuation.</param>
public sealed record CachedPrompt(int Capacity, IReadOnlyList<int> TailCapacities);

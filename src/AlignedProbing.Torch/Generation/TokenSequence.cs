namespace AlignedProbing.Torch.Generation;

/// <summary>A prompt and what follows it: any number of tails, which share the prompt's keys and values.</summary>
/// <param name="prompt">The prompt's ids, at least one.</param>
/// <param name="tails">What follows it.</param>
internal sealed class TokenSequence(ReadOnlyMemory<int> prompt, IReadOnlyList<TokenTail> tails)
{
    /// <summary>The prompt's ids.</summary>
    public ReadOnlyMemory<int> Prompt { get; } = prompt;

    /// <summary>What follows it.</summary>
    public IReadOnlyList<TokenTail> Tails { get; } = tails;

    /// <summary>The first of the prompt's own tokens whose log-probability is asked for, at least 1.</summary>
    public int FirstOwn { get; init; } = 1;

    /// <summary>Gets the log-probabilities of the prompt's own tokens from <see cref="FirstOwn"/> on, as many as it has room for.</summary>
    public double[] Own { get; init; } = [];
}

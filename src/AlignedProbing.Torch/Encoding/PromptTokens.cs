using AlignedProbing.Runs;

namespace AlignedProbing.Torch.Encoding;

/// <summary>A prompt as the model reads it.</summary>
/// <param name="Id">The prompt's id; it keys the random streams of its continuations.</param>
/// <param name="Ids">Token ids, template and special tokens included.</param>
/// <param name="SpanStart">First token that shares a character with the prompt text.</param>
/// <param name="SpanEnd">The token behind that span.</param>
/// <param name="Given">Token ids of its given continuations; null: continuations are sampled.</param>
internal sealed record PromptTokens(string Id, int[] Ids, int SpanStart, int SpanEnd, IReadOnlyList<int[]>? Given);

/// <summary>A continuation as the model made or read it.</summary>
internal sealed class TokenContinuation
{
    /// <summary>Its token ids, without end-of-text.</summary>
    public List<int> Ids { get; } = [];

    /// <summary>Log-probability of each token: natural logarithm of the softmax of raw logits.</summary>
    public List<double> LogProbabilities { get; } = [];

    /// <summary>How it ended; null while it is being made.</summary>
    public ContinuationEnd? End { get; set; }

    /// <summary>Mean of <see cref="LogProbabilities"/>; null where there is none.</summary>
    public double? MeanLogProbability => LogProbabilities.Count == 0 ? null : LogProbabilities.Sum() / LogProbabilities.Count;
}

/// <summary>What running a batch of prompts gave. Vectors of prompt p have target p; those of its kept continuation number j target p * kept + j.</summary>
internal sealed class EncodedBatch(
    IReadOnlyList<PromptTokens> prompts,
    IReadOnlyList<TokenContinuation>[] continuations,
    PooledVectors input,
    PooledVectors instruction,
    PooledVectors output)
{
    public IReadOnlyList<PromptTokens> Prompts { get; } = prompts;

    /// <summary>Continuations of each prompt, by number.</summary>
    public IReadOnlyList<TokenContinuation>[] Continuations { get; } = continuations;

    public PooledVectors Input { get; } = input;

    public PooledVectors Instruction { get; } = instruction;

    public PooledVectors Output { get; } = output;
}

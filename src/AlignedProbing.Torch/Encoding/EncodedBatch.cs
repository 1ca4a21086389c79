using AlignedProbing.Torch.Generation.Pooling;

namespace AlignedProbing.Torch.Encoding;

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

using AlignedProbing.Runs;

namespace AlignedProbing.Torch.Encoding;

/// <summary>What a chunk of prompts gave beside its vectors, in the order of the prompts.</summary>
/// <param name="Rows">One a prompt.</param>
/// <param name="Continuations">All continuations, prompt by prompt.</param>
/// <param name="GeneratedTokens">Number of tokens sampled.</param>
internal sealed record EncodedChunk(IReadOnlyList<EncodedPrompt> Rows, IReadOnlyList<Continuation> Continuations, long GeneratedTokens);

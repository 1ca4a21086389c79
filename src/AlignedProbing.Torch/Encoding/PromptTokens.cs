namespace AlignedProbing.Torch.Encoding;

/// <summary>A prompt as the model reads it.</summary>
/// <param name="Id">The prompt's id; it keys the random streams of its continuations.</param>
/// <param name="Ids">Token ids, template and special tokens included.</param>
/// <param name="SpanStart">First token that shares a character with the prompt text.</param>
/// <param name="SpanEnd">The token after that span.</param>
/// <param name="Given">Token ids of its given continuations; null: continuations are sampled.</param>
internal sealed record PromptTokens(string Id, int[] Ids, int SpanStart, int SpanEnd, IReadOnlyList<int[]>? Given);

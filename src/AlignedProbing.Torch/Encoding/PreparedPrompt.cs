namespace AlignedProbing.Torch.Encoding;

/// <summary>A prompt, rendered and made into token ids.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Ids">Token ids, template and special tokens included.</param>
/// <param name="SpanStart">First token that shares a character with the prompt text.</param>
/// <param name="SpanEnd">The token after that span.</param>
/// <param name="Given">Its given continuations; null: continuations are sampled.</param>
/// <param name="Missing">Why it cannot be encoded (a reason of <see cref="Runs.MissingReason"/>); null where it can.</param>
internal sealed record PreparedPrompt(string Id, int[] Ids, int SpanStart, int SpanEnd, IReadOnlyList<PreparedContinuation>? Given, string? Missing);

/// <summary>A given continuation.</summary>
/// <param name="Text">Its text as the prompt set has it.</param>
/// <param name="Ids">Its token ids, without special tokens.</param>
internal sealed record PreparedContinuation(string Text, int[] Ids);

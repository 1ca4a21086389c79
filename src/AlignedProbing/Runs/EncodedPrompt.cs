namespace AlignedProbing.Runs;

/// <summary>What encoding a prompt gave: a line of <c>encodings/00012/rows.jsonl</c>.</summary>
public sealed record EncodedPrompt
{
    /// <summary>The prompt's id.</summary>
    public required string PromptId { get; init; }

    /// <summary>The ids the model read, template and special tokens included.</summary>
    public required IReadOnlyList<int> TokenIds { get; init; }

    /// <summary>First token of the span that shares a character with the prompt text.</summary>
    public required int SpanStart { get; init; }

    /// <summary>The token after that span; equal to <see cref="SpanStart"/> where the span is empty.</summary>
    public required int SpanEnd { get; init; }

    /// <summary>Number of tokens pooled into the input vector; the property <c>length</c> of the prompt.</summary>
    public required int InputTokens { get; init; }

    /// <summary>Number of tokens pooled into the instruction vector; 0 where the template adds none.</summary>
    public required int InstructionTokens { get; init; }

    /// <summary>Why there is no input vector (a <see cref="MissingReason"/>); null where there is one.</summary>
    public string? Missing { get; init; }
}

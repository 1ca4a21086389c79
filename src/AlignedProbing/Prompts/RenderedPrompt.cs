using AlignedProbing.Tokenizers;

namespace AlignedProbing.Prompts;

/// <summary>A prompt as the model reads it.</summary>
public sealed record RenderedPrompt
{
    /// <summary>The whole text: prompt text, template and chat template.</summary>
    public required string Text { get; init; }

    /// <summary>Its token ids, special tokens included.</summary>
    public required int[] Ids { get; init; }

    /// <summary>For each id its part of <see cref="Text"/> in UTF-16 code units; (0, 0) for tokens that the tokenizer put around the text.</summary>
    public required IReadOnlyList<TextRange> Offsets { get; init; }

    /// <summary>The prompt text's place in <see cref="Text"/>, in UTF-16 code units; empty where nothing of it is there.</summary>
    public required TextRange Characters { get; init; }

    /// <summary>The first token that shares a character with the prompt text.</summary>
    public required int SpanStart { get; init; }

    /// <summary>The token after the last one that does; equal to <see cref="SpanStart"/> where there is none.</summary>
    public required int SpanEnd { get; init; }

    /// <summary>Why there is no span (<see cref="Runs.MissingReason.EmptyPrompt"/>); null where there is one.</summary>
    public string? Missing { get; init; }
}

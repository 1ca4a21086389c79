namespace AlignedProbing.Runs;

/// <summary>A continuation of a prompt, sampled or given: a line of <c>encodings/00012/continuations.jsonl</c>.</summary>
public sealed record Continuation
{
    /// <summary>The prompt's id.</summary>
    public required string PromptId { get; init; }

    /// <summary>Its number among the prompt's continuations, from 0.</summary>
    public required int Number { get; init; }

    /// <summary>decode(prompt + continuation) without decode(prompt). May be empty.</summary>
    public required string Text { get; init; }

    /// <summary>Its token ids, without the end-of-text id.</summary>
    public required IReadOnlyList<int> TokenIds { get; init; }

    /// <summary>How it ended.</summary>
    public required ContinuationEnd End { get; init; }

    /// <summary>Mean log-probability (natural logarithm, raw logits at temperature 1) of <see cref="TokenIds"/>; null where there are none.</summary>
    public double? MeanLogProbability { get; init; }

    /// <summary>Why there is no output vector (a <see cref="MissingReason"/>); null where there is one or where it was not kept.</summary>
    public string? Missing { get; init; }
}

/// <summary>How a continuation ended.</summary>
public enum ContinuationEnd
{
    /// <summary>The model produced an end-of-text id.</summary>
    EndOfText,

    /// <summary>The asked number of tokens was reached.</summary>
    Length,

    /// <summary>The model's context was full.</summary>
    Context,

    /// <summary>It came with the prompt set.</summary>
    Given,

    /// <summary>There was nothing to continue; see the reason.</summary>
    None,
}

namespace AlignedProbing.Prompts;

/// <summary>How a prompt set is read.</summary>
public sealed record PromptSetOptions
{
    /// <summary>The number of prompts at most, at least 1: the first so many usable ones. Default null: all.</summary>
    public int? Limit { get; init; }

    /// <summary>Number of the template every prompt is put into (docs/guide/chat-templates.md), at least 0. Default 0: the prompt text alone.</summary>
    public int Template { get; init; }

    /// <summary>
    /// The column, or the field of a JSON line, that holds the prompt text, where another tool wrote the file (docs/guide/prompt-sets.md, "Generations from
    /// elsewhere"). In JSON nested by dots. Default null: the forms of this program's own; beside a <see cref="ContinuationField"/> <c>prompt</c> or
    /// <c>prompt_text</c>.
    /// </summary>
    public string? PromptField { get; init; }

    /// <summary>
    /// The column, or the field of a JSON line, that holds the continuations: a text, a list of texts, or lists of these. In JSON nested by dots.
    /// Default null: the forms of this program's own; beside a <see cref="PromptField"/> <c>continuation</c> or <c>continuation_text</c>, where there is one.
    /// </summary>
    public string? ContinuationField { get; init; }

    /// <summary>Whether fields are named, so that rows with the same prompt text are one prompt and no other field is a score.</summary>
    internal bool NamesFields => PromptField is not null || ContinuationField is not null;

    /// <summary>Throws where an option cannot be meant, naming every fault with its remedy.</summary>
    /// <exception cref="InputException">An option is out of its range.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        if (Limit is < 1)
        {
            faults.Add($"--limit {Limit} is below 1 (leave it out to take all prompts)");
        }

        if (Template < 0)
        {
            faults.Add($"--template {Template} is below 0 (0 is the prompt text alone)");
        }

        if (PromptField is { Length: 0 } || ContinuationField is { Length: 0 })
        {
            faults.Add("--prompt-field or --continuation-field is empty (leave it out to read the forms of docs/guide/prompt-sets.md)");
        }

        if (PromptField is { Length: > 0 } && PromptField == ContinuationField)
        {
            faults.Add($"--prompt-field and --continuation-field both name {PromptField} (a continuation is what follows the prompt)");
        }

        if (faults.Count > 0)
        {
            throw new InputException("wrong-usage", "reading a prompt set", string.Join("; ", faults), "Correct the options named");
        }
    }
}

namespace AlignedProbing.Prompts;

/// <summary>How a prompt set is read.</summary>
public sealed record PromptSetOptions
{
    /// <summary>The number of prompts at most, at least 1: the first so many usable ones. Default null: all.</summary>
    public int? Limit { get; init; }

    /// <summary>Number of the template every prompt is put into (docs/chat-templates.md), at least 0. Default 0: the prompt text alone.</summary>
    public int Template { get; init; }

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

        if (faults.Count > 0)
        {
            throw new InputException("wrong-usage", "reading a prompt set", string.Join("; ", faults), "Correct the options named");
        }
    }
}

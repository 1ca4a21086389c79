namespace AlignedProbing.Prompts;

/// <summary>How prompts are rendered.</summary>
public sealed record PromptRendererOptions
{
    /// <summary>The templates that <see cref="Runs.Prompt.Template"/> numbers, from 0. Default: <see cref="PromptTemplate.BuiltIn"/>.</summary>
    public IReadOnlyList<PromptTemplate> Templates { get; init; } = PromptTemplate.BuiltIn;

    /// <summary>Whether the span runs one character further than the prompt text, as the scripts of the paper have it. Default false.</summary>
    public bool Reference { get; init; }

    /// <summary>
    /// Whether the tokens that the tokenizer puts before a text are put before a chat whose template writes none. Default false, as transformers tokenizes
    /// rendered chats without special tokens.
    /// </summary>
    public bool BeginsChats { get; init; }

    /// <summary>Throws where an option cannot be meant, naming every fault with its remedy.</summary>
    /// <exception cref="InputException">There is no template, or one does not hold the prompt once.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        if (Templates.Count == 0)
        {
            faults.Add("there is no template (give at least one)");
        }

        for (var index = 0; index < Templates.Count; index++)
        {
            var places = Templates[index].User.Split(PromptTemplate.Placeholder).Length - 1;
            if (places != 1)
            {
                faults.Add($"template {index} holds {PromptTemplate.Placeholder} {places} times (write it once)");
            }
        }

        if (faults.Count > 0)
        {
            throw new InputException("wrong-usage", "rendering prompts", string.Join("; ", faults), "Correct the templates named");
        }
    }
}

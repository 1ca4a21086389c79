namespace AlignedProbing.ChatTemplates;

/// <summary>
/// What a template may use. Templates come with models from strangers; published ones take less than a thousandth of the work and half of the nesting.
/// </summary>
public sealed record ChatTemplateLimits
{
    /// <summary>Length of the template's source, in UTF-16 code units. Default 1 Mi.</summary>
    public int SourceLength { get; init; } = 1 << 20;

    /// <summary>Nesting of blocks, parentheses and signs in the source. Default 100.</summary>
    public int Nesting { get; init; } = 100;

    /// <summary>
    /// Work of one rendering: one unit for each expression and statement, and one for each element or 4 code units of text that is made or gone through.
    /// Default 20 million, about a second.
    /// </summary>
    public long Work { get; init; } = 20_000_000;

    /// <summary>Length of any text, in UTF-16 code units, the output among them. Default 4 Mi.</summary>
    public int TextLength { get; init; } = 1 << 22;

    /// <summary>Number of elements of a list. Default 100,000, which is Jinja2's own bound on ranges.</summary>
    public int ListLength { get; init; } = 100_000;

    /// <summary>Calls of macros within macros, and of recursive loops. Default 50.</summary>
    public int Recursion { get; init; } = 50;
}

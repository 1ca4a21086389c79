namespace AlignedProbing.Settings;

/// <summary>
/// An option, declared once. Command line, config file, the fields of the manifest, messages about differences, help and the reference page come from here.
/// </summary>
public abstract record Setting
{
    /// <summary>Its name: <c>--top-p</c>. Spelled with underscores it is accepted as well.</summary>
    public required string Name { get; init; }

    /// <summary>Other names, as the paper's scripts have them.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>What it does, in sentences.</summary>
    public required string Help { get; init; }

    /// <summary>Where it stands in help.</summary>
    public required HelpSection Section { get; init; }

    /// <summary>What another value means for results that are there.</summary>
    public required SettingScope Scope { get; init; }

    /// <summary>Where its value lies in the manifest, or in the stage's options: <c>encoding.top_p</c>. Null where neither holds it.</summary>
    public string? Field { get; init; }

    /// <summary>What holds where it is left out, in words; null where <see cref="Default"/> says it, or where nothing is to be said.</summary>
    public string? LeftOut { get; init; }

    /// <summary>Whether its verb cannot do without it.</summary>
    public bool Required { get; init; }

    /// <summary>What stands for the value in help; empty for a flag.</summary>
    public abstract string Shape { get; }

    /// <summary>The values there are, in words; empty where any text is one.</summary>
    public abstract string Range { get; }

    /// <summary>How many values follow.</summary>
    public abstract ValueArity Arity { get; }

    /// <summary>The value where it is left out, as a person would write it; empty for none.</summary>
    public abstract string Default { get; }

    /// <summary>Whether <c>--no-</c> before its name turns it off.</summary>
    public bool IsFlag => Arity == ValueArity.Flag;

    /// <summary>The name that turns it off: <c>--no-standardise</c>.</summary>
    public string Negation => "--no-" + Name[2..];

    /// <summary>Reads its values.</summary>
    /// <exception cref="FormatException">They cannot be used.</exception>
    public abstract object? Parse(IReadOnlyList<string> values);
}

using AlignedProbing.Tokenizers.Files;

namespace AlignedProbing.Tokenizers.Patterns;

/// <summary>Reads the patterns and split behaviours of a tokenizer file.</summary>
internal static class PatternReader
{
    /// <summary>The pattern of a component: <c>{"String": ...}</c> or <c>{"Regex": ...}</c>.</summary>
    public static TextPattern Read(JsonComponent component)
    {
        var pattern = component.OptionalComponent("pattern") ?? throw JsonComponent.Wrong($"'{component.Place}.pattern' is missing");
        if (pattern.OptionalText("String") is { } literal)
        {
            return new LiteralPattern(literal);
        }

        return PatternCatalog.Create(pattern.Text("Regex"));
    }

    /// <summary>The behaviour of a component.</summary>
    public static SplitBehavior ReadBehavior(JsonComponent component, SplitBehavior? missing = null)
    {
        var name = component.OptionalText("behavior");
        if (name is null)
        {
            return missing ?? throw JsonComponent.Wrong($"'{component.Place}.behavior' is missing");
        }

        return Enum.TryParse<SplitBehavior>(name, ignoreCase: false, out var behavior) && Enum.IsDefined(behavior) && !char.IsAsciiDigit(name[0])
            ? behavior
            : throw JsonComponent.Wrong($"'{component.Place}.behavior' is '{name}', not one of {string.Join(", ", Enum.GetNames<SplitBehavior>())}");
    }
}

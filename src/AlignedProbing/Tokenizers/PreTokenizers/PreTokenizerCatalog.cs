using AlignedProbing.Tokenizers.Files;
using AlignedProbing.Tokenizers.Patterns;

namespace AlignedProbing.Tokenizers.PreTokenizers;

/// <summary>The pre-tokenizers that a part of a tokenizer file names.</summary>
internal static class PreTokenizerCatalog
{
    /// <summary>The steps to apply one after the other; a Sequence is several, BERT's are two.</summary>
    /// <exception cref="TokenizerException">One is not known, or its settings are wrong.</exception>
    public static IEnumerable<PreTokenizer> Create(JsonComponent component) => component.Type switch
    {
        "Sequence" => component.Components("pretokenizers").SelectMany(Create),
        "ByteLevel" => [new ByteLevelPreTokenizer(component.Flag("add_prefix_space"), component.OptionalFlag("use_regex") ?? true)],
        "Metaspace" => [Metaspace(component)],
        "Whitespace" => [PatternPreTokenizer.Whitespace],
        "WhitespaceSplit" => [PatternPreTokenizer.WhitespaceSplit],
        "Split" => [new PatternPreTokenizer(new PieceSplitter(PatternReader.Read(component), PatternReader.ReadBehavior(component), component.Flag("invert")))],
        "Punctuation" => [PatternPreTokenizer.Punctuation(PatternReader.ReadBehavior(component, SplitBehavior.Isolated))],
        "Digits" => [PatternPreTokenizer.Digits(component.Flag("individual_digits"))],
        "BertPreTokenizer" => [PatternPreTokenizer.WhitespaceSplit, PatternPreTokenizer.Punctuation(SplitBehavior.Isolated)],
        "CharDelimiterSplit" =>
            [new PatternPreTokenizer(new PieceSplitter(new LiteralPattern(component.Character("delimiter")), SplitBehavior.Removed, invert: false))],
        "FixedLength" => [new FixedLengthPreTokenizer(Math.Max(1, component.OptionalNumber("length") ?? 5))],
        _ => throw component.Unknown("pre-tokenizer"),
    };

    /// <summary>When a Metaspace component writes a blank before the text.</summary>
    public static PrependScheme ReadScheme(JsonComponent component)
    {
        var name = component.OptionalText("prepend_scheme");
        if (component.OptionalFlag("add_prefix_space") == false)
        {
            return name is null or "never"
                ? PrependScheme.Never
                : throw JsonComponent.Wrong($"'{component.Place}' has 'add_prefix_space' false but 'prepend_scheme' '{name}'");
        }

        return name switch
        {
            null or "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            _ => throw JsonComponent.Wrong($"'{component.Place}.prepend_scheme' is '{name}', not one of always, first, never"),
        };
    }

    private static MetaspacePreTokenizer Metaspace(JsonComponent component) =>
        new(component.Character("replacement"), ReadScheme(component), component.OptionalFlag("split") ?? true);
}

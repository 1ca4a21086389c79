using AlignedProbing.Tokenizers.Files;
using AlignedProbing.Tokenizers.Patterns;

namespace AlignedProbing.Tokenizers.Normalizers;

/// <summary>The normalizer that a part of a tokenizer file names.</summary>
internal static class NormalizerCatalog
{
    /// <exception cref="TokenizerException">It is not known, or its settings are wrong.</exception>
    public static Normalizer Create(JsonComponent component) => component.Type switch
    {
        "Sequence" => new SequenceNormalizer([.. component.Components("normalizers").Select(Create)]),
        "NFC" => new UnicodeNormalizer(compose: true, compatible: false),
        "NFD" => new UnicodeNormalizer(compose: false, compatible: false),
        "NFKC" => new UnicodeNormalizer(compose: true, compatible: true),
        "NFKD" => new UnicodeNormalizer(compose: false, compatible: true),
        "Lowercase" => new LowercaseNormalizer(),
        "Strip" => new StripNormalizer(component.Flag("strip_left"), component.Flag("strip_right")),
        "StripAccents" => new StripAccentsNormalizer(),
        "Nmt" => new NmtNormalizer(),
        "Prepend" => new PrependNormalizer(component.Text("prepend")),
        "Replace" => new ReplaceNormalizer(PatternReader.Read(component), component.Text("content")),
        "ByteLevel" => new ByteLevelNormalizer(),
        "BertNormalizer" => new BertNormalizer(
            component.Flag("clean_text"),
            component.Flag("handle_chinese_chars"),
            component.OptionalFlag("strip_accents") ?? component.Flag("lowercase"),
            component.Flag("lowercase")),
        "Precompiled" => PrecompiledNormalizer.FromBase64(component.Text("precompiled_charsmap")),
        _ => throw component.Unknown("normalizer"),
    };
}

using AlignedProbing.Tokenizers.Files;
using AlignedProbing.Tokenizers.Patterns;
using AlignedProbing.Tokenizers.PreTokenizers;

namespace AlignedProbing.Tokenizers.Decoders;

/// <summary>The decoder that a part of a tokenizer file names.</summary>
internal static class DecoderCatalog
{
    /// <exception cref="TokenizerException">It is not known, or its settings are wrong.</exception>
    public static TokenDecoder Create(JsonComponent component) => component.Type switch
    {
        "Sequence" => new SequenceDecoder([.. component.Components("decoders").Select(Create)]),
        "ByteLevel" => new ByteLevelDecoder(),
        "ByteFallback" => new ByteFallbackDecoder(),
        "Fuse" => new FuseDecoder(),
        "Strip" => new StripDecoder(component.Character("content"), component.OptionalNumber("start") ?? 0, component.OptionalNumber("stop") ?? 0),
        "Replace" => new ReplaceDecoder(PatternReader.Read(component), component.Text("content")),
        "Metaspace" => new MetaspaceDecoder(component.Character("replacement"), PreTokenizerCatalog.ReadScheme(component) != PrependScheme.Never),
        "WordPiece" => new WordPieceDecoder(component.Text("prefix"), component.Flag("cleanup")),
        "BPEDecoder" => new BytePairDecoder(component.Text("suffix")),
        "CTC" => new CtcDecoder(component.Text("pad_token"), component.Text("word_delimiter_token"), component.Flag("cleanup")),
        _ => throw component.Unknown("decoder"),
    };
}

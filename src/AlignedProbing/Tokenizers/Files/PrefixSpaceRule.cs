namespace AlignedProbing.Tokenizers.Files;

/// <summary>What a class does with <c>add_prefix_space</c>, beyond setting it on a byte-level pre-tokenizer that stands alone.</summary>
internal enum PrefixSpaceRule
{
    /// <summary>Nothing.</summary>
    Alone,

    /// <summary>If true, it is set on every byte-level pre-tokenizer, also within a sequence.</summary>
    Deep,

    /// <summary>It is set on the post-processor too, with <c>trim_offsets</c>.</summary>
    PostProcessor,

    /// <summary>If it is given at all, the tokenizer is made again from its SentencePiece model.</summary>
    FromPieces,
}

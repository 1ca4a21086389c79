using AlignedProbing.Tokenizers.AddedTokens;
using AlignedProbing.Tokenizers.Decoders;
using AlignedProbing.Tokenizers.Models;
using AlignedProbing.Tokenizers.Normalizers;
using AlignedProbing.Tokenizers.PostProcessors;
using AlignedProbing.Tokenizers.PreTokenizers;

namespace AlignedProbing.Tokenizers.Files;

/// <summary>The stages of a tokenizer, in the order a text passes them.</summary>
internal sealed record TokenizerParts
{
    public required TokenModel Model { get; init; }

    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <summary>The ids that the file gives its added tokens, in their order; they count for their order alone.</summary>
    public IReadOnlyList<int> AddedIds { get; init; } = [];

    /// <summary>Special tokens that stand in a text are split as any other text.</summary>
    public bool SplitsSpecialTokens { get; init; }

    /// <summary>Decoded text loses the blanks before punctuation and contractions.</summary>
    public bool CleansUpBlanks { get; init; }

    public Normalizer? Normalizer { get; init; }

    public IReadOnlyList<PreTokenizer> PreTokenizers { get; init; } = [];

    public PostProcessor? PostProcessor { get; init; }

    public TokenDecoder? Decoder { get; init; }
}

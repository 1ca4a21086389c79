using AlignedProbing.Tokenizers.AddedTokens;

namespace AlignedProbing.Tokenizers.Files;

/// <summary>What a tokenizer class of transformers does to a <c>tokenizer.json</c> once it is read. Source: transformers 4.57.</summary>
/// <param name="Defaults">The special tokens where no file names them, by role.</param>
internal sealed record TokenizerClass(IReadOnlyDictionary<string, AddedToken> Defaults)
{
    /// <summary>The default of <c>add_bos_token</c> where the class writes its own template for special tokens; null where it keeps the file's.</summary>
    public bool? AddsBeginning { get; init; }

    /// <summary>It sets <c>lowercase</c>, <c>strip_accents</c> and perhaps <c>handle_chinese_chars</c> of the normalizer.</summary>
    public BertFlags Bert { get; init; }

    /// <summary>What <c>add_prefix_space</c> changes.</summary>
    public PrefixSpaceRule PrefixSpace { get; init; }

    /// <summary>It refuses <c>add_bos_token</c>, which it cannot serve.</summary>
    public bool RefusesBeginning { get; init; }

    /// <summary>Special tokens beside those of <see cref="Defaults"/>, where the configuration lists none.</summary>
    public IReadOnlyList<string> Additional { get; init; } = [];

    /// <summary>The roles whose plain text the class turns into a token with settings of its own.</summary>
    public IReadOnlyList<string> Wrapped { get; init; } = [];

    /// <summary>It works from files of its own, and never from <c>tokenizer.json</c>.</summary>
    public bool HasOwnFiles { get; init; }
}

using System.Globalization;
using AlignedProbing.Gguf;
using AlignedProbing.Tokenizers.AddedTokens;
using AlignedProbing.Tokenizers.Decoders;
using AlignedProbing.Tokenizers.Models;
using AlignedProbing.Tokenizers.Patterns;
using AlignedProbing.Tokenizers.PostProcessors;
using AlignedProbing.Tokenizers.PreTokenizers;

namespace AlignedProbing.Tokenizers.Files;

/// <summary>The tokenizer in a GGUF file's metadata: byte-level pairs (<c>gpt2</c>) cut as a name says, or SentencePiece's byte pairs (<c>llama</c>).</summary>
internal static class GgufTokenizer
{
    private const string Prefix = "tokenizer.ggml.";

    private const string Words = @"'s|'t|'re|'ve|'m|'ll|'d";

    private const string Llama3 =
        $@"(?i:{Words})|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}{{1,3}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Qwen2 = $@"(?i:{Words})|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    // The ways in which texts are cut that are read, by the names that llama.cpp gives them.
    private static readonly Dictionary<string, string[]> Names = new(StringComparer.Ordinal)
    {
        ["gpt-2"] = ["gpt-2", "phi-2", "mpt", "olmo", "jais", "roberta-bpe"],
        ["llama3"] = ["llama3", "llama-v3", "llama-bpe", "falcon3", "dbrx", "smaug-bpe"],
        ["qwen2"] = ["qwen2", "stablelm2", "deepseek-r1-qwen"],
        ["digits"] = ["smollm", "starcoder", "refact", "command-r", "codeshell"],
    };

    /// <summary>Reads the tokenizer of a file.</summary>
    /// <exception cref="InputException"><c>gguf-broken</c>, <c>gguf-unsupported</c>.</exception>
    /// <exception cref="TokenizerException">Its merges and its vocabulary do not fit each other.</exception>
    public static TokenizerParts Read(GgufHeader header)
    {
        var tokens = header.Texts($"{Prefix}tokens") ?? throw GgufErrors.Broken(header.Path, $"it has no {Prefix}tokens");
        var types = header.Integers($"{Prefix}token_type") ?? [.. tokens.Select(_ => 1L)];
        if (types.Count != tokens.Count)
        {
            throw GgufErrors.Broken(header.Path, $"it has {tokens.Count} tokens and {types.Count} token types");
        }

        return header.Text($"{Prefix}model") switch
        {
            "gpt2" => BytePairs(header, tokens, types),
            "llama" => SentencePieces(header, tokens, types),
            null => throw GgufErrors.Broken(header.Path, $"it has no {Prefix}model"),
            var model => throw GgufErrors.Unsupported(header.Path, $"{Prefix}model is {model}; implemented: gpt2, llama"),
        };
    }

    private static TokenizerParts BytePairs(GgufHeader header, IReadOnlyList<string> tokens, IReadOnlyList<long> types)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (id, token) in tokens.Index())
        {
            ids.TryAdd(token, id);
        }

        var vocabulary = new Vocabulary(ids);
        var merges = new MergeTableBuilder(vocabulary, prefixLength: 0);
        foreach (var merge in header.Texts($"{Prefix}merges") ?? throw GgufErrors.Broken(header.Path, $"it has no {Prefix}merges"))
        {
            // A token may hold a blank as the first of its characters.
            var blank = merge.IndexOf(' ', Math.Min(1, merge.Length));
            if (blank < 0)
            {
                throw GgufErrors.Broken(header.Path, $"the merge '{merge}' is not two tokens with a blank between");
            }

            merges.Add(merge.AsSpan(0, blank), merge.AsSpan(blank + 1));
        }

        var name = header.Text($"{Prefix}pre") ?? "gpt-2";
        var kind = Names.FirstOrDefault(names => names.Value.Contains(name)).Key
            ?? throw GgufErrors.Unsupported(header.Path, $"{Prefix}pre is {name}; implemented: {string.Join(", ", Names.Values.SelectMany(names => names))}");
        var prefixSpace = header.Flag($"{Prefix}add_space_prefix") ?? false;
        return new TokenizerParts
        {
            Model = new BytePairModel(
                vocabulary,
                merges.Build(),
                new BytePairOptions(null, "", "", FuseUnknown: false, ByteFallback: false, IgnoreMerges: kind == "llama3")),
            AddedTokens = Added(tokens, types),
            PreTokenizers = kind switch
            {
                "gpt-2" => [new ByteLevelPreTokenizer(prefixSpace, useRegex: true)],
                "digits" => [PatternPreTokenizer.Digits(individual: true), new ByteLevelPreTokenizer(prefixSpace, useRegex: true)],
                _ =>
                [
                    new PatternPreTokenizer(
                        new PieceSplitter(PatternCatalog.Create(kind == "llama3" ? Llama3 : Qwen2), SplitBehavior.Isolated, invert: false)),
                    new ByteLevelPreTokenizer(prefixSpace, useRegex: false),
                ],
            },
            PostProcessor = Around(header, tokens.Count, bos: kind == "llama3"),
            Decoder = new ByteLevelDecoder(),
        };
    }

    private static TokenizerParts SentencePieces(GgufHeader header, IReadOnlyList<string> tokens, IReadOnlyList<long> types)
    {
        var scores = header.Numbers($"{Prefix}scores") ?? throw GgufErrors.Broken(header.Path, $"it has no {Prefix}scores");
        if (scores.Count != tokens.Count)
        {
            throw GgufErrors.Broken(header.Path, $"it has {tokens.Count} tokens and {scores.Count} scores");
        }

        var unknown = header.Whole($"{Prefix}unknown_token_id") ?? 0;
        if (unknown >= tokens.Count)
        {
            throw GgufErrors.Broken(header.Path, $"{Prefix}unknown_token_id is {unknown}, and there are {tokens.Count} tokens");
        }

        var pieces = tokens.Select((token, id) => new SentencePiece(token, (float)scores[id], (int)types[id]));
        var parts = SentencePieceFiles.ReadBytePairs(
            SentencePieceFile.OfBytePairs([.. pieces], unknown),
            header.Flag($"{Prefix}add_space_prefix") ?? true,
            isLegacy: true);
        return parts with { AddedTokens = Added(tokens, types), PostProcessor = Around(header, tokens.Count, bos: true) };
    }

    /// <summary>Control tokens, and those that a user defined: they are found in a text before anything else.</summary>
    private static List<AddedToken> Added(IReadOnlyList<string> tokens, IReadOnlyList<long> types) =>
    [
        .. tokens.Index()
            .Where(token => types[token.Index] is SentencePiece.Control or SentencePiece.UserDefined && token.Item.Length > 0)
            .Select(token => TokenizerConfig.Plain(token.Item) with { Special = types[token.Index] == SentencePiece.Control }),
    ];

    private static TemplatePostProcessor? Around(GgufHeader header, int tokens, bool bos)
    {
        var template = new List<int?>();
        if (header.Flag($"{Prefix}add_bos_token") ?? bos)
        {
            template.Add(Id("bos_token_id"));
        }

        template.Add(null);
        if (header.Flag($"{Prefix}add_eos_token") ?? false)
        {
            template.Add(Id("eos_token_id"));
        }

        return template.Count == 1 ? null : new TemplatePostProcessor(template);

        int Id(string role) => header.Whole(Prefix + role) is { } id && id < tokens
            ? id
            : throw GgufErrors.Broken(
                header.Path,
                string.Create(CultureInfo.InvariantCulture, $"it has no {Prefix}{role} below {tokens}, and adds that token"));
    }
}

using System.Text;
using System.Text.Json;
using AlignedProbing.Tokenizers.AddedTokens;
using AlignedProbing.Tokenizers.Decoders;
using AlignedProbing.Tokenizers.Models;
using AlignedProbing.Tokenizers.Normalizers;
using AlignedProbing.Tokenizers.Patterns;
using AlignedProbing.Tokenizers.PostProcessors;
using AlignedProbing.Tokenizers.PreTokenizers;

namespace AlignedProbing.Tokenizers.Files;

/// <summary>
/// Folders with <c>vocab.txt</c> (BERT) or with <c>vocab.json</c> and <c>merges.txt</c> (GPT-2, RoBERTa, Qwen2): what transformers makes of them.
/// </summary>
internal static class VocabularyFiles
{
    private const string Qwen2Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>WordPiece over <c>vocab.txt</c>, a token a line.</summary>
    public static TokenizerParts ReadBert(string folder, TokenizerConfig config)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (number, line) in ReadLines(Path.Combine(folder, "vocab.txt")).Index())
        {
            ids[line] = number;
        }

        var roles = Roles(("unk_token", "[UNK]"), ("sep_token", "[SEP]"), ("pad_token", "[PAD]"), ("cls_token", "[CLS]"), ("mask_token", "[MASK]"));
        var lowercase = config.Flag("do_lower_case") ?? true;
        var vocabulary = new Vocabulary(ids);
        var template = new List<int?> { RoleId("cls_token"), null, RoleId("sep_token") };
        return new TokenizerParts
        {
            Model = new WordPieceModel(
                vocabulary,
                config.Special("unk_token", roles["unk_token"])?.Content ?? "[UNK]",
                "##",
                longestWord: 100,
                ids.Keys.Select(token => token.Length).DefaultIfEmpty(1).Max()),
            AddedTokens = config.AddedTokens(roles),
            Normalizer = new BertNormalizer(
                cleanText: true, config.Flag("tokenize_chinese_chars") ?? true, config.Flag("strip_accents") ?? lowercase, lowercase),
            PreTokenizers = [PatternPreTokenizer.WhitespaceSplit, PatternPreTokenizer.Punctuation(SplitBehavior.Isolated)],
            PostProcessor = new TemplatePostProcessor(template),
            Decoder = new WordPieceDecoder("##", cleanUp: true),
        };

        int RoleId(string role) => RequiredId(vocabulary, config.Special(role, roles[role]), role);
    }

    /// <summary>Byte-level pairs; text is written as it is, and a beginning token only where the configuration asks for one.</summary>
    public static TokenizerParts ReadGpt2(string folder, TokenizerConfig config)
    {
        var roles = Roles(("unk_token", "<|endoftext|>"), ("bos_token", "<|endoftext|>"), ("eos_token", "<|endoftext|>"));
        var (vocabulary, model) = ReadBytePairs(folder);
        return new TokenizerParts
        {
            Model = model,
            AddedTokens = config.AddedTokens(roles),
            PreTokenizers = [new ByteLevelPreTokenizer(config.Flag("add_prefix_space") ?? false, useRegex: true)],
            PostProcessor = config.Flag("add_bos_token") == true
                ? new TemplatePostProcessor([RequiredId(vocabulary, config.Special("bos_token", roles["bos_token"]), "bos_token"), null])
                : null,
            Decoder = new ByteLevelDecoder(),
        };
    }

    /// <summary>Byte-level pairs between a beginning and an ending token.</summary>
    public static TokenizerParts ReadRoberta(string folder, TokenizerConfig config)
    {
        var roles = Roles(
            ("bos_token", "<s>"),
            ("eos_token", "</s>"),
            ("sep_token", "</s>"),
            ("cls_token", "<s>"),
            ("unk_token", "<unk>"),
            ("pad_token", "<pad>"),
            ("mask_token", "<mask>"));
        roles["mask_token"] = roles["mask_token"] with { LeftStrip = true };
        var addPrefixSpace = config.Flag("add_prefix_space") ?? false;
        var (vocabulary, model) = ReadBytePairs(folder);
        var template = new List<int?> { RoleId("cls_token"), null, RoleId("sep_token") };
        return new TokenizerParts
        {
            Model = model,
            AddedTokens = config.AddedTokens(roles),
            PreTokenizers = [new ByteLevelPreTokenizer(addPrefixSpace, useRegex: true)],
            PostProcessor = new SequencePostProcessor([new TrimOffsetsPostProcessor(addPrefixSpace), new TemplatePostProcessor(template)]),
            Decoder = new ByteLevelDecoder(),
        };

        int RoleId(string role) => RequiredId(vocabulary, config.Special(role, roles[role]), role);
    }

    /// <summary>Byte-level pairs over composed text, cut by Qwen's pattern.</summary>
    public static TokenizerParts ReadQwen2(string folder, TokenizerConfig config)
    {
        var roles = Roles(("unk_token", "<|endoftext|>"), ("eos_token", "<|endoftext|>"), ("pad_token", "<|endoftext|>"));
        return new TokenizerParts
        {
            Model = ReadBytePairs(folder).Model,
            AddedTokens = config.AddedTokens(roles),
            Normalizer = new UnicodeNormalizer(compose: true, compatible: false),
            PreTokenizers =
            [
                new PatternPreTokenizer(new PieceSplitter(PatternCatalog.Create(Qwen2Pattern), SplitBehavior.Isolated, invert: false)),
                new ByteLevelPreTokenizer(config.Flag("add_prefix_space") ?? false, useRegex: false),
            ],
            Decoder = new ByteLevelDecoder(),
        };
    }

    /// <summary>Special tokens by their roles.</summary>
    public static Dictionary<string, AddedToken> Roles(params ReadOnlySpan<(string Role, string Content)> roles)
    {
        var tokens = new Dictionary<string, AddedToken>(StringComparer.Ordinal);
        foreach (var (role, content) in roles)
        {
            tokens.Add(role, TokenizerConfig.Plain(content));
        }

        return tokens;
    }

    private static (Vocabulary Vocabulary, BytePairModel Model) ReadBytePairs(string folder)
    {
        var vocabulary = new Vocabulary(ReadIds(Path.Combine(folder, "vocab.json")));
        var builder = new MergeTableBuilder(vocabulary, prefixLength: 0);
        var seen = new HashSet<(string, string)>();

        // The first line is a header, whatever it says.
        foreach (var line in ReadLines(Path.Combine(folder, "merges.txt")).Skip(1))
        {
            var parts = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length == 0)
            {
                continue;
            }

            if (parts.Length != 2)
            {
                throw new TokenizerException("reading 'merges.txt'", $"the line '{line}' is not two tokens", "Download the file again");
            }

            if (seen.Add((parts[0], parts[1])))
            {
                builder.Add(parts[0], parts[1]);
            }
        }

        return (vocabulary, new BytePairModel(
            vocabulary, builder.Build(), new BytePairOptions(null, "", "", FuseUnknown: false, ByteFallback: false, IgnoreMerges: false)));
    }

    private static Dictionary<string, int> ReadIds(string path)
    {
        try
        {
            return ForeignJson.Record<Dictionary<string, int>>(TokenizerFolder.ReadBytes(path), JsonSerializerOptions.Default)
                ?? throw new TokenizerException($"reading '{path}'", "it is null", "Download the file again");
        }
        catch (JsonException e)
        {
            throw new TokenizerException(
                $"reading '{path}'",
                $"it is not a JSON object from tokens to ids ({e.Message.TrimEnd('.')})",
                "Download the file again",
                e);
        }
    }

    private static IEnumerable<string> ReadLines(string path) => Encoding.UTF8.GetString(TokenizerFolder.ReadBytes(path)).EnumerateLinesOf();

    private static IEnumerable<string> EnumerateLinesOf(this string text)
    {
        using var reader = new StringReader(text);
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    private static int RequiredId(Vocabulary vocabulary, AddedToken? token, string role) =>
        token is not null && vocabulary.IdOf(token.Content) is { } id
            ? id
            : throw new TokenizerException(
                "reading the tokenizer's vocabulary",
                $"it lacks the {role} '{token?.Content}'",
                $"Name the right {role} in tokenizer_config.json, or add it to the vocabulary");
}

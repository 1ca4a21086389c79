using System.Globalization;
using AlignedProbing.Tokenizers.AddedTokens;
using AlignedProbing.Tokenizers.Decoders;
using AlignedProbing.Tokenizers.Models;
using AlignedProbing.Tokenizers.Normalizers;
using AlignedProbing.Tokenizers.Patterns;
using AlignedProbing.Tokenizers.PostProcessors;
using AlignedProbing.Tokenizers.PreTokenizers;

namespace AlignedProbing.Tokenizers.Files;

/// <summary>Folders with a SentencePiece model: what transformers makes of Llama's, T5's and XLM-RoBERTa's.</summary>
internal static class SentencePieceFiles
{
    private const string Blank = "▁";

    /// <summary>Llama: byte pairs (or unigrams) with byte fallback; blanks are kept as they are.</summary>
    public static TokenizerParts ReadLlama(SentencePieceFile file, TokenizerConfig config)
    {
        var roles = VocabularyFiles.Roles(("bos_token", "<s>"), ("eos_token", "</s>"), ("unk_token", "<unk>"));
        var parts = ReadBytePairs(file, config.Flag("add_prefix_space") ?? true, config.Flag("legacy") ?? true);
        var model = parts.Model;
        var template = new List<int?>();
        if (config.Flag("add_bos_token") ?? true)
        {
            template.Add(RequiredId(model, config, roles, "bos_token"));
        }

        template.Add(null);
        if (config.Flag("add_eos_token") ?? false)
        {
            template.Add(RequiredId(model, config, roles, "eos_token"));
        }

        return parts with { AddedTokens = [.. PieceTokens(file), .. config.AddedTokens(roles)], PostProcessor = new TemplatePostProcessor(template) };
    }

    /// <summary>Byte pairs (or unigrams) with byte fallback, without added tokens and what is put around a text.</summary>
    /// <param name="file">The pieces.</param>
    /// <param name="addPrefixSpace">Whether a text begins with a blank.</param>
    /// <param name="isLegacy">Whether so does each part of it that follows an added token.</param>
    public static TokenizerParts ReadBytePairs(SentencePieceFile file, bool addPrefixSpace, bool isLegacy)
    {
        var replaceSpaces = new ReplaceNormalizer(new LiteralPattern(" "), Blank);
        TokenDecoder[] decoders = [new ReplaceDecoder(new LiteralPattern(Blank), " "), new ByteFallbackDecoder(), new FuseDecoder()];
        return new TokenizerParts
        {
            Model = CreateModel(file, Scored(file.Pieces), unknownId: 0, byteFallback: true),
            Normalizer = !isLegacy ? null : new SequenceNormalizer(addPrefixSpace ? [new PrependNormalizer(Blank), replaceSpaces] : [replaceSpaces]),
            PreTokenizers = isLegacy ? [] : [new MetaspacePreTokenizer(Blank, addPrefixSpace ? PrependScheme.First : PrependScheme.Never, split: false)],
            Decoder = new SequenceDecoder(addPrefixSpace ? [.. decoders, new StripDecoder(" ", start: 1, stop: 0)] : decoders),
        };
    }

    /// <summary>T5: unigrams, sentinels after the vocabulary, an ending token.</summary>
    public static TokenizerParts ReadT5(SentencePieceFile file, TokenizerConfig config)
    {
        var roles = VocabularyFiles.Roles(("eos_token", "</s>"), ("unk_token", "<unk>"), ("pad_token", "<pad>"));
        var vocabulary = Scored(file.Pieces);
        var sentinels = Math.Clamp(config.Number("extra_ids") ?? 100, 0, 10_000);
        for (var i = sentinels - 1; i >= 0; i--)
        {
            vocabulary.Add((Sentinel(i), 0));
        }

        var added = config.AddedTokens(roles);
        if (!config.AdditionalSpecial().Any())
        {
            added.AddRange(Enumerable.Range(0, sentinels).Select(i => TokenizerConfig.Plain(Sentinel(i))));
        }

        var model = CreateModel(file, vocabulary, file.UnknownId, byteFallback: false);
        return Unigram(file, config, model, added) with
        {
            PostProcessor = new TemplatePostProcessor([null, RequiredId(model, config, roles, "eos_token")]),
        };
    }

    /// <summary>XLM-RoBERTa: unigrams whose first ids are fairseq's, a beginning and an ending token.</summary>
    public static TokenizerParts ReadXlmRoberta(SentencePieceFile file, TokenizerConfig config)
    {
        var roles = VocabularyFiles.Roles(
            ("bos_token", "<s>"),
            ("eos_token", "</s>"),
            ("sep_token", "</s>"),
            ("cls_token", "<s>"),
            ("unk_token", "<unk>"),
            ("pad_token", "<pad>"),
            ("mask_token", "<mask>"));
        roles["mask_token"] = roles["mask_token"] with { LeftStrip = true, Normalized = true };
        List<(string, double)> vocabulary = [("<s>", 0), ("<pad>", 0), ("</s>", 0), ("<unk>", 0), .. Scored(file.Pieces).Skip(3), ("<mask>", 0)];
        var model = CreateModel(file, vocabulary, unknownId: 3, byteFallback: false);
        return Unigram(file, config, model, config.AddedTokens(roles)) with
        {
            PostProcessor = new TemplatePostProcessor([RequiredId(model, config, roles, "cls_token"), null, RequiredId(model, config, roles, "sep_token")]),
        };
    }

    private static TokenizerParts Unigram(SentencePieceFile file, TokenizerConfig config, TokenModel model, List<AddedToken> added)
    {
        var addPrefixSpace = config.Flag("add_prefix_space") ?? true;
        var scheme = !addPrefixSpace ? PrependScheme.Never : config.Flag("legacy") ?? true ? PrependScheme.Always : PrependScheme.First;
        Normalizer[] normalizers = [new StripNormalizer(left: false, right: true), new ReplaceNormalizer(PatternCatalog.Create(" {2,}"), Blank)];
        return new TokenizerParts
        {
            Model = model,
            AddedTokens = [.. PieceTokens(file), .. added],
            Normalizer = new SequenceNormalizer(
                file.NormalizationRules.Length == 0 ? normalizers : [PrecompiledNormalizer.FromBytes(file.NormalizationRules), .. normalizers]),
            PreTokenizers = [new MetaspacePreTokenizer(Blank, scheme, split: true)],
            Decoder = new MetaspaceDecoder(Blank, leavesOutFirst: scheme != PrependScheme.Never),
        };
    }

    private static TokenModel CreateModel(SentencePieceFile file, List<(string Token, double Score)> vocabulary, int unknownId, bool byteFallback) =>
        file.ModelType switch
        {
            SentencePieceFile.Unigram => new UnigramModel(vocabulary, unknownId, byteFallback),
            SentencePieceFile.BytePair => BytePairs(file, vocabulary, byteFallback),
            _ => throw new TokenizerException(
                "reading a SentencePiece model",
                string.Create(CultureInfo.InvariantCulture, $"its kind is {file.ModelType}, neither unigram (1) nor byte pairs (2)"),
                "Use another model"),
        };

    /// <summary>Byte pairs without a list of merges: every way to part a piece in two pieces is one, those of better pieces first.</summary>
    private static BytePairModel BytePairs(SentencePieceFile file, List<(string Token, double Score)> scored, bool byteFallback)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var scores = new Dictionary<string, double>(StringComparer.Ordinal);
        for (var id = 0; id < scored.Count; id++)
        {
            ids[scored[id].Token] = id;
            scores[scored[id].Token] = scored[id].Score;
        }

        var vocabulary = new Vocabulary(ids);
        var merges = new List<(string Left, string Right, double Score)>();
        foreach (var (piece, score) in scores)
        {
            var parts = Enumerable.Range(1, Math.Max(0, piece.Length - 1))
                .Select(at => (Left: piece[..at], Right: piece[at..], score))
                .Where(pair => ids.ContainsKey(pair.Left) && ids.ContainsKey(pair.Right))
                .OrderBy(pair => ids[pair.Left])
                .ThenBy(pair => ids[pair.Right]);
            merges.AddRange(parts);
        }

        var builder = new MergeTableBuilder(vocabulary, prefixLength: 0);
        foreach (var (left, right, _) in merges.OrderByDescending(merge => merge.Score)
            .ThenByDescending(merge => CodePoints(merge.Left))
            .ThenByDescending(merge => CodePoints(merge.Right)))
        {
            builder.Add(left, right);
        }

        return new BytePairModel(
            vocabulary, builder.Build(), new BytePairOptions(file.UnknownPiece, "", "", FuseUnknown: true, byteFallback, IgnoreMerges: false));
    }

    private static int CodePoints(string text) => text.Length - text.Count(char.IsLowSurrogate);

    private static List<(string Token, double Score)> Scored(List<SentencePiece> pieces) => [.. pieces.Select(piece => (piece.Text, (double)piece.Score))];

    /// <summary>The pieces that are found in the text before anything else.</summary>
    private static IEnumerable<AddedToken> PieceTokens(SentencePieceFile file) => file.Pieces
        .Where(piece => piece.Kind is SentencePiece.Control or SentencePiece.UserDefined)
        .Select(piece => TokenizerConfig.Plain(piece.Text) with { Special = piece.Kind == SentencePiece.Control });

    private static string Sentinel(int number) => string.Create(CultureInfo.InvariantCulture, $"<extra_id_{number}>");

    private static int RequiredId(TokenModel model, TokenizerConfig config, Dictionary<string, AddedToken> roles, string role)
    {
        var token = config.Special(role, roles[role]);
        return token is not null && model.IdOf(token.Content) is { } id
            ? id
            : throw new TokenizerException(
                "reading the tokenizer's vocabulary", $"it lacks the {role} '{token?.Content}'", $"Name the right {role} in tokenizer_config.json");
    }
}

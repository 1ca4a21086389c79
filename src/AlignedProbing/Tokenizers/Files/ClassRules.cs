using AlignedProbing.Tokenizers.Normalizers;
using AlignedProbing.Tokenizers.PostProcessors;
using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tokenizers.Files;

/// <summary>
/// What the class that a folder names makes of its <c>tokenizer.json</c>, as transformers 4.57 does. A class that is not known here keeps the file as it is,
/// and is refused where the configuration asks for something else than the file does.
/// </summary>
internal sealed class ClassRules
{
    private const string AddsPrefix = "add_prefix_space";
    private const string AddsBeginning = "add_bos_token";
    private const string AddsEnd = "add_eos_token";

    private readonly TokenizerConfig _config;
    private readonly TokenizerClass _class;
    private readonly bool _isKnown;

    public ClassRules(TokenizerConfig config)
    {
        _config = config;
        var found = TokenizerClassCatalog.Find(config.TokenizerClass ?? "PreTrainedTokenizer");
        _isKnown = found is not null;
        _class = found ?? TokenizerClassCatalog.Find("PreTrainedTokenizer")!;
        if (_class.HasOwnFiles)
        {
            throw Disagreement($"its class '{config.TokenizerClass}' works from files of its own, not from tokenizer.json");
        }

        if (_class.RefusesBeginning && config.Truth(AddsBeginning, missing: false))
        {
            throw Disagreement($"its class '{config.TokenizerClass}' cannot add a beginning token, which '{AddsBeginning}' asks for");
        }
    }

    /// <summary>Whether the class makes the tokenizer again from its SentencePiece model rather than reading tokenizer.json.</summary>
    public bool NeedsPieces =>
        _config.Truth("from_slow", missing: false) || (_class.PrefixSpace == PrefixSpaceRule.FromPieces && _config.Has(AddsPrefix));

    /// <summary>A part of the file as the class sets it.</summary>
    public JsonComponent Adjust(JsonComponent component) => component.Place switch
    {
        "normalizer" when component.Type == "BertNormalizer" => Normalizer(component),
        "pre_tokenizer" => PreTokenizer(component),
        "post_processor" when _class.PrefixSpace == PrefixSpaceRule.PostProcessor && component.Type is "RobertaProcessing" or "ByteLevel" =>
            component.With(new() { [AddsPrefix] = _config.Truth(AddsPrefix, missing: false), ["trim_offsets"] = _config.Truth("trim_offsets", missing: true) }),
        _ => component,
    };

    /// <summary>The tokenizer with the tokens and the template that the class adds.</summary>
    public TokenizerParts Finish(TokenizerParts parts)
    {
        var added = _config.TokensBeside(_class, [.. parts.AddedIds.Zip(parts.AddedTokens)]);
        var vocabulary = new AddedTokens.AddedVocabulary([.. parts.AddedTokens, .. added], parts.Model, parts.Normalizer);
        var finished = parts with
        {
            AddedTokens = [.. parts.AddedTokens, .. added],
            SplitsSpecialTokens = _config.Truth("split_special_tokens", missing: false),
            CleansUpBlanks = _config.Truth("clean_up_tokenization_spaces", missing: false),
        };
        if (_class.Bert != BertFlags.None && parts.Normalizer is null)
        {
            throw Disagreement($"its class '{_config.TokenizerClass}' sets a normalizer, and tokenizer.json has none");
        }

        if (_class.AddsBeginning is { } addsBeginning)
        {
            List<int?> template = [null];
            if (_config.Truth(AddsBeginning, addsBeginning))
            {
                template.Insert(0, Id("bos_token", AddsBeginning));
            }

            if (_config.Truth(AddsEnd, missing: false))
            {
                template.Add(Id("eos_token", AddsEnd));
            }

            finished = finished with { PostProcessor = new TemplatePostProcessor(template) };
        }

        if (!_isKnown)
        {
            RefuseDisagreement(finished, IdOf);
        }

        return finished;

        int Id(string role, string flag) => IdOf(role) ?? throw Disagreement($"'{flag}' is true, but there is no '{role}'");

        int? IdOf(string role) => _config.Special(role, _class.Defaults.GetValueOrDefault(role)) is { } token
            ? vocabulary.IdOf(token.Content) ?? parts.Model.IdOf(token.Content)
            : null;
    }

    /// <summary>Refuses a tokenizer that was read although <see cref="NeedsPieces"/>, where the file and the configuration disagree.</summary>
    public void CheckPrefixSpace(Tokenizer tokenizer)
    {
        if (NeedsPieces && _config.Has(AddsPrefix) && tokenizer.AddsPrefixSpace != _config.Truth(AddsPrefix, missing: true))
        {
            throw Disagreement($"'{AddsPrefix}' is {(tokenizer.AddsPrefixSpace ? "false" : "true")}, and tokenizer.json does otherwise");
        }
    }

    private JsonComponent Normalizer(JsonComponent component)
    {
        if (_class.Bert == BertFlags.None)
        {
            return component;
        }

        var flags = new Dictionary<string, bool?>
        {
            ["lowercase"] = _config.StrictFlag("do_lower_case", missing: true),
            ["strip_accents"] = _config.StrictFlag("strip_accents", missing: null),
        };
        if (_class.Bert == BertFlags.All)
        {
            flags["handle_chinese_chars"] = _config.StrictFlag("tokenize_chinese_chars", missing: true);
        }

        return component.With(flags);
    }

    private JsonComponent PreTokenizer(JsonComponent component)
    {
        var adds = _config.Truth(AddsPrefix, missing: false);
        if (_isKnown && component.Type == "ByteLevel")
        {
            return component.With(new() { [AddsPrefix] = adds });
        }

        return adds && _class.PrefixSpace == PrefixSpaceRule.Deep && component.Type == "Sequence"
            ? component.With(new() { [AddsPrefix] = true }, reachesParts: true)
            : component;
    }

    // Nobody here knows what the class does with these settings: they must ask for what the file does anyway.
    private void RefuseDisagreement(TokenizerParts parts, Func<string, int?> idOf)
    {
        var around = parts.PostProcessor?.Process(new TokenBuffer(""), addSpecialTokens: true, _ => null).Ids ?? [];
        Compare(AddsBeginning, around.Count > 0 && around[0] == idOf("bos_token"));
        Compare(AddsEnd, around.Count > 0 && around[^1] == idOf("eos_token"));
        Compare(AddsPrefix, new Tokenizer(parts).AddsPrefixSpace);
        if (parts.Normalizer is BertNormalizer bert)
        {
            Compare("do_lower_case", bert.Lowercases);
            Compare("strip_accents", bert.StripsAccents);
            Compare("tokenize_chinese_chars", bert.SetsIdeographsApart);
        }
        else if (_config.Truth("do_lower_case", missing: false))
        {
            Compare("do_lower_case", IsLowercased(parts.Normalizer));
        }

        void Compare(string name, bool does)
        {
            if (_config.Has(name) && _config.Truth(name, missing: does) != does)
            {
                var asked = does ? "false" : "true";
                throw Disagreement($"'{name}' is {asked}, tokenizer.json does otherwise, and the class '{_config.TokenizerClass}' is not known here");
            }
        }
    }

    private static bool IsLowercased(Normalizer? normalizer) =>
        normalizer is not null && normalizer.Normalize(new AlignedText("A".AsMemory(), 0)).Span.Contains('a');

    private static TokenizerException Disagreement(string found) => new(
        "reading tokenizer_config.json beside tokenizer.json",
        found,
        "Save the tokenizer again (in Python: AutoTokenizer.from_pretrained(folder).save_pretrained(folder)), or correct tokenizer_config.json");
}

using System.Globalization;
using System.Text.Json;
using AlignedProbing.Tokenizers.AddedTokens;

namespace AlignedProbing.Tokenizers.Files;

/// <summary>What <c>tokenizer_config.json</c> says, and which of several families of tokenizers it is about.</summary>
internal sealed class TokenizerConfig
{
    /// <summary>The names under which special tokens stand, in the order in which they are added.</summary>
    private static readonly string[] SpecialNames = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    private const string Additional = "additional_special_tokens";
    private const string ListedTokens = "added_tokens_decoder";

    private readonly Dictionary<string, JsonElement> _members;
    private readonly Dictionary<string, JsonElement> _olderTokens;

    private TokenizerConfig(Dictionary<string, JsonElement> members, Dictionary<string, JsonElement> olderTokens, string? tokenizerClass)
    {
        _members = members;
        _olderTokens = olderTokens;
        TokenizerClass = tokenizerClass;
    }

    /// <summary>The class without its suffix "Fast", for example <c>LlamaTokenizer</c>; null where no file names one.</summary>
    public string? TokenizerClass { get; }

    /// <summary>Whether a folder says anything about its tokenizer beside <c>tokenizer.json</c>.</summary>
    public bool IsGiven => TokenizerClass is not null || _members.Count > 0 || _olderTokens.Count > 0;

    /// <summary>Reads the configuration of a folder; one without files is empty.</summary>
    public static TokenizerConfig Read(string folder)
    {
        var members = ReadObject(Path.Combine(folder, "tokenizer_config.json"));
        var model = ReadObject(Path.Combine(folder, "config.json"));
        var name = TextOf(members, "tokenizer_class") ?? TextOf(model, "tokenizer_class") ?? ClassOfModel(TextOf(model, "model_type"));
        var olderTokens = new Dictionary<string, JsonElement>();
        if (!members.ContainsKey(ListedTokens))
        {
            // As the files were before the configuration listed the added tokens: special ones in a file of their own, which wins, and added ones in another.
            olderTokens = ReadObject(Path.Combine(folder, "added_tokens.json"));
            foreach (
                var (role, token) in ReadObject(Path.Combine(folder, "special_tokens_map.json")).Where(member => member.Value.ValueKind != JsonValueKind.Null))
            {
                members[role] = role == Additional && members.TryGetValue(Additional, out var there) ? Together(there, token) : token;
            }
        }

        return new TokenizerConfig(members, olderTokens, name?.EndsWith("Fast", StringComparison.Ordinal) == true ? name[..^4] : name);
    }

    /// <summary>A member that is true or false; null where it is missing or null.</summary>
    public bool? Flag(string name) => _members.TryGetValue(name, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False
        ? value.GetBoolean()
        : null;

    /// <summary>A member as Python's <c>bool</c> takes it.</summary>
    /// <param name="name">The member.</param>
    /// <param name="missing">What it is where the file does not have it.</param>
    public bool Truth(string name, bool missing) => !_members.TryGetValue(name, out var value) ? missing : value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False or JsonValueKind.Null => false,
        JsonValueKind.Number => value.GetDouble() != 0,
        JsonValueKind.String => value.GetString()!.Length > 0,
        JsonValueKind.Array => value.GetArrayLength() > 0,
        _ => value.EnumerateObject().Any(),
    };

    /// <summary>A member that must be true or false where it is there.</summary>
    /// <param name="name">The member.</param>
    /// <param name="missing">What it is where the file does not have it.</param>
    public bool? StrictFlag(string name, bool? missing) => !_members.TryGetValue(name, out var value) ? missing : value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Null when missing is null => null,
        _ => throw JsonComponent.Wrong($"'{name}' of tokenizer_config.json is {value.GetRawText()}, not true or false"),
    };

    /// <summary>Whether the file has a member that is not null.</summary>
    public bool Has(string name) => _members.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>The tokens that transformers adds to those of a <c>tokenizer.json</c>, in its order.</summary>
    /// <param name="described">What the class names where no file does.</param>
    /// <param name="file">The tokens of tokenizer.json with the ids that it gives them.</param>
    public List<AddedToken> TokensBeside(TokenizerClass described, IReadOnlyList<(int Id, AddedToken Token)> file)
    {
        var isListed = _members.TryGetValue(ListedTokens, out var members) && members.ValueKind == JsonValueKind.Object;
        var listed = isListed ? ListedById(members) : [];
        var special = Specials(described);
        if (!isListed)
        {
            // As the files were before: the older file's tokens, and those of tokenizer.json in place of older ones with the same id.
            var contents = special.Select(token => token.Token.Content).ToHashSet(StringComparer.Ordinal);
            var byId = OlderTokens(contents).ToDictionary(pair => pair.Id, pair => pair.Token);
            foreach (var (id, token) in file)
            {
                byId[id] = token;
            }

            listed = [.. byId.OrderBy(pair => pair.Key).Select(pair => pair.Value)];
        }

        // A role that a file names takes the settings with which its token is listed.
        var known = listed.ToLookup(token => token.Content, StringComparer.Ordinal);
        var seen = file.Select(pair => pair.Token.Content).Concat(listed.Select(token => token.Content)).ToHashSet(StringComparer.Ordinal);
        var added = new List<AddedToken>(listed);
        var names = special.Select(entry => entry.Token.Content).ToHashSet(StringComparer.Ordinal);
        foreach (var (token, isRole, hasSettings) in special)
        {
            var listedToken = isRole ? known[token.Content].LastOrDefault() : null;
            if (listedToken is null && (hasSettings ? !added.Contains(token) : !seen.Contains(token.Content)))
            {
                added.Add(token);
            }
        }

        return [.. added.Select(token => token with { Special = token.Special || names.Contains(token.Content) })];
    }

    /// <summary>A member that is a whole number; null where it is missing or null.</summary>
    public int? Number(string name) => _members.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
        ? number
        : null;

    /// <summary>A special token by the name of its role, for example <c>bos_token</c>.</summary>
    /// <param name="name">The role.</param>
    /// <param name="missing">What it is where the file does not name it.</param>
    public AddedToken? Special(string name, AddedToken? missing) =>
        !_members.TryGetValue(name, out var value) ? missing
        : value.ValueKind == JsonValueKind.Null ? null
        : ReadToken(value, name, missing);

    /// <summary>The tokens that are added beside the vocabulary: those listed with ids, then the special ones by their roles.</summary>
    /// <param name="roles">The special tokens where the file does not name them.</param>
    public List<AddedToken> AddedTokens(IReadOnlyDictionary<string, AddedToken> roles)
    {
        var tokens = new List<AddedToken>();
        if (_members.TryGetValue(ListedTokens, out var listed) && listed.ValueKind == JsonValueKind.Object)
        {
            tokens.AddRange(ListedById(listed));
        }

        var special = SpecialNames.Select(name => Special(name, roles.GetValueOrDefault(name))).OfType<AddedToken>().Concat(AdditionalSpecial()).ToList();
        var contents = special.Select(token => token.Content).ToHashSet(StringComparer.Ordinal);
        tokens.AddRange(OlderTokens(contents).Select(pair => pair.Token));
        tokens = [.. tokens.Select(token => contents.Contains(token.Content) ? token with { Special = true } : token)];
        foreach (var token in special)
        {
            if (!tokens.Exists(known => known.Content == token.Content))
            {
                tokens.Add(token);
            }
        }

        return tokens;
    }

    /// <summary>The members of <c>additional_special_tokens</c>; none where it is missing.</summary>
    public IEnumerable<AddedToken> AdditionalSpecial() =>
        _members.TryGetValue(Additional, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(element => ReadToken(element, Additional, missing: null))
            : [];

    /// <summary>A special token that is nothing but its text.</summary>
    public static AddedToken Plain(string content) => new(content, SingleWord: false, LeftStrip: false, RightStrip: false, Normalized: false, Special: true);

    private static List<AddedToken> ListedById(JsonElement listed)
    {
        var byId = new SortedDictionary<int, AddedToken>();
        foreach (var member in listed.EnumerateObject())
        {
            var id = int.TryParse(member.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw JsonComponent.Wrong($"'{ListedTokens}' has '{member.Name}' where an id belongs");
            byId[id] = ReadToken(member.Value, member.Name, missing: null);
        }

        return [.. byId.Values];
    }

    /// <summary>The special tokens by role, then the others; whether each has a role, and settings beside its text.</summary>
    private List<(AddedToken Token, bool IsRole, bool HasSettings)> Specials(TokenizerClass described)
    {
        var tokens = new List<(AddedToken, bool, bool)>();
        foreach (var role in SpecialNames)
        {
            if (Special(role, described.Defaults.GetValueOrDefault(role)) is { Content.Length: > 0 } token)
            {
                var isNamed = _members.TryGetValue(role, out var value);
                tokens.Add((token, isNamed, described.Wrapped.Contains(role) || (isNamed && value.ValueKind == JsonValueKind.Object)));
            }
        }

        if (_members.TryGetValue(Additional, out var list) && list.ValueKind == JsonValueKind.Array)
        {
            tokens.AddRange(list.EnumerateArray().Select(element =>
                (ReadToken(element, Additional, missing: null) with { Special = true }, false, element.ValueKind == JsonValueKind.Object)));
        }
        else
        {
            tokens.AddRange(described.Additional.Select(content => (Plain(content), false, false)));
        }

        return [.. tokens.DistinctBy(entry => entry.Item1.Content)];
    }

    // added_tokens.json: ids by token; one that is not special is looked for in normalised text.
    private IEnumerable<(int Id, AddedToken Token)> OlderTokens(HashSet<string> special) => _olderTokens
        .Select(member => (Content: member.Key, Id: member.Value.ValueKind == JsonValueKind.Number && member.Value.TryGetInt32(out var id)
            ? id
            : throw JsonComponent.Wrong($"'added_tokens.json' gives '{member.Key}' no id")))
        .OrderBy(token => token.Id)
        .DistinctBy(token => token.Id)
        .Select(token => (
            token.Id,
            Plain(token.Content) with { Normalized = !special.Contains(token.Content), Special = special.Contains(token.Content) }));

    private static JsonElement Together(JsonElement first, JsonElement second) =>
        JsonSerializer.SerializeToElement(
            new[] { first, second }
                .Where(list => list.ValueKind == JsonValueKind.Array)
                .SelectMany(list => list.EnumerateArray())
                .DistinctBy(token => token.GetRawText()));

    private static AddedToken ReadToken(JsonElement value, string name, AddedToken? missing)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            return missing is null ? Plain(value.GetString()!) : missing with { Content = value.GetString()! };
        }

        var component = new JsonComponent(value, name);
        return new AddedToken(
            component.Text("content"),
            component.OptionalFlag("single_word") ?? false,
            component.OptionalFlag("lstrip") ?? false,
            component.OptionalFlag("rstrip") ?? false,
            component.OptionalFlag("normalized") ?? true,
            component.OptionalFlag("special") ?? name.EndsWith("_token", StringComparison.Ordinal));
    }

    private static Dictionary<string, JsonElement> ReadObject(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        try
        {
            using var document = ForeignJson.ParsePython(TokenizerFolder.ReadBytes(path));
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.EnumerateObject().GroupBy(member => member.Name).ToDictionary(group => group.Key, group => group.Last().Value.Clone())
                : throw new TokenizerException($"reading '{path}'", "it is not a JSON object", "Download the file again");
        }
        catch (JsonException e)
        {
            throw new TokenizerException($"reading '{path}'", $"it is not JSON ({e.Message.TrimEnd('.')})", "Download the file again", e);
        }
    }

    private static string? TextOf(Dictionary<string, JsonElement> members, string name) =>
        members.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string? ClassOfModel(string? modelType) => modelType switch
    {
        "bert" => "BertTokenizer",
        "distilbert" => "DistilBertTokenizer",
        "electra" => "ElectraTokenizer",
        "gpt2" or "opt" or "gpt_neo" or "granite" => "GPT2Tokenizer",
        "roberta" => "RobertaTokenizer",
        "qwen2" or "qwen3" => "Qwen2Tokenizer",
        "llama" or "mistral" or "mixtral" or "phi3" => "LlamaTokenizer",
        "t5" => "T5Tokenizer",
        "xlm-roberta" => "XLMRobertaTokenizer",
        "gemma" or "gemma2" or "gemma3" or "gemma3_text" => "GemmaTokenizer",
        "gpt_neox" or "olmo" or "olmoe" or "mpt" or "mamba" or "mamba2" or "falcon_mamba" or "stablelm" => "GPTNeoXTokenizer",
        "gptj" or "gpt_bigcode" or "starcoder2" or "olmo2" or "olmo3" or "granitemoe" => "GPT2Tokenizer",
        "codegen" or "phi" => "CodeGenTokenizer",
        "bloom" => "BloomTokenizer",
        "cohere" or "cohere2" => "CohereTokenizer",
        "qwen2_moe" or "qwen3_moe" => "Qwen2Tokenizer",
        "deberta" => "DebertaTokenizer",
        "deberta-v2" => "DebertaV2Tokenizer",
        "albert" => "AlbertTokenizer",
        "mpnet" => "MPNetTokenizer",
        "bart" => "BartTokenizer",
        "mt5" => "T5Tokenizer",
        _ => null,
    };
}

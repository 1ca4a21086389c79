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
            var byId = listed.EnumerateObject().Select(member => (
                Id: int.TryParse(member.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                    ? id
                    : throw JsonComponent.Wrong($"'{ListedTokens}' has '{member.Name}' where an id belongs"),
                Token: ReadToken(member.Value, member.Name, missing: null)));
            tokens.AddRange(byId.OrderBy(pair => pair.Id).Select(pair => pair.Token));
        }

        var special = SpecialNames.Select(name => Special(name, roles.GetValueOrDefault(name))).OfType<AddedToken>().Concat(AdditionalSpecial()).ToList();
        var contents = special.Select(token => token.Content).ToHashSet(StringComparer.Ordinal);
        tokens.AddRange(OlderTokens(contents));
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

    // added_tokens.json: ids by token; one that is not special is looked for in normalised text.
    private IEnumerable<AddedToken> OlderTokens(HashSet<string> special) => _olderTokens
        .Select(member => (Content: member.Key, Id: member.Value.ValueKind == JsonValueKind.Number && member.Value.TryGetInt32(out var id)
            ? id
            : throw JsonComponent.Wrong($"'added_tokens.json' gives '{member.Key}' no id")))
        .OrderBy(token => token.Id)
        .Select(token => Plain(token.Content) with { Normalized = !special.Contains(token.Content), Special = special.Contains(token.Content) });

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
            using var document = JsonDocument.Parse(TokenizerFolder.ReadBytes(path));
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
        _ => null,
    };
}

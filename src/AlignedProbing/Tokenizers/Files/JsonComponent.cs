using System.Globalization;
using System.Text.Json;

namespace AlignedProbing.Tokenizers.Files;

/// <summary>One stage of a tokenizer file: an object with a type and settings. Whatever is not as it should be is an error that names the place.</summary>
internal readonly struct JsonComponent
{
    private readonly JsonElement _element;
    private readonly Dictionary<string, bool?>? _flags;
    private readonly bool _reachesParts;

    /// <param name="element">The object.</param>
    /// <param name="place">Where it stands in the file, for messages: "normalizer.normalizers[1]".</param>
    public JsonComponent(JsonElement element, string place)
        : this(element, place, null, reachesParts: false)
    {
    }

    private JsonComponent(JsonElement element, string place, Dictionary<string, bool?>? flags, bool reachesParts)
    {
        _element = element;
        _flags = flags;
        _reachesParts = reachesParts;
        Place = place;
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Wrong($"'{place}' is {Describe(element)}, not an object");
        }
    }

    public string Place { get; }

    /// <summary>Its type's name.</summary>
    public string Type => Text("type");

    /// <summary>A setting that must be there, as text.</summary>
    public string Text(string name) => OptionalText(name) ?? throw Wrong($"'{Place}.{name}' is missing");

    /// <summary>A setting as text; null where it is missing or null.</summary>
    public string? OptionalText(string name)
    {
        if (!TryGet(name, out var value))
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            throw Wrong($"'{Place}.{name}' is {Describe(value)}, not a text");
        }

        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException e)
        {
            throw Wrong($"'{Place}.{name}' is no valid Unicode text", e);
        }
    }

    /// <summary>A setting of exactly one character.</summary>
    public string Character(string name)
    {
        var text = Text(name);
        var isOne = text.Length == 1 || (text.Length == 2 && char.IsSurrogatePair(text, 0));
        return isOne ? text : throw Wrong($"'{Place}.{name}' is '{text}', not one character");
    }

    /// <summary>A setting that is true or false; null where it is missing or null.</summary>
    public bool? OptionalFlag(string name) =>
        _flags?.TryGetValue(name, out var set) == true ? set
        : !TryGet(name, out var value) ? null
        : value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Wrong($"'{Place}.{name}' is {Describe(value)}, not true or false"),
        };

    /// <summary>The component with other values of settings that are true, false or null, whatever the file says.</summary>
    /// <param name="flags">The settings by name.</param>
    /// <param name="reachesParts">Whether the components within it have them too.</param>
    public JsonComponent With(Dictionary<string, bool?> flags, bool reachesParts = false) => new(_element, Place, flags, reachesParts);

    /// <summary>A setting that is true or false and must be there.</summary>
    public bool Flag(string name) => OptionalFlag(name) ?? throw Wrong($"'{Place}.{name}' is missing");

    /// <summary>A setting that is a whole number of zero or more; null where it is missing or null.</summary>
    public int? OptionalNumber(string name) => !TryGet(name, out var value) ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= 0 ? number
        : throw Wrong($"'{Place}.{name}' is {Describe(value)}, not a whole number from 0 to {int.MaxValue.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>A setting that is an object with a type; null where it is missing or null.</summary>
    public JsonComponent? OptionalComponent(string name) => TryGet(name, out var value) ? new JsonComponent(value, $"{Place}.{name}") : null;

    /// <summary>A setting that is a list of objects and must be there.</summary>
    public IEnumerable<JsonComponent> Components(string name)
    {
        var place = $"{Place}.{name}";
        var (flags, reachesParts) = (_reachesParts ? _flags : null, _reachesParts);
        return Items(name).Select(
            (element, i) => new JsonComponent(element, string.Create(CultureInfo.InvariantCulture, $"{place}[{i}]"), flags, reachesParts));
    }

    /// <summary>The members of a setting that is a list.</summary>
    public IEnumerable<JsonElement> Items(string name)
    {
        if (!TryGet(name, out var value) || value.ValueKind != JsonValueKind.Array)
        {
            throw Wrong($"'{Place}.{name}' is not a list");
        }

        return value.EnumerateArray();
    }

    /// <summary>Whether the object has a member that is not null.</summary>
    public bool Has(string name) => TryGet(name, out _);

    /// <summary>An error about this component.</summary>
    public static TokenizerException Wrong(string found, Exception? inner = null) =>
        new("reading the tokenizer's file", found, "Save the tokenizer again with the Hugging Face library, or use another file", inner);

    /// <summary>An error for a component that nobody here knows.</summary>
    public TokenizerException Unknown(string kind) => new(
        "reading the tokenizer's file", $"'{Place}' is the {kind} '{Type}', which is not known here", "Use a tokenizer without it, or ask for it to be added");

    private bool TryGet(string name, out JsonElement value) =>
        _element.TryGetProperty(name, out value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined);

    private static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.String => "a text",
        var kind => kind.ToString().ToLowerInvariant(),
    };
}

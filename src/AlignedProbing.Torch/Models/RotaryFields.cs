using System.Text.Json;

namespace AlignedProbing.Torch.Models;

/// <summary>
/// The fields that say how heads turn: <c>rope_scaling</c> with <c>rope_theta</c> beside it or, in newer files, <c>rope_parameters</c> with everything in it.
/// Each field that is read is noted; what is left over in the end is an error that names it.
/// </summary>
internal sealed class RotaryFields
{
    // Read elsewhere, or without effect on the frequencies in Hugging Face too.
    private static readonly string[] WithoutEffect =
    [
        "type",
        "rope_type",
        "rope_theta",
        "partial_rotary_factor",
        "original_max_position_embeddings",
        "finetuned",
    ];

    private readonly ModelConfig _config;
    private readonly JsonElement? _section;
    private readonly HashSet<string> _read = new(WithoutEffect, StringComparer.Ordinal);

    private RotaryFields(ModelConfig config, JsonElement? section) => (_config, _section) = (config, section);

    /// <summary>The kind of scaling; null or <c>default</c>: none.</summary>
    public string? Type =>
        _section is not { } fields || fields.EnumerateObject().All(entry => entry.Name == "rope_theta") ? null
        : fields.TryGetProperty("rope_type", out var type) || fields.TryGetProperty("type", out type) ? type.ToString()
        : throw _config.Broken("its rope scaling has no rope_type");

    /// <summary>The fields of all layers.</summary>
    public static RotaryFields Of(ModelConfig config)
    {
        var (older, newer) = (config.Section("rope_scaling"), config.Section("rope_parameters"));
        return new RotaryFields(config, newer ?? older);
    }

    /// <summary>The fields of one type of layers; null where the file does not tell types apart.</summary>
    public static RotaryFields? OfLayers(ModelConfig config, string layerType)
    {
        if (config.Section("rope_parameters") is not { } section || !section.EnumerateObject().Any(field => field.Value.ValueKind == JsonValueKind.Object))
        {
            return null;
        }

        var unknown = section.EnumerateObject().Select(entry => entry.Name).Where(name => name is not ("full_attention" or "sliding_attention")).ToArray();
        return unknown.Length > 0 ? throw config.Unsupported($"rope_parameters with {string.Join(", ", unknown)}")
            : section.TryGetProperty(layerType, out var fields) && fields.ValueKind == JsonValueKind.Object ? new RotaryFields(config, fields)
            : throw config.Broken($"its rope_parameters have no {layerType}");
    }

    /// <summary>Whether a field is there; it does not count as read.</summary>
    public bool Contains(string name) => _section is { } fields && fields.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>Notes fields that do nothing.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            _read.Add(name);
        }
    }

    public double? Optional(string name) => Field(name) is { } value ? _config.FiniteNumber(name, value) : null;

    public bool? OptionalFlag(string name) =>
        Field(name) is not { } value ? null
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw _config.Broken($"{name} of the rope scaling is neither true nor false");

    public double Required(string name) => Optional(name) is { } value && value > 0 ? value : throw _config.Broken($"its rope scaling has no {name} above 0");

    /// <summary>Numbers above 0, one a pair.</summary>
    public double[] RequiredList(string name, int pairs) =>
        Field(name) is { ValueKind: JsonValueKind.Array } list
        && list.GetArrayLength() == pairs
        && list.EnumerateArray().Select(value => _config.FiniteNumber(name, value)).ToArray() is var numbers
        && numbers.All(number => number > 0)
            ? numbers
            : throw _config.Broken($"its rope scaling has no {name} of {pairs} numbers above 0");

    /// <summary>Ends reading: fields that nobody asked for are an error.</summary>
    public void RefuseTheRest()
    {
        var unread = _section
            ?.EnumerateObject()
            .Where(field => field.Value.ValueKind != JsonValueKind.Null && !_read.Contains(field.Name))
            .Select(field => field.Name)
            .ToArray()
            ?? [];
        if (unread.Length > 0)
        {
            throw _config.Unsupported($"rope scaling of type '{Type ?? "default"}' with {string.Join(", ", unread)}");
        }
    }

    private JsonElement? Field(string name)
    {
        _read.Add(name);
        return _section is { } fields && fields.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }
}

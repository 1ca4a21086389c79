using System.Text.Json;
using System.Text.RegularExpressions;

namespace AlignedProbing.Torch.Checkpoints.Adapters;

/// <summary>
/// PEFT's <c>adapter_config.json</c> of a LoRA adapter. What is switched on and not known to be harmless is an error that names it. Source: PEFT's LoraConfig.
/// </summary>
internal sealed class AdapterConfig
{
    private const long LargestFile = 16 << 20;

    private const int LongestPattern = 1 << 16;

    private static readonly TimeSpan PatternTime = TimeSpan.FromSeconds(1);

    // Fields that say how the adapter was made or trained, or are only read with others that are refused.
    private static readonly HashSet<string> WithoutEffect = new(StringComparer.Ordinal)
    {
        "peft_type",
        "peft_version",
        "task_type",
        "auto_mapping",
        "base_model_name_or_path",
        "revision",
        "inference_mode",
        "lora_dropout",
        "megatron_core",
        "qalora_group_size",
        "fan_in_fan_out",
        "layers_pattern",
        "layers_to_transform",
        "exclude_modules",
        "target_modules",
        "modules_to_save",
        "eva_config",
        "loftq_config",
        "runtime_config",
        "ensure_weight_tying",
        "bias",
        "lora_bias",
        "r",
        "lora_alpha",
        "rank_pattern",
        "alpha_pattern",
        "use_rslora",
        "use_dora",
        "init_lora_weights",
        "save_embedding_layers",
    };

    private readonly string _path;
    private readonly int _rank;
    private readonly double _alpha;
    private readonly bool _stabilised;
    private readonly (Regex Name, double Value)[] _ranks;
    private readonly (Regex Name, double Value)[] _alphas;
    private readonly Func<string, bool> _isTarget;

    private AdapterConfig(JsonElement root, string path)
    {
        _path = path;
        _rank = (int)Number(root, "r", 8);
        _alpha = Number(root, "lora_alpha", 8);
        _stabilised = Flag(root, "use_rslora");
        UsesMagnitudes = Flag(root, "use_dora");
        (_ranks, _alphas) = (Patterns(root, "rank_pattern"), Patterns(root, "alpha_pattern"));
        _isTarget = Targets(root);
        SavedModules = Names(root, "modules_to_save");
    }

    /// <summary>Whether it is a DoRA adapter: directions and magnitudes apart.</summary>
    public bool UsesMagnitudes { get; }

    /// <summary>Names, or ends of names, of layers that the adapter replaces.</summary>
    public IReadOnlyList<string> SavedModules { get; }

    /// <summary>Reads and checks the file.</summary>
    /// <exception cref="InputException"><c>adapter-config</c>, <c>adapter-unsupported</c>.</exception>
    public static AdapterConfig Read(string path)
    {
        if (new FileInfo(path).Length > LargestFile)
        {
            throw AdapterErrors.Config(path, "it is larger than 16 MiB");
        }

        try
        {
            using var document = ForeignJson.ParsePython(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 16 });
            var root =
                document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement : throw AdapterErrors.Config(path, "it is not a JSON object");
            RefuseWhatIsNotImplemented(root, path);
            return new AdapterConfig(root, path);
        }
        catch (JsonException error)
        {
            throw AdapterErrors.Config(path, $"it is not JSON ({error.Message.TrimEnd('.')})", error);
        }
    }

    /// <summary>Whether a layer is one of those that the adapter was trained for.</summary>
    public bool IsTarget(string module) => _isTarget(module);

    /// <summary>Rank of a layer's update.</summary>
    public int Rank(string module) => (int)(_ranks.FirstOrDefault(pattern => Matches(pattern.Name, module)) is { Name: not null } found ? found.Value : _rank);

    /// <summary>What a layer's update is multiplied by: alpha / rank, or alpha / sqrt(rank) where it is rank-stabilised (Kalajdzievski 2023).</summary>
    public double Scale(string module)
    {
        var alpha = _alphas.FirstOrDefault(pattern => Matches(pattern.Name, module)) is { Name: not null } found ? found.Value : _alpha;
        var rank = Rank(module);
        return _stabilised ? alpha / Math.Sqrt(rank) : alpha / rank;
    }

    private static void RefuseWhatIsNotImplemented(JsonElement root, string path)
    {
        var type = root.TryGetProperty("peft_type", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        if (type != "LORA")
        {
            throw type is null
                ? AdapterErrors.Config(path, "it has no peft_type")
                : AdapterErrors.Unsupported(path, $"its peft_type is {type}; implemented: LORA");
        }

        var faults = root.EnumerateObject()
            .Where(field => !WithoutEffect.Contains(field.Name) && IsOn(field.Value))
            .Select(field => $"{field.Name}: {Short(field.Value)}")
            .ToList();
        if (
            root.TryGetProperty("init_lora_weights", out var init)
            && init.ValueKind == JsonValueKind.String
            && init.GetString() is not ("gaussian" or "eva" or "orthogonal"))
        {
            // PiSSA, OLoRA, CorDA and LoftQ change the base weights too.
            faults.Add($"init_lora_weights: {Short(init)}, which changes the base model as well");
        }

        if (faults.Count > 0)
        {
            throw AdapterErrors.Unsupported(path, $"{string.Join("; ", faults)}: not implemented");
        }
    }

    private static bool IsOn(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False or JsonValueKind.Undefined => false,
        JsonValueKind.Array => value.GetArrayLength() > 0,
        JsonValueKind.Object => value.EnumerateObject().Any(),
        _ => true,
    };

    private static string Short(JsonElement value) => value.GetRawText() is { Length: > 60 } text ? text[..57] + "..." : value.GetRawText();

    private Func<string, bool> Targets(JsonElement root)
    {
        if (!root.TryGetProperty("target_modules", out var targets) || targets.ValueKind == JsonValueKind.Null)
        {
            return static _ => true;
        }

        if (targets.ValueKind != JsonValueKind.String)
        {
            var names = Names(root, "target_modules");
            return module => names.Any(name => module == name || module.EndsWith($".{name}", StringComparison.Ordinal));
        }

        var pattern = targets.GetString()!;
        if (string.Equals(pattern, "all-linear", StringComparison.OrdinalIgnoreCase))
        {
            return static _ => true;
        }

        var whole = Pattern($"^(?:{pattern})$", "target_modules");
        return module => Matches(whole, module);
    }

    private bool Matches(Regex pattern, string module)
    {
        try
        {
            return pattern.IsMatch(module);
        }
        catch (RegexMatchTimeoutException error)
        {
            throw AdapterErrors.Config(_path, $"a pattern of it takes more than {PatternTime.TotalSeconds:0} s on the name of one layer", error);
        }
    }

    private (Regex Name, double Value)[] Patterns(JsonElement root, string field)
    {
        if (!root.TryGetProperty(field, out var section) || section.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        return section.ValueKind == JsonValueKind.Object
            ?
            [
                .. section
                    .EnumerateObject()
                    .Select(entry =>
                        (Pattern($@"^(?:.*\.)?(?:{entry.Name})$", field), Positive(entry.Value, $"{field} of {entry.Name}", whole: field == "rank_pattern"))),
            ]
            : throw AdapterErrors.Config(_path, $"{field} is not an object");
    }

    private Regex Pattern(string pattern, string field)
    {
        if (pattern.Length > LongestPattern)
        {
            throw AdapterErrors.Config(_path, $"{field} holds a pattern of {pattern.Length} characters");
        }

        try
        {
            // The engine that goes back: it takes lookaheads, as Python's does, holds a pattern in memory as it is written, and stops after a second.
            return new Regex(pattern, RegexOptions.CultureInvariant, PatternTime);
        }
        catch (ArgumentException error)
        {
            throw AdapterErrors.Config(_path, $"{field} holds a pattern that cannot be read ({error.Message.TrimEnd('.')})", error);
        }
    }

    private IReadOnlyList<string> Names(JsonElement root, string field) =>
        !root.TryGetProperty(field, out var value) || value.ValueKind == JsonValueKind.Null ? []
        : value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(name => name.GetString()!)]
        : throw AdapterErrors.Config(_path, $"{field} is not a list of names");

    private double Number(JsonElement root, string field, double otherwise) =>
        root.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null ? Positive(value, field, whole: field == "r") : otherwise;

    private double Positive(JsonElement value, string field, bool whole) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number > 0 && number < 1e6 && (!whole || number == Math.Floor(number))
            ? number
            : throw AdapterErrors.Config(_path, $"{field} is {Short(value)}, not a positive {(whole ? "whole number" : "number")}");

    private bool Flag(JsonElement root, string field) =>
        root.TryGetProperty(field, out var value) && value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False or JsonValueKind.Null => false,
            _ => throw AdapterErrors.Config(_path, $"{field} is {Short(value)}, neither true nor false"),
        };
}

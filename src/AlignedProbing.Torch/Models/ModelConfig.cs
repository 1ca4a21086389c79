using System.Text.Json;
using AlignedProbing.Gguf;

namespace AlignedProbing.Torch.Models;

/// <summary>
/// A model's <c>config.json</c>. Every field that an architecture reads is noted; what is left over in the end, and not known to do nothing, is an error that
/// names it, so that no model is run with a flag ignored.
/// </summary>
public sealed class ModelConfig
{
    // Fields that say how the file was made, how the model was trained or how text is generated: they do not change a forward pass.
    private static readonly HashSet<string> WithoutEffect = new(StringComparer.Ordinal)
    {
        "architectures",
        "model_type",
        "transformers_version",
        "torch_dtype",
        "dtype",
        "auto_map",
        "use_cache",
        "initializer_range",
        "attention_dropout",
        "hidden_dropout",
        "resid_pdrop",
        "embd_pdrop",
        "attn_pdrop",
        "classifier_dropout",
        "residual_dropout",
        "embedding_dropout",
        "bos_token_id",
        "eos_token_id",
        "pad_token_id",
        "cache_implementation",
        "unk_token_id",
        "sep_token_id",
        "decoder_start_token_id",
        "pretraining_tp",
        "is_llama_config",
        "torchscript",
        "return_dict",
        "output_attentions",
        "output_hidden_states",
        "id2label",
        "label2id",
        "num_labels",
        "problem_type",
        "task_specific_params",
        "finetuning_task",
        "tokenizer_class",
        "prefix",
        "name_or_path",
        "do_sample",
        "early_stopping",
        "num_beams",
        "num_beam_groups",
        "diversity_penalty",
        "temperature",
        "top_k",
        "top_p",
        "typical_p",
        "repetition_penalty",
        "length_penalty",
        "no_repeat_ngram_size",
        "encoder_no_repeat_ngram_size",
        "bad_words_ids",
        "num_return_sequences",
        "max_length",
        "min_length",
        "forced_bos_token_id",
        "forced_eos_token_id",
        "remove_invalid_values",
        "exponential_decay_length_penalty",
        "suppress_tokens",
        "begin_suppress_tokens",
        "output_scores",
        "return_dict_in_generate",
        "unsloth_fixed",
        "unsloth_version",
        "transformers.js_config",
        "custom_pipelines",
        "chunk_size_feed_forward",
        "pruned_heads",
        "gradient_checkpointing",
        "use_bfloat16",
        "tf_legacy_loss",
        "attn_implementation",
        "use_flash_attn",
        "model_max_length",
        "neftune_noise_alpha",
        "max_sequence_length",
    };

    // Switches that files of many architectures carry, off, whether the architecture has them or not.
    private static readonly HashSet<string> WithoutEffectWhenOff = new(StringComparer.Ordinal)
    {
        "attention_bias",
        "mlp_bias",
        "bias",
        "use_bias",
        "qkv_bias",
        "attn_bias",
        "use_sliding_window",
        "use_mrope",
        "use_qk_norm",
        "qk_layernorm",
        "rope_interleaved",
        "use_bidirectional_attention",
        "is_decoder",
        "is_encoder_decoder",
        "add_cross_attention",
        "tie_encoder_decoder",
        "output_router_logits",
        "residual_in_fp32",
    };

    // Factors that change nothing where they are 1, whether the architecture has them or not.
    private static readonly HashSet<string> WithoutEffectWhenOne = new(StringComparer.Ordinal)
    {
        "partial_rotary_factor",
        "rotary_pct",
        "logit_scale",
        "logits_scaling",
        "embedding_multiplier",
        "residual_multiplier",
    };

    private readonly JsonElement _root;
    private readonly string _path;
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ModelConfig> _parts = new(StringComparer.Ordinal);

    private ModelConfig(JsonElement root, string path) => (_root, _path) = (root, path);

    /// <summary>Where it was read.</summary>
    internal string Path => _path;

    /// <summary>Names of the fields that say something.</summary>
    internal IReadOnlyList<string> Names =>
        [.. _root.EnumerateObject().Where(entry => entry.Value.ValueKind != JsonValueKind.Null).Select(entry => entry.Name)];

    /// <summary>The architecture's name.</summary>
    public string ModelType => Text("model_type") ?? throw Broken("it has no model_type");

    /// <summary>Reads <c>config.json</c> of a model's folder, or the metadata of a GGUF file.</summary>
    /// <exception cref="InputException">There is none, or it is not a JSON object.</exception>
    public static ModelConfig FromFolder(string folder)
    {
        if (GgufHeader.Is(folder))
        {
            return Parse(GgufModel.Open(folder).Config(), folder);
        }

        var path = System.IO.Path.Combine(folder, "config.json");
        if (!File.Exists(path))
        {
            throw new InputException(
                "config-missing",
                $"opening the model '{folder}'",
                Directory.Exists(folder) ? "the folder has no config.json" : "there is no such folder",
                "Give the folder of a Hugging Face model: config.json, tokenizer.json and model.safetensors");
        }

        if (new FileInfo(path).Length > 16 << 20)
        {
            throw new InputException("config-broken", $"reading '{path}'", "it is larger than 16 MiB", "Download the file again");
        }

        return Read(() => ForeignJson.ParsePython(File.ReadAllBytes(path)), path);
    }

    /// <summary>Reads a configuration from its text.</summary>
    /// <exception cref="InputException">It is not a JSON object.</exception>
    public static ModelConfig Parse(string json, string path) => Read(() => ForeignJson.ParsePython(json), path);

    private static ModelConfig Read(Func<JsonDocument> parse, string path)
    {
        try
        {
            using var document = parse();
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new ModelConfig(document.RootElement.Clone(), path)
                : throw new JsonException("it is not an object");
        }
        catch (JsonException error)
        {
            throw new InputException("config-broken", $"reading '{path}'", error.Message.TrimEnd('.'), "Download the file again", error);
        }
    }

    /// <summary>A field that must be there.</summary>
    /// <exception cref="InputException">It is absent or not a positive whole number.</exception>
    public int Size(string name) => OptionalSize(name) ?? throw Broken($"it has no {name}");

    /// <summary>A positive whole number; null where it is absent or null.</summary>
    public int? OptionalSize(string name) =>
        Field(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var size) && size > 0 ? size
        : throw Broken($"{name} is {value.GetRawText()}, not a positive whole number");

    /// <summary>A positive whole number; null where it is null, and the default where it is absent: to Hugging Face these are not the same.</summary>
    public int? SizeUnlessNull(string name, int otherwise) => _root.TryGetProperty(name, out _) ? OptionalSize(name) : otherwise;

    /// <summary>A whole number of 0 or above, or the default where it is absent or null.</summary>
    public int Count(string name, int otherwise) =>
        Field(name) is not { } value ? otherwise
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var count) && count >= 0 ? count
        : throw Broken($"{name} is {Short(value.GetRawText())}, not a whole number of 0 or above");

    /// <summary>Two numbers, the second of which may be infinite; no bounds where they are absent or null.</summary>
    /// <exception cref="InputException">Something else, or bounds that leave nothing between them.</exception>
    public (float Least, float Most) Bounds(string name)
    {
        if (Items(name) is not { } bounds)
        {
            return (float.NegativeInfinity, float.PositiveInfinity);
        }

        var numbers = bounds.Select(bound => bound.ValueKind == JsonValueKind.String && bound.GetString() == "Infinity"
            ? float.PositiveInfinity
            : (float)FiniteNumber(name, bound)).ToArray();
        return numbers.Length == 2 && numbers[0] <= numbers[1] ? (numbers[0], numbers[1]) : throw Broken($"{name} is not two numbers, the smaller one first");
    }

    /// <summary>A number above 0, or the default where it is absent or null.</summary>
    public double Positive(string name, double otherwise) => OptionalPositive(name) ?? otherwise;

    /// <summary>A number above 0; null where it is absent or null.</summary>
    public double? OptionalPositive(string name) =>
        Field(name) is not { } value ? null
        : FiniteNumber(name, value) is var number && number > 0 ? number
        : throw Broken($"{name} is {Short(value.GetRawText())}, not above 0");

    /// <summary>A number above 0; null where it is null, and the default where it is absent.</summary>
    public double? PositiveUnlessNull(string name, double otherwise) => _root.TryGetProperty(name, out _) ? OptionalPositive(name) : otherwise;

    /// <summary>Whole numbers; null where they are absent or null.</summary>
    public IReadOnlyList<int>? Numbers(string name) =>
        List(name, value =>
            value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
                ? number
                : throw Broken($"{name} has {Short(value.GetRawText())}, not a whole number"));

    /// <summary>Texts; null where they are absent or null.</summary>
    public IReadOnlyList<string>? Texts(string name) =>
        List(name, value => value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Broken($"{name} has {Short(value.GetRawText())}, not a text"));

    /// <summary>A finite number, or the default where it is absent or null.</summary>
    public double Number(string name, double otherwise) => Field(name) is { } value ? FiniteNumber(name, value) : otherwise;

    /// <summary>A switch, or the default where it is absent or null.</summary>
    public bool Flag(string name, bool otherwise) =>
        Field(name) is not { } value ? otherwise
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw Broken($"{name} is {value.GetRawText()}, neither true nor false");

    /// <summary>A switch that files also give as a number, where 0 is off; the default where it is absent or null.</summary>
    public bool FlagOrNumber(string name, bool otherwise) =>
        Field(name) is { ValueKind: JsonValueKind.Number } value ? FiniteNumber(name, value) != 0 : Flag(name, otherwise);

    /// <summary>A text; null where it is absent or null.</summary>
    public string? Text(string name) =>
        Field(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw Broken($"{name} is {value.GetRawText()}, not a text");

    /// <summary>Whether a field is a certain text; it may be something else.</summary>
    public bool IsText(string name, string text) => Field(name) is { ValueKind: JsonValueKind.String } value && value.GetString() == text;

    /// <summary>Whether a field is a list; it may be something else.</summary>
    public bool IsList(string name) => Field(name) is { ValueKind: JsonValueKind.Array };

    /// <summary>The items of a list, whatever they are; null where it is absent or null.</summary>
    public IReadOnlyList<JsonElement>? Items(string name) => List(name, item => item);

    /// <summary>An object; null where it is absent or null. Its fields are the reader's to check.</summary>
    public JsonElement? Section(string name) =>
        Field(name) is not { } value ? null : value.ValueKind == JsonValueKind.Object ? value : throw Broken($"{name} is not an object");

    /// <summary>Requires that a field, where present, has the one value that is implemented.</summary>
    /// <exception cref="InputException">It has another.</exception>
    public void Require(string name, params ReadOnlySpan<string> implemented)
    {
        if (Field(name) is { } value && !implemented.Contains(value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText()))
        {
            throw Unsupported($"{name} is {value.GetRawText()}; implemented: {string.Join(", ", implemented)}");
        }
    }

    /// <summary>Words of a list, or of a text that joins them with <c>|</c>; none where it is absent or null.</summary>
    public IReadOnlyList<string> Words(string name) => Field(name) is not { } value ? []
        : value.ValueKind == JsonValueKind.String ? value.GetString()!.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        : value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(item => item.GetString()!)]
        : throw Broken($"{name} is {Short(value.GetRawText())}, not a list of words");

    /// <summary>Notes fields of an architecture that do not change a forward pass, whatever their values.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            _read.Add(name);
        }
    }

    /// <summary>A part of the file that is a configuration of its own; what is left over in it is left over in the whole.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public ModelConfig Part(string name)
    {
        var section = Section(name) ?? throw Broken($"it has no {name}");
        if (!_parts.TryGetValue(name, out var part))
        {
            _parts.Add(name, part = new ModelConfig(section, $"{_path}: {name}"));
        }

        return part;
    }

    /// <summary>All fields, as the file has them; none counts as read.</summary>
    internal Dictionary<string, JsonElement> Fields() => _root.EnumerateObject().ToDictionary(field => field.Name, field => field.Value);

    /// <summary>A configuration that was made of the file's fields; what is left over in it is left over in the whole.</summary>
    /// <param name="name">What errors call it.</param>
    /// <param name="fields">Its fields.</param>
    internal ModelConfig Made(string name, IReadOnlyDictionary<string, JsonElement> fields)
    {
        var made = new ModelConfig(JsonSerializer.SerializeToElement(fields), $"{_path}: {name}");
        _parts[name] = made;
        return made;
    }

    /// <summary>
    /// Ends reading: fields that nobody asked for and that are not known to do nothing are an error. Null is what a field is that is not there.
    /// </summary>
    /// <exception cref="InputException">There are such fields; all are named.</exception>
    public void RefuseTheRest()
    {
        var left = _root
            .EnumerateObject()
            .Where(field => !_read.Contains(field.Name) && !WithoutEffect.Contains(field.Name) && !field.Name.StartsWith('_') && SaysSomething(field));
        var names = left.Select(field => $"{field.Name}: {Short(field.Value.GetRawText())}").ToArray();
        if (names.Length > 0)
        {
            throw Unsupported($"{string.Join("; ", names)}: not known{(Text("model_type") is { } type ? $" for model_type {type}" : "")}");
        }

        foreach (var part in _parts.Values)
        {
            part.RefuseTheRest();
        }

        static bool SaysSomething(JsonProperty field) => field.Value.ValueKind switch
        {
            JsonValueKind.Null or JsonValueKind.Undefined => false,
            JsonValueKind.False => !WithoutEffectWhenOff.Contains(field.Name),
            JsonValueKind.Number => !WithoutEffectWhenOne.Contains(field.Name) || !field.Value.TryGetDouble(out var factor) || factor != 1,
            JsonValueKind.Array => field.Value.GetArrayLength() > 0,
            JsonValueKind.Object => field.Value.EnumerateObject().Any(),
            _ => true,
        };
    }

    /// <summary>An error that names what is not implemented.</summary>
    public InputException Unsupported(string found) =>
        new(
            "config-unsupported",
            $"building the model of '{_path}'",
            found,
            "Choose another model, or open an issue that names this field; it is not run with a flag ignored");

    /// <summary>An error that says what is wrong with the file.</summary>
    public InputException Broken(string found) => new("config-broken", $"reading '{_path}'", found, "Download the file again, or correct the field");

    internal double FiniteNumber(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : throw Broken($"{name} is {Short(value.GetRawText())}, not a number");

    internal static string Short(string text) => text.Length <= 60 ? text : text[..57] + "...";

    private List<T>? List<T>(string name, Func<JsonElement, T> of) =>
        Field(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(of)]
        : throw Broken($"{name} is {Short(value.GetRawText())}, not a list");

    private JsonElement? Field(string name)
    {
        _read.Add(name);
        return _root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }
}

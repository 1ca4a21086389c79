using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace AlignedProbing.Gguf;

/// <summary>Makes of a GGUF file's metadata what <c>config.json</c> would say. A field of the architecture that is not known is refused by name.</summary>
public sealed class GgufConfig
{
    /// <summary>The factors of Llama 3's rotary scaling, which divide the frequencies of the pairs.</summary>
    public const string RotaryFactors = "rope_freqs.weight";

    private static readonly string[] Architectures = ["gemma", "gpt2", "llama", "qwen2", "qwen3"];

    private readonly GgufHeader _header;
    private readonly string _architecture;
    private readonly JsonObject _config = [];

    private GgufConfig(GgufHeader header, string architecture) => (_header, _architecture) = (header, architecture);

    /// <summary>The architecture a file names.</summary>
    /// <exception cref="InputException"><c>gguf-unsupported</c>: one that is not implemented.</exception>
    public static string Architecture(GgufHeader header)
    {
        ArgumentNullException.ThrowIfNull(header);
        var found = header.Text("general.architecture") ?? throw GgufErrors.Broken(header.Path, "it has no general.architecture");
        return Architectures.Contains(found)
            ? found
            : throw GgufErrors.Unsupported(header.Path, $"its general.architecture is {found}; implemented: {string.Join(", ", Architectures)}");
    }

    /// <summary>The configuration, as JSON.</summary>
    /// <param name="header">The header of the file, of a split model the first.</param>
    /// <param name="tensors">The tensors of all its files.</param>
    /// <exception cref="InputException"><c>gguf-broken</c>, <c>gguf-unsupported</c>.</exception>
    public static string ToJson(GgufHeader header, IReadOnlyList<GgufTensor> tensors) =>
        new GgufConfig(header, Architecture(header)).Make(tensors).ToJsonString();

    private JsonObject Make(IReadOnlyList<GgufTensor> tensors)
    {
        var names = tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        var embedding = names.TryGetValue("token_embd.weight", out var table) && table.Shape.Count == 2
            ? table
            : throw GgufErrors.Broken(_header.Path, "it has no token_embd.weight [words, width]");
        var (width, heads) = (Size("embedding_length"), Uniform("attention.head_count") ?? throw Missing("attention.head_count"));
        if (Whole("vocab_size") is { } words && words != embedding.Shape[0])
        {
            throw GgufErrors.Broken(_header.Path, $"{_architecture}.vocab_size is {words}, and token_embd.weight has {embedding.Shape[0]} rows");
        }

        if (Whole("expert_count") is > 0 and var experts)
        {
            throw GgufErrors.Unsupported(_header.Path, $"{_architecture}.expert_count is {experts}: mixtures of experts are not read from GGUF");
        }

        Ignore("expert_used_count", "rope.scaling.finetuned");
        Require("attention.causal", true);
        _config["model_type"] = _architecture;
        _config["vocab_size"] = embedding.Shape[0];
        _config["tie_word_embeddings"] = !names.ContainsKey("output.weight");
        _config["quantization_config"] = new JsonObject { ["quant_method"] = "gguf", ["types"] = Types(tensors) };
        if (_architecture == "gpt2")
        {
            Gpt2(width, heads);
        }
        else
        {
            Llama(names, width, heads);
        }

        var unread = _header.Unread($"{_architecture}.");
        return unread.Count == 0 ? _config : throw GgufErrors.Unsupported(_header.Path, $"{string.Join(", ", unread)}: not known");
    }

    private void Gpt2(int width, int heads)
    {
        _config["n_embd"] = width;
        _config["n_head"] = heads;
        _config["n_layer"] = Size("block_count");
        _config["n_positions"] = Size("context_length");
        _config["n_inner"] = Size("feed_forward_length");
        _config["layer_norm_epsilon"] = Number("attention.layer_norm_epsilon") ?? 1e-5;
        _config["activation_function"] = "gelu_new";
    }

    private void Llama(Dictionary<string, GgufTensor> names, int width, int heads)
    {
        var size = Whole("attention.key_length") ?? width / heads;
        if ((Whole("attention.value_length") ?? size) != size)
        {
            throw GgufErrors.Unsupported(_header.Path, $"{_architecture}.attention.value_length differs from its key_length");
        }

        if ((Whole("rope.dimension_count") ?? size) != size)
        {
            throw GgufErrors.Unsupported(
                _header.Path,
                $"{_architecture}.rope.dimension_count is {Whole("rope.dimension_count")}, and heads have {size} elements");
        }

        _config["hidden_size"] = width;
        _config["num_attention_heads"] = heads;
        _config["num_key_value_heads"] = Uniform("attention.head_count_kv") ?? heads;
        _config["num_hidden_layers"] = Size("block_count");
        _config["intermediate_size"] = Uniform("feed_forward_length") ?? throw Missing("feed_forward_length");
        _config["max_position_embeddings"] = Size("context_length");
        _config["rms_norm_eps"] = Number("attention.layer_norm_rms_epsilon") ?? throw Missing("attention.layer_norm_rms_epsilon");
        _config["rope_theta"] = Number("rope.freq_base") ?? 10000;
        Rotary(names, size);
        if (_architecture is not "qwen2")
        {
            _config["head_dim"] = size;
        }

        if (_architecture is "llama")
        {
            _config["attention_bias"] = names.ContainsKey("blk.0.attn_q.bias");
            _config["mlp_bias"] = names.ContainsKey("blk.0.ffn_gate.bias");
        }

        _config["hidden_act"] = _architecture == "gemma" ? "gelu_pytorch_tanh" : "silu";
    }

    private void Rotary(Dictionary<string, GgufTensor> names, int size)
    {
        var type = Text("rope.scaling.type");
        if (names.TryGetValue(RotaryFactors, out var tensor))
        {
            if (type is not (null or "none"))
            {
                throw GgufErrors.Unsupported(_header.Path, $"{RotaryFactors} together with rope.scaling.type {type}");
            }

            _config["rope_scaling"] = new JsonObject
            {
                ["rope_type"] = "rope_freqs",
                ["factors"] = new JsonArray([.. Factors(tensor, size / 2).Select(factor => (JsonNode)JsonValue.Create((double)factor))]),
            };
            return;
        }

        switch (type)
        {
            case null or "none":
                break;
            case "linear":
                _config["rope_scaling"] = new JsonObject
                {
                    ["rope_type"] = "linear",
                    ["factor"] = Number("rope.scaling.factor") ?? throw Missing("rope.scaling.factor"),
                };
                break;
            case "yarn":
                _config["rope_scaling"] = new JsonObject
                {
                    ["rope_type"] = "yarn",
                    ["factor"] = Number("rope.scaling.factor") ?? throw Missing("rope.scaling.factor"),
                    ["original_max_position_embeddings"] = Size("rope.scaling.original_context_length"),
                };
                break;
            default:
                throw GgufErrors.Unsupported(_header.Path, $"{_architecture}.rope.scaling.type is {type}; implemented: none, linear, yarn");
        }
    }

    private float[] Factors(GgufTensor tensor, int count)
    {
        if (tensor.Type.Name != "F32" || tensor.Shape is not [var length] || length != count)
        {
            throw GgufErrors.Broken(_header.Path, $"{RotaryFactors} is {tensor.Type.Name} [{string.Join(", ", tensor.Shape)}], and F32 [{count}] is expected");
        }

        var factors = new float[count];
        using var stream = new FileStream(_header.Path, FileMode.Open, FileAccess.Read, FileShare.Read);
        stream.Position = tensor.Offset;
        stream.ReadExactly(MemoryMarshal.AsBytes(factors.AsSpan()));
        return Array.TrueForAll(factors, factor => float.IsFinite(factor) && factor > 0)
            ? factors
            : throw GgufErrors.Broken(_header.Path, $"{RotaryFactors} holds a factor that is not above 0");
    }

    private static string Types(IReadOnlyList<GgufTensor> tensors) => string.Join(
        ", ",
        tensors
            .Where(tensor => tensor.Shape.Count == 2)
            .GroupBy(tensor => tensor.Type.Name, StringComparer.Ordinal)
            .OrderByDescending(group => group.Sum(tensor => tensor.Bytes))
            .ThenBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => group.Key));

    private int? Uniform(string key)
    {
        var name = $"{_architecture}.{key}";
        if (!_header.IsList(name))
        {
            return Whole(key);
        }

        var values = _header.Integers(name)!;
        return values.Distinct().Count() == 1 && values[0] is >= 0 and <= int.MaxValue
            ? (int)values[0]
            : throw GgufErrors.Unsupported(_header.Path, $"{name} differs from block to block");
    }

    private void Require(string key, bool value)
    {
        if (_header.Flag($"{_architecture}.{key}") is { } found && found != value)
        {
            throw GgufErrors.Unsupported(_header.Path, $"{_architecture}.{key} is {found}");
        }
    }

    private void Ignore(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            _header.Ignore($"{_architecture}.{key}");
        }
    }

    private int Size(string key) => Whole(key) is > 0 and var size ? size : throw Missing(key);

    private int? Whole(string key) => _header.Whole($"{_architecture}.{key}");

    private double? Number(string key) => _header.Number($"{_architecture}.{key}");

    private string? Text(string key) => _header.Text($"{_architecture}.{key}");

    private InputException Missing(string key) => GgufErrors.Broken(_header.Path, $"it has no {_architecture}.{key} above 0");
}

// GPT-Neo (Black et al. 2021): learned positions, scores that are not scaled, layers that see all before them and layers that see a window, tied head.
// Read beside transformers' modeling_gpt_neo.py. Tensors are float32; [tokens, ...] is a packed batch of several sequences.
using System.Text.Json;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a GPT-Neo.</summary>
internal sealed class GPTNeoConfig
{
    public GPTNeoConfig(ModelConfig config)
    {
        // attention_layers repeats attention_types; transformers does not read it either.
        config.Ignore(
            "attention_layers",
            "embed_dropout",
            "resid_dropout",
            "summary_activation",
            "summary_first_dropout",
            "summary_proj_to_labels",
            "summary_type",
            "summary_use_proj");
        (vocab_size, hidden_size, num_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_layers"));
        intermediate_size = config.OptionalSize("intermediate_size") ?? 4 * hidden_size;
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 2048;
        layer_norm_epsilon = (float)config.Number("layer_norm_epsilon", 1e-5);
        activation_function = Activations.FromConfig(config, "activation_function", "gelu_new");
        tie_word_embeddings = config.Flag("tie_word_embeddings", true);
        var queries = config.Size("num_heads");
        heads = HeadLayout.Of(config, hidden_size, queries, queries);
        var (window, types) = (config.OptionalSize("window_size") ?? 256, Types(config));
        windows = types.Count == num_layers
            ? [.. types.Select(type => type == "local" ? window : (int?)null)]
            : throw config.Broken($"attention_types make {types.Count} layers, and there are {num_layers}");
    }

    public int vocab_size { get; }

    public int hidden_size { get; }

    public int num_layers { get; }

    public int intermediate_size { get; }

    public int max_position_embeddings { get; }

    public float layer_norm_epsilon { get; }

    public Activation activation_function { get; }

    public bool tie_word_embeddings { get; }

    public HeadLayout heads { get; }

    /// <summary>The window of each layer; null: none.</summary>
    public IReadOnlyList<int?> windows { get; }

    public ModelSizes Sizes(long parameters) => heads.Sizes(num_layers, hidden_size, vocab_size, max_position_embeddings, null, parameters);

    // [[["global", "local"], 12]]: the types, and how often they follow one another.
    private static List<string> Types(ModelConfig config)
    {
        var expanded = new List<string>();
        foreach (var entry in config.Items("attention_types") ?? throw config.Broken("it has no attention_types"))
        {
            if (entry.ValueKind != JsonValueKind.Array
                || entry.GetArrayLength() != 2
                || entry[0].ValueKind != JsonValueKind.Array
                || !entry[1].TryGetInt32(out var times)
                || times is < 0 or > 10000)
            {
                throw config.Broken("attention_types are not lists of types and how often they come");
            }

            var types = entry[0].EnumerateArray().Select(type => type.ToString()).ToArray();
            if (types.FirstOrDefault(type => type is not ("global" or "local")) is { } unknown)
            {
                throw config.Unsupported($"attention_types has '{unknown}'; implemented: global, local");
            }

            expanded.AddRange(Enumerable.Repeat(types, times).SelectMany(all => all));
        }

        return expanded;
    }
}

/// <summary>Attention: every query head has its own keys and values; scores are not scaled.</summary>
internal sealed class GPTNeoSelfAttention(GPTNeoConfig config, ModelWeights weights, string prefix, int block)
{
    private readonly Linear _qkv_proj = config.heads.Projection(weights, config.hidden_size, bias: false, prefix);
    private readonly Linear _out_proj = weights.Linear(config.hidden_size, bias: true, ($"{prefix}.out_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, 3 * width]
        var rule = new AttentionRule(1, config.windows[block]);
        var mixed = pass.Attend(block, config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv), config.heads.ValuesOf(qkv), rule);
        return pass.Linear(_out_proj, mixed);
    }
}

/// <summary>Feed-forward part: c_proj(gelu(c_fc(x))).</summary>
internal sealed class GPTNeoMLP(GPTNeoConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _c_fc = weights.Linear(config.hidden_size, bias: true, ($"{prefix}.c_fc", config.intermediate_size));
    private readonly Linear _c_proj = weights.Linear(config.intermediate_size, bias: true, ($"{prefix}.c_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.FeedForward(_c_fc, _c_proj, x, config.activation_function);
}

/// <summary>A block: x + attention(norm(x)), then x + feed-forward(norm(x)).</summary>
internal sealed class GPTNeoBlock(GPTNeoConfig config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly LayerNormWeights _ln_1 = weights.LayerNorm($"{prefix}.ln_1", config.hidden_size, config.layer_norm_epsilon);
    private readonly GPTNeoSelfAttention _attn = new(config, weights, $"{prefix}.attn.attention", block);
    private readonly LayerNormWeights _ln_2 = weights.LayerNorm($"{prefix}.ln_2", config.hidden_size, config.layer_norm_epsilon);
    private readonly GPTNeoMLP _mlp = new(config, weights, $"{prefix}.mlp");

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _attn.Forward(pass.LayerNorm(x, _ln_1), pass));
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, _mlp.Forward(pass.LayerNorm(x, _ln_2), pass));
    }
}

/// <summary>The model.</summary>
internal sealed class GPTNeoForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.attn.attention.bias", "*.attn.attention.masked_bias"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly GPTNeoConfig _config;
    private readonly torch.Tensor _embed;
    private readonly torch.Tensor _wpe;
    private readonly GPTNeoBlock[] _layers;
    private readonly LayerNormWeights _norm;
    private readonly Linear _head;

    public GPTNeoForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new GPTNeoConfig(file);
        var prefix = weights.Prefix("transformer.", "wte.weight");
        _embed = weights.Table($"{prefix}wte.weight", _config.vocab_size, _config.hidden_size);
        _wpe = weights.Table($"{prefix}wpe.weight", _config.max_position_embeddings, _config.hidden_size);
        _layers = [.. Enumerable.Range(0, _config.num_layers).Select(block => new GPTNeoBlock(_config, weights, $"{prefix}h.{block}", block))];
        _norm = weights.LayerNorm($"{prefix}ln_f", _config.hidden_size, _config.layer_norm_epsilon);
        _head = weights.Head(_config.hidden_size, _config.vocab_size, "lm_head", _config.tie_word_embeddings ? $"{prefix}wte" : null);
        weights.RefuseTheRest(_config.tie_word_embeddings ? LeftOverWhenTied : LeftOver);
        Sizes = _config.Sizes(weights.Parameters);
        Sites = Site.OfDecoder(_config.num_layers);
    }

    public override ModelSizes Sizes { get; }

    public override IReadOnlyList<Site> Sites { get; }

    public override void Forward(TokenBatch batch, KeyValueCache cache, IForwardObserver observer, ISiteEditor? editor = null)
    {
        using var pass = new ForwardPass(this, batch, cache, observer, editor);
        var x = pass.Embed(_embed); // [tokens, width]
        pass.Add(x, pass.EmbedPositions(_wpe));
        pass.Run(x, _layers, last => pass.LayerNorm(last, _norm), _head);
    }
}

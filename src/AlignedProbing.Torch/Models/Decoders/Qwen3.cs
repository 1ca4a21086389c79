// Qwen3 (Yang et al. 2025): as Llama except a norm of each query's and key's head before it is rotated, and windows in upper layers where the file switches
// them on. Read beside transformers' modeling_qwen3.py. Tensors are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a Qwen3.</summary>
internal sealed record Qwen3Config
{
    public required int vocab_size { get; init; }

    public required int hidden_size { get; init; }

    public required int intermediate_size { get; init; }

    public required int num_hidden_layers { get; init; }

    public required int num_attention_heads { get; init; }

    public required int num_key_value_heads { get; init; }

    public required int head_dim { get; init; }

    public required int max_position_embeddings { get; init; }

    public required float rms_norm_eps { get; init; }

    public required bool attention_bias { get; init; }

    public required IReadOnlyList<int?> windows { get; init; }

    public required bool tie_word_embeddings { get; init; }

    public required RotaryEmbedding rotary { get; init; }

    public static Qwen3Config Read(ModelConfig config)
    {
        config.Require("hidden_act", "silu");
        var (width, heads) = (config.Size("hidden_size"), config.Size("num_attention_heads"));
        var head_dim = config.SizeUnlessNull("head_dim", 128) ?? width / heads;
        var (layers, windowless) = (config.Size("num_hidden_layers"), config.Count("max_window_layers", 28));
        var window = config.Flag("use_sliding_window", false) ? config.SizeUnlessNull("sliding_window", 4096) : null;
        config.Ignore("sliding_window");
        var read = new Qwen3Config
        {
            vocab_size = config.Size("vocab_size"),
            hidden_size = width,
            intermediate_size = config.Size("intermediate_size"),
            num_hidden_layers = layers,
            num_attention_heads = heads,
            num_key_value_heads = config.SizeUnlessNull("num_key_value_heads", 32) ?? heads,
            head_dim = head_dim,
            max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 32768,
            rms_norm_eps = (float)config.Number("rms_norm_eps", 1e-6),
            attention_bias = config.Flag("attention_bias", false),
            windows = LayerTypes.Windows(config, layers, window, slides: layer => layer >= windowless),
            tie_word_embeddings = config.Flag("tie_word_embeddings", false),
            rotary = RotaryConfig.FromConfig(config, head_dim),
        };
        return heads % read.num_key_value_heads == 0
            ? read
            : throw config.Broken($"{heads} query heads cannot share {read.num_key_value_heads} key-value heads");
    }

    public ModelSizes Sizes(long parameters) => new()
    {
        Blocks = num_hidden_layers,
        Width = hidden_size,
        Vocabulary = vocab_size,
        QueryHeads = num_attention_heads,
        KeyValueHeads = num_key_value_heads,
        HeadSize = head_dim,
        Context = (int)(max_position_embeddings * rotary.Stretch),
        RotaryByLengthAbove = rotary.ByLengthAbove,
        Parameters = parameters,
    };
}

/// <summary>Attention: grouped queries, rotary positions, causal within each sequence, in some layers within a window.</summary>
internal sealed class Qwen3Attention(Qwen3Config config, ModelWeights weights, string prefix, int block)
{
    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _qkv_proj = weights.Linear(config.hidden_size, config.attention_bias,
        ($"{prefix}.q_proj", config.num_attention_heads * config.head_dim),
        ($"{prefix}.k_proj", config.num_key_value_heads * config.head_dim),
        ($"{prefix}.v_proj", config.num_key_value_heads * config.head_dim));

    private readonly Linear _o_proj = weights.Linear(
        config.num_attention_heads * config.head_dim,
        config.attention_bias,
        ($"{prefix}.o_proj", config.hidden_size));
    private readonly torch.Tensor _q_norm = weights.Vector($"{prefix}.q_norm.weight", config.head_dim);
    private readonly torch.Tensor _k_norm = weights.Vector($"{prefix}.k_norm.weight", config.head_dim);

    private readonly AttentionRule _rule = new(1 / MathF.Sqrt(config.head_dim), config.windows[block]);

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var (heads, keyValueHeads, size) = (config.num_attention_heads, config.num_key_value_heads, config.head_dim);
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, (heads + 2 * keyValueHeads) * size]
        var query = new Heads(qkv, 0, heads, size);
        var key = new Heads(qkv, heads * size, keyValueHeads, size);
        var value = new Heads(qkv, (heads + keyValueHeads) * size, keyValueHeads, size);
        pass.NormHeads(query, _q_norm, config.rms_norm_eps);
        pass.NormHeads(key, _k_norm, config.rms_norm_eps);
        pass.Rotate(query, config.rotary);
        pass.Rotate(key, config.rotary);
        var mixed = pass.Attend(block, query, key, value, _rule); // [tokens, heads * size]
        return pass.Linear(_o_proj, mixed);
    }
}

/// <summary>Feed-forward part: down(silu(gate(x)) * up(x)).</summary>
internal sealed class Qwen3MLP(Qwen3Config config, ModelWeights weights, string prefix)
{
    private readonly Linear _gate_up_proj = weights.Linear(config.hidden_size, bias: false,
        ($"{prefix}.gate_proj", config.intermediate_size),
        ($"{prefix}.up_proj", config.intermediate_size));

    private readonly Linear _down_proj = weights.Linear(config.intermediate_size, bias: false, ($"{prefix}.down_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.SwiGlu(_gate_up_proj, _down_proj, x);
}

/// <summary>A block: x + attention(norm(x)), then x + feed-forward(norm(x)).</summary>
internal sealed class Qwen3DecoderLayer(Qwen3Config config, ModelWeights weights, string prefix, int block)
{
    private readonly torch.Tensor _input_layernorm = weights.Vector($"{prefix}.input_layernorm.weight", config.hidden_size);
    private readonly Qwen3Attention _self_attn = new(config, weights, $"{prefix}.self_attn", block);
    private readonly torch.Tensor _post_attention_layernorm = weights.Vector($"{prefix}.post_attention_layernorm.weight", config.hidden_size);
    private readonly Qwen3MLP _mlp = new(config, weights, $"{prefix}.mlp");

    /// <summary>Changes the stream x [tokens, width] in place.</summary>
    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        using var scope = torch.NewDisposeScope();
        pass.At(SiteKind.BlockInput, block, x);

        var attention = _self_attn.Forward(pass.RmsNorm(x, _input_layernorm, config.rms_norm_eps), pass);
        pass.At(SiteKind.AttentionOutput, block, attention);
        pass.Add(x, attention);

        var feedForward = _mlp.Forward(pass.RmsNorm(x, _post_attention_layernorm, config.rms_norm_eps), pass);
        pass.At(SiteKind.FeedForwardOutput, block, feedForward);
        pass.Add(x, feedForward);

        pass.At(SiteKind.BlockOutput, block, x);
    }
}

/// <summary>The model.</summary>
internal sealed class Qwen3ForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly Qwen3Config _config;
    private readonly ModelKernels _kernels;
    private readonly torch.Tensor _embed_tokens;
    private readonly Qwen3DecoderLayer[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _lm_head;

    public Qwen3ForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = Qwen3Config.Read(file);
        _kernels = weights.Kernels;
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed_tokens = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new Qwen3DecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
        ];
        _norm = weights.Vector($"{prefix}norm.weight", _config.hidden_size);
        _lm_head = weights.Head(_config.hidden_size, _config.vocab_size, "lm_head", tiedTo: _config.tie_word_embeddings ? $"{prefix}embed_tokens" : null);
        weights.RefuseTheRest(_config.tie_word_embeddings ? LeftOverWhenTied : LeftOver);
        Sizes = _config.Sizes(weights.Parameters);
        Sites = Site.OfDecoder(_config.num_hidden_layers);
    }

    public override ModelSizes Sizes { get; }

    public override IReadOnlyList<Site> Sites { get; }

    public override void Forward(TokenBatch batch, KeyValueCache cache, IForwardObserver observer, ISiteEditor? editor = null)
    {
        using var pass = new ForwardPass(Sizes, batch, cache, observer, editor, _norm.device, _kernels);
        var x = pass.Embed(_embed_tokens); // [tokens, width]
        pass.At(SiteKind.Embedding, -1, x);
        for (var block = 0; block < _layers.Length; block++)
        {
            pass.States(block, x);
            _layers[block].Forward(x, pass);
        }

        var last = pass.RmsNorm(x, _norm, _config.rms_norm_eps);
        pass.At(SiteKind.FinalNorm, -1, last);
        pass.States(_layers.Length, last);
        pass.Logits(_lm_head, last);
        cache.Advance(batch);
    }
}

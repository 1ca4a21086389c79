// Olmo Hybrid (Ai2 2026): layers of gated delta nets with norms before their parts, and layers of attention as Olmo 2's, with norms after theirs; heads turn
// only where the file says so. Read beside transformers' modeling_olmo_hybrid.py. Tensors are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of an Olmo Hybrid.</summary>
internal sealed class OlmoHybridConfig
{
    public OlmoHybridConfig(ModelConfig config)
    {
        // How it was initialised.
        config.Ignore("linear_a_log_max", "linear_a_log_min", "linear_dt_init_floor", "linear_dt_max", "linear_dt_min");
        config.Require("hidden_act", "silu");
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        intermediate_size = config.Size("intermediate_size");
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 2048;
        rms_norm_eps = (float)config.Number("rms_norm_eps", 1e-6);
        (attention_bias, tie_word_embeddings) = (config.Flag("attention_bias", false), config.Flag("tie_word_embeddings", false));
        heads = HeadLayout.Read(config, hidden_size);
        var turns = config.OptionalPositive("rope_theta") is not null || RotaryConfig.NumberOf(config, "rope_theta") is not null;
        rotary = turns ? RotaryConfig.FromConfig(config, heads.Size) : null;
        var types = config.Texts("layer_types");
        attends = types?.Count == num_hidden_layers && types.All(type => type is "full_attention" or "linear_attention")
            ? [.. types.Select(type => type == "full_attention")]
            : throw config.Unsupported("layer_types other than full_attention or linear_attention for each layer");
        linear_conv_kernel_dim = config.OptionalSize("linear_conv_kernel_dim") ?? 4;
        (linear_num_key_heads, linear_key_head_dim) = (config.Size("linear_num_key_heads"), config.Size("linear_key_head_dim"));
        (linear_num_value_heads, linear_value_head_dim) = (config.Size("linear_num_value_heads"), config.Size("linear_value_head_dim"));
        linear_allow_neg_eigval = config.Flag("linear_allow_neg_eigval", true);
        if (linear_num_value_heads % linear_num_key_heads != 0)
        {
            throw config.Broken($"{linear_num_value_heads} value heads cannot share {linear_num_key_heads} key heads");
        }
    }

    public int vocab_size { get; }

    public int hidden_size { get; }

    public int num_hidden_layers { get; }

    public int intermediate_size { get; }

    public int max_position_embeddings { get; }

    public float rms_norm_eps { get; }

    public bool attention_bias { get; }

    public bool tie_word_embeddings { get; }

    public HeadLayout heads { get; }

    /// <summary>null: heads do not turn.</summary>
    public RotaryEmbedding? rotary { get; }

    /// <summary>Whether each layer attends; otherwise it is a delta net.</summary>
    public IReadOnlyList<bool> attends { get; }

    public int linear_conv_kernel_dim { get; }

    public int linear_num_key_heads { get; }

    public int linear_key_head_dim { get; }

    public int linear_num_value_heads { get; }

    public int linear_value_head_dim { get; }

    /// <summary>Whether a token may correct a state by up to twice of what it remembers otherwise.</summary>
    public bool linear_allow_neg_eigval { get; }

    public ModelSizes Sizes(long parameters) =>
        new()
        {
            Blocks = num_hidden_layers,
            Width = hidden_size,
            Vocabulary = vocab_size,
            QueryHeads = heads.Queries,
            KeyValueHeads = heads.KeyValues,
            HeadSize = heads.Size,
            Context = (int)(max_position_embeddings * (rotary?.Stretch ?? 1)),
            RotaryByLengthAbove = rotary?.ByLengthAbove,
            Parameters = parameters,
            Shapes =
            [
                .. attends.Select(own => own
                    ? new BlockShape(heads.Queries, heads.KeyValues, heads.Size, heads.Size)
                    : BlockShape.OfState(StateSize)),
            ],
        };

    private long StateSize => ((long)ValueWidth * linear_key_head_dim) + (((2L * KeyWidth) + ValueWidth) * (linear_conv_kernel_dim - 1));

    /// <summary>Columns of a delta net's keys.</summary>
    public int KeyWidth => linear_num_key_heads * linear_key_head_dim;

    /// <summary>Columns of a delta net's values.</summary>
    public int ValueWidth => linear_num_value_heads * linear_value_head_dim;
}

/// <summary>Attention: grouped queries, norms of all queries and all keys, causal within each sequence.</summary>
internal sealed class OlmoHybridAttention(OlmoHybridConfig config, ModelWeights weights, string prefix, int block)
{
    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _qkv_proj = config.heads.Projection(weights, config.hidden_size, config.attention_bias, prefix);
    private readonly Linear _o_proj = weights.Linear(config.heads.Width, config.attention_bias, ($"{prefix}.o_proj", config.hidden_size));
    private readonly torch.Tensor _q_norm = weights.Vector($"{prefix}.q_norm.weight", config.heads.Width);
    private readonly torch.Tensor _k_norm = weights.Vector($"{prefix}.k_norm.weight", config.heads.KeyWidth);
    private readonly AttentionRule _rule = new(1 / MathF.Sqrt(config.heads.Size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, (heads + 2 * keyValueHeads) * size]
        pass.NormHeads(new Heads(qkv, 0, 1, config.heads.Width), _q_norm, config.rms_norm_eps);
        pass.NormHeads(new Heads(qkv, config.heads.Width, 1, config.heads.KeyWidth), _k_norm, config.rms_norm_eps);
        var (query, key) = (config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv));
        if (config.rotary is not null)
        {
            pass.Rotate(query, config.rotary);
            pass.Rotate(key, config.rotary);
        }

        return pass.Linear(_o_proj, pass.Attend(block, query, key, config.heads.ValuesOf(qkv), _rule));
    }
}

/// <summary>A gated delta net (Yang et al. 2025): each value head has a state [key, value] that fades, and that a token corrects at its key.</summary>
internal sealed class OlmoHybridGatedDeltaNet(OlmoHybridConfig config, ModelWeights weights, string prefix, int block)
{
    // transformers has this number in its code, not in the configuration.
    private const float Epsilon = 1e-5f;

    // Rows of the fused weight: queries, keys, values; how much is corrected; how fast it fades; a gate.
    private readonly Linear _in_proj = weights.Linear(
        config.hidden_size,
        bias: false,
        ($"{prefix}.q_proj", config.KeyWidth),
        ($"{prefix}.k_proj", config.KeyWidth),
        ($"{prefix}.v_proj", config.ValueWidth),
        ($"{prefix}.b_proj", config.linear_num_value_heads),
        ($"{prefix}.a_proj", config.linear_num_value_heads),
        ($"{prefix}.g_proj", config.ValueWidth));

    // Each channel has weights of its own, so that three convolutions are one.
    private readonly float[] _conv1d =
    [
        .. weights.Numbers($"{prefix}.q_conv1d.weight", config.KeyWidth, 1, config.linear_conv_kernel_dim),
        .. weights.Numbers($"{prefix}.k_conv1d.weight", config.KeyWidth, 1, config.linear_conv_kernel_dim),
        .. weights.Numbers($"{prefix}.v_conv1d.weight", config.ValueWidth, 1, config.linear_conv_kernel_dim),
    ];

    private readonly DeltaRule _rule = new(
        config.linear_num_key_heads,
        config.linear_num_value_heads,
        config.linear_key_head_dim,
        config.linear_value_head_dim)
    {
        Fading = [.. weights.Numbers($"{prefix}.A_log", config.linear_num_value_heads).Select(a => -MathF.Exp(a))],
        StepBias = weights.Numbers($"{prefix}.dt_bias", config.linear_num_value_heads),
        Most = config.linear_allow_neg_eigval ? 2 : 1,
    };

    private readonly torch.Tensor _o_norm = weights.Vector($"{prefix}.o_norm.weight", config.linear_value_head_dim);
    private readonly Linear _o_proj = weights.Linear(config.ValueWidth, bias: false, ($"{prefix}.o_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var (convolved, width, heads) = ((2 * config.KeyWidth) + config.ValueWidth, config.ValueWidth, config.linear_num_value_heads);
        var projected = pass.Linear(_in_proj, x);
        var inner = pass.Convolve(projected.narrow(1, 0, convolved), _conv1d, null, block);
        var all = torch.cat([inner, projected.narrow(1, convolved, 2 * heads)], 1);
        var read = pass.Recur(all, block, _rule.Size, heads, width, _rule.Step); // [tokens, width]
        pass.NormHeads(new Heads(read, 0, heads, config.linear_value_head_dim), _o_norm, Epsilon);
        var gate = projected.narrow(1, convolved + (2 * heads), width).contiguous();
        pass.Activate(gate, Activation.Silu);
        pass.Multiply(read, gate);
        return pass.Linear(_o_proj, read);
    }
}

/// <summary>Feed-forward part: down_proj(silu(gate_proj(x)) * up_proj(x)).</summary>
internal sealed class OlmoHybridMLP(OlmoHybridConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _gate_up_proj = weights.Linear(
        config.hidden_size,
        bias: false,
        ($"{prefix}.gate_proj", config.intermediate_size),
        ($"{prefix}.up_proj", config.intermediate_size));

    private readonly Linear _down_proj = weights.Linear(config.intermediate_size, bias: false, ($"{prefix}.down_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.SwiGlu(_gate_up_proj, _down_proj, x);
}

/// <summary>A block: x + net(norm(x)), then x + feed-forward(norm(x)); where it attends, x + norm(attention(x)), then x + norm(feed-forward(x)).</summary>
internal sealed class OlmoHybridDecoderLayer : IDecoderBlock
{
    private readonly OlmoHybridConfig _config;
    private readonly int _block;
    private readonly OlmoHybridAttention? _self_attn;
    private readonly OlmoHybridGatedDeltaNet? _linear_attn;
    private readonly torch.Tensor _first;
    private readonly torch.Tensor _second;
    private readonly OlmoHybridMLP _mlp;

    public OlmoHybridDecoderLayer(OlmoHybridConfig config, ModelWeights weights, string prefix, int block)
    {
        (_config, _block) = (config, block);
        if (config.attends[block])
        {
            _self_attn = new(config, weights, $"{prefix}.self_attn", block);
            _first = weights.Vector($"{prefix}.post_attention_layernorm.weight", config.hidden_size);
            _second = weights.Vector($"{prefix}.post_feedforward_layernorm.weight", config.hidden_size);
        }
        else
        {
            _linear_attn = new(config, weights, $"{prefix}.linear_attn", block);
            // Some files have other names for the two norms of such a layer.
            var other = weights.Contains($"{prefix}.attention_layer_norm.weight");
            _first = weights.Vector($"{prefix}.{(other ? "attention_layer_norm" : "input_layernorm")}.weight", config.hidden_size);
            _second = weights.Vector($"{prefix}.{(other ? "feedforward_layer_norm" : "post_attention_layernorm")}.weight", config.hidden_size);
        }

        _mlp = new(config, weights, $"{prefix}.mlp");
    }

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        var epsilon = _config.rms_norm_eps;
        var mixed = _self_attn is not null
            ? pass.RmsNorm(_self_attn.Forward(x, pass), _first, epsilon)
            : _linear_attn!.Forward(pass.RmsNorm(x, _first, epsilon), pass);
        pass.AddBranch(SiteKind.AttentionOutput, _block, x, mixed);
        var made = _self_attn is not null
            ? pass.RmsNorm(_mlp.Forward(x, pass), _second, epsilon)
            : _mlp.Forward(pass.RmsNorm(x, _second, epsilon), pass);
        pass.AddBranch(SiteKind.FeedForwardOutput, _block, x, made);
    }
}

/// <summary>The model.</summary>
internal sealed class OlmoHybridForCausalLM : CausalModel
{
    /// <summary>Keys that files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly OlmoHybridConfig _config;
    private readonly torch.Tensor _embed;
    private readonly OlmoHybridDecoderLayer[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _head;

    public OlmoHybridForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new OlmoHybridConfig(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new OlmoHybridDecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
        ];
        _norm = weights.Vector($"{prefix}norm.weight", _config.hidden_size);
        _head = weights.Head(_config.hidden_size, _config.vocab_size, "lm_head", _config.tie_word_embeddings ? $"{prefix}embed_tokens" : null);
        weights.RefuseTheRest(_config.tie_word_embeddings ? LeftOverWhenTied : LeftOver);
        Sizes = _config.Sizes(weights.Parameters);
        Sites = Site.OfDecoder(_config.num_hidden_layers);
    }

    public override ModelSizes Sizes { get; }

    public override IReadOnlyList<Site> Sites { get; }

    public override void Forward(TokenBatch batch, KeyValueCache cache, IForwardObserver observer, ISiteEditor? editor = null)
    {
        using var pass = new ForwardPass(this, batch, cache, observer, editor);
        var x = pass.Embed(_embed); // [tokens, width]
        pass.Run(x, _layers, last => pass.RmsNorm(last, _norm, _config.rms_norm_eps), _head);
    }
}

// LFM2 (Liquid AI 2025): layers of attention with normed heads, and layers of a short convolution between two gates; the final norm is called embedding_norm.
// Read beside transformers' modeling_lfm2.py. Tensors are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of an LFM2.</summary>
internal sealed class Lfm2Config
{
    public Lfm2Config(ModelConfig config)
    {
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 128000;
        norm_eps = (float)config.Number("norm_eps", 1e-5);
        // Older files have names of their own for some fields; those of them that transformers does not read say what the others do.
        config.Ignore(
            "block_dim",
            "block_mlp_init_scale",
            "block_norm_eps",
            "block_out_init_scale",
            "block_use_swiglu",
            "block_use_xavier_init",
            "conv_dim",
            "conv_dim_out",
            "conv_use_xavier_init",
            "num_heads",
            "use_pos_enc");
        intermediate_size = config.OptionalSize("block_ff_dim") ?? config.Size("intermediate_size");
        if (config.Flag("block_auto_adjust_ff_dim", true))
        {
            // Two thirds, times a number, rounded up to a multiple.
            var (part, multiple) = (2 * intermediate_size / 3, config.OptionalSize("block_multiple_of") ?? 256);
            part = (int)(config.PositiveUnlessNull("block_ffn_dim_multiplier", 1) is { } factor ? factor * part : part);
            intermediate_size = multiple * ((part + multiple - 1) / multiple);
        }
        else
        {
            config.Ignore("block_multiple_of", "block_ffn_dim_multiplier");
        }

        tie_word_embeddings = config.Flag("tie_embedding", config.Flag("tie_word_embeddings", true));
        var (theta, older) = (config.OptionalPositive("rope_theta"), config.OptionalPositive("theta"));
        if (theta is not null && older is not null && theta != older)
        {
            throw config.Unsupported($"rope_theta is {theta} and theta {older}");
        }

        heads = HeadLayout.Read(config, hidden_size);
        rotary = RotaryConfig.FromConfig(config, heads.Size, older ?? 1000000);
        (conv_L_cache, conv_bias) = (config.OptionalSize("conv_L_cache") ?? 3, config.Flag("conv_bias", false));
        var (attending, types) = (config.Numbers("full_attn_idxs"), config.Texts("layer_types"));
        attends = types is null ? [.. Enumerable.Range(0, num_hidden_layers).Select(layer => attending?.Contains(layer) ?? true)]
            : types.Count == num_hidden_layers && types.All(type => type is "full_attention" or "conv")
                ? [.. types.Select(type => type == "full_attention")]
            : throw config.Unsupported("layer_types other than full_attention or conv for each layer");
    }

    public int vocab_size { get; }

    public int hidden_size { get; }

    public int num_hidden_layers { get; }

    public int max_position_embeddings { get; }

    public int intermediate_size { get; }

    public float norm_eps { get; }

    public bool tie_word_embeddings { get; }

    public HeadLayout heads { get; }

    public RotaryEmbedding rotary { get; }

    /// <summary>Tokens that a convolution sees, its own included.</summary>
    public int conv_L_cache { get; }

    public bool conv_bias { get; }

    /// <summary>Whether each layer attends; otherwise it convolves.</summary>
    public IReadOnlyList<bool> attends { get; }

    public ModelSizes Sizes(long parameters) =>
        new()
        {
            Blocks = num_hidden_layers,
            Width = hidden_size,
            Vocabulary = vocab_size,
            QueryHeads = heads.Queries,
            KeyValueHeads = heads.KeyValues,
            HeadSize = heads.Size,
            Context = (int)(max_position_embeddings * rotary.Stretch),
            RotaryByLengthAbove = rotary.ByLengthAbove,
            Parameters = parameters,
            Shapes =
            [
                .. attends.Select(own => own
                    ? new BlockShape(heads.Queries, heads.KeyValues, heads.Size, heads.Size)
                    : BlockShape.OfState((conv_L_cache - 1L) * hidden_size)),
            ],
        };
}

/// <summary>Attention: grouped queries, normed heads, rotary positions, causal within each sequence.</summary>
internal sealed class Lfm2Attention(Lfm2Config config, ModelWeights weights, string prefix, int block)
{
    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _qkv_proj = config.heads.Projection(weights, config.hidden_size, bias: false, prefix);
    private readonly Linear _out_proj = weights.Linear(config.heads.Width, bias: false, ($"{prefix}.out_proj", config.hidden_size));
    private readonly torch.Tensor _q_layernorm = weights.Vector($"{prefix}.q_layernorm.weight", config.heads.Size);
    private readonly torch.Tensor _k_layernorm = weights.Vector($"{prefix}.k_layernorm.weight", config.heads.Size);
    private readonly AttentionRule _rule = new(1 / MathF.Sqrt(config.heads.Size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, (heads + 2 * keyValueHeads) * size]
        var (query, key) = (config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv));
        pass.NormHeads(query, _q_layernorm, config.norm_eps);
        pass.NormHeads(key, _k_layernorm, config.norm_eps);
        pass.Rotate(query, config.rotary);
        pass.Rotate(key, config.rotary);
        return pass.Linear(_out_proj, pass.Attend(block, query, key, config.heads.ValuesOf(qkv), _rule));
    }
}

/// <summary>A short convolution: out_proj(C * conv(B * x)), where one layer makes B, C and x.</summary>
internal sealed class Lfm2ShortConv(Lfm2Config config, ModelWeights weights, string prefix, int block)
{
    private readonly Linear _in_proj = weights.Linear(config.hidden_size, config.conv_bias, ($"{prefix}.in_proj", 3 * config.hidden_size));
    private readonly float[] _conv = weights.Numbers($"{prefix}.conv.weight", config.hidden_size, 1, config.conv_L_cache);
    private readonly float[]? _convBias = config.conv_bias ? weights.Numbers($"{prefix}.conv.bias", config.hidden_size) : null;
    private readonly Linear _out_proj = weights.Linear(config.hidden_size, config.conv_bias, ($"{prefix}.out_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var width = config.hidden_size;
        var all = pass.Linear(_in_proj, x); // [tokens, 3 * width]: B, C, x
        var gated = all.narrow(1, 2 * width, width).contiguous();
        pass.Multiply(gated, all.narrow(1, 0, width).contiguous());
        var convolved = pass.Convolve(gated, _conv, _convBias, block, silu: false);
        pass.Multiply(convolved, all.narrow(1, width, width).contiguous());
        return pass.Linear(_out_proj, convolved);
    }
}

/// <summary>Feed-forward part: w2(silu(w1(x)) * w3(x)).</summary>
internal sealed class Lfm2MLP(Lfm2Config config, ModelWeights weights, string prefix)
{
    private readonly Linear _w1_w3 = weights.Linear(
        config.hidden_size,
        bias: false,
        ($"{prefix}.w1", config.intermediate_size),
        ($"{prefix}.w3", config.intermediate_size));

    private readonly Linear _w2 = weights.Linear(config.intermediate_size, bias: false, ($"{prefix}.w2", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.SwiGlu(_w1_w3, _w2, x);
}

/// <summary>A block: x + mixer(norm(x)), then x + feed-forward(norm(x)).</summary>
internal sealed class Lfm2DecoderLayer(Lfm2Config config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly torch.Tensor _operator_norm = weights.Vector($"{prefix}.operator_norm.weight", config.hidden_size);
    private readonly Lfm2Attention? _self_attn = config.attends[block] ? new(config, weights, $"{prefix}.self_attn", block) : null;
    private readonly Lfm2ShortConv? _conv = config.attends[block] ? null : new(config, weights, $"{prefix}.conv", block);
    private readonly torch.Tensor _ffn_norm = weights.Vector($"{prefix}.ffn_norm.weight", config.hidden_size);
    private readonly Lfm2MLP _feed_forward = new(config, weights, $"{prefix}.feed_forward");

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        var normed = pass.RmsNorm(x, _operator_norm, config.norm_eps);
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _self_attn?.Forward(normed, pass) ?? _conv!.Forward(normed, pass));
        normed = pass.RmsNorm(x, _ffn_norm, config.norm_eps);
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, _feed_forward.Forward(normed, pass));
    }
}

/// <summary>The model.</summary>
internal sealed class Lfm2ForCausalLM : CausalModel
{
    /// <summary>Keys that files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly Lfm2Config _config;
    private readonly torch.Tensor _embed;
    private readonly Lfm2DecoderLayer[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _head;

    public Lfm2ForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new Lfm2Config(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new Lfm2DecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
        ];
        _norm = weights.Vector($"{prefix}embedding_norm.weight", _config.hidden_size);
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
        pass.Run(x, _layers, last => pass.RmsNorm(last, _norm, _config.norm_eps), _head);
    }
}

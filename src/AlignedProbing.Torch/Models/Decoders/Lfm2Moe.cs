// LFM2 MoE (Liquid AI 2025): as LFM2, and after the first layers feed-forward parts are mixtures of experts that a sigmoid scores, chosen with a bias that
// their weights do not have. Read beside transformers' modeling_lfm2_moe.py. Tensors are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of an LFM2 MoE.</summary>
internal sealed class Lfm2MoeConfig
{
    public Lfm2MoeConfig(ModelConfig config)
    {
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 128000;
        norm_eps = (float)config.Number("norm_eps", 1e-5);
        intermediate_size = config.Size("intermediate_size");
        (moe_intermediate_size, num_dense_layers) = (config.Size("moe_intermediate_size"), config.Count("num_dense_layers", 2));
        (num_experts, num_experts_per_tok) = (config.OptionalSize("num_experts") ?? 32, config.OptionalSize("num_experts_per_tok") ?? 4);
        (use_expert_bias, norm_topk_prob) = (config.Flag("use_expert_bias", true), config.Flag("norm_topk_prob", true));
        routed_scaling_factor = (float)config.Positive("routed_scaling_factor", 1);
        if (num_experts_per_tok > num_experts)
        {
            throw config.Broken($"a token cannot go to {num_experts_per_tok} of {num_experts} experts");
        }

        tie_word_embeddings = config.Flag("tie_word_embeddings", true);
        heads = HeadLayout.Read(config, hidden_size);
        rotary = RotaryConfig.FromConfig(config, heads.Size, 1000000);
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

    public int moe_intermediate_size { get; }

    /// <summary>The first layers, whose feed-forward part is one MLP.</summary>
    public int num_dense_layers { get; }

    public int num_experts { get; }

    public int num_experts_per_tok { get; }

    public bool use_expert_bias { get; }

    public bool norm_topk_prob { get; }

    public float routed_scaling_factor { get; }

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
internal sealed class Lfm2MoeAttention(Lfm2MoeConfig config, ModelWeights weights, string prefix, int block)
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
internal sealed class Lfm2MoeShortConv(Lfm2MoeConfig config, ModelWeights weights, string prefix, int block)
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

/// <summary>An MLP, or an expert: w2(silu(w1(x)) * w3(x)).</summary>
internal sealed class Lfm2MoeMLP(Lfm2MoeConfig config, ModelWeights weights, string prefix, int width)
{
    private readonly Linear _w1_w3 = weights.Linear(
        config.hidden_size,
        bias: false,
        ($"{prefix}.w1", width),
        ($"{prefix}.w3", width));

    private readonly Linear _w2 = weights.Linear(width, bias: false, ($"{prefix}.w2", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.SwiGlu(_w1_w3, _w2, x);
}

/// <summary>A mixture of experts: a router scores them, and the best work on the token.</summary>
internal sealed class Lfm2MoeSparseMoeBlock(Lfm2MoeConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _gate = weights.Linear(config.hidden_size, bias: false, ($"{prefix}.gate", config.num_experts));

    private readonly RoutingRule _rule = new(config.num_experts_per_tok, config.norm_topk_prob)
    {
        Sigmoid = true,
        Bias = config.use_expert_bias ? weights.Numbers($"{prefix}.expert_bias", config.num_experts) : null,
        Epsilon = 1e-6f,
        Factor = config.routed_scaling_factor,
    };

    private readonly Lfm2MoeMLP[] _experts =
    [
        .. Enumerable.Range(0, config.num_experts)
            .Select(expert => new Lfm2MoeMLP(config, weights, $"{prefix}.experts.{expert}", config.moe_intermediate_size)),
    ];

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) =>
        pass.Experts(x, pass.Linear(_gate, x), _rule, (expert, rows) => _experts[expert].Forward(rows, pass));
}

/// <summary>A block: x + mixer(norm(x)), then x + feed-forward(norm(x)).</summary>
internal sealed class Lfm2MoeDecoderLayer(Lfm2MoeConfig config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly torch.Tensor _operator_norm = weights.Vector($"{prefix}.operator_norm.weight", config.hidden_size);
    private readonly Lfm2MoeAttention? _self_attn = config.attends[block] ? new(config, weights, $"{prefix}.self_attn", block) : null;
    private readonly Lfm2MoeShortConv? _conv = config.attends[block] ? null : new(config, weights, $"{prefix}.conv", block);
    private readonly torch.Tensor _ffn_norm = weights.Vector($"{prefix}.ffn_norm.weight", config.hidden_size);
    private readonly Lfm2MoeMLP? _dense = block < config.num_dense_layers ? new(config, weights, $"{prefix}.feed_forward", config.intermediate_size) : null;
    private readonly Lfm2MoeSparseMoeBlock? _sparse = block < config.num_dense_layers ? null : new(config, weights, $"{prefix}.feed_forward");

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        var normed = pass.RmsNorm(x, _operator_norm, config.norm_eps);
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _self_attn?.Forward(normed, pass) ?? _conv!.Forward(normed, pass));
        normed = pass.RmsNorm(x, _ffn_norm, config.norm_eps);
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, _dense?.Forward(normed, pass) ?? _sparse!.Forward(normed, pass));
    }
}

/// <summary>The model.</summary>
internal sealed class Lfm2MoeForCausalLM : CausalModel
{
    /// <summary>Keys that files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly Lfm2MoeConfig _config;
    private readonly torch.Tensor _embed;
    private readonly Lfm2MoeDecoderLayer[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _head;

    public Lfm2MoeForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new Lfm2MoeConfig(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new Lfm2MoeDecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
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

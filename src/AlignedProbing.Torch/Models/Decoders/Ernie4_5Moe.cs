// ERNIE 4.5 (Baidu 2025), its mixture of experts: rotary positions of neighbours, one switch for all biases, also the head's, and in some layers experts that
// are chosen with a bias that their weights do not have, beside one MLP that works on every token. Read beside transformers' modeling_ernie4_5_moe.py. Tensors
// are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of an ERNIE 4.5 MoE.</summary>
internal sealed class Ernie4_5MoeConfig
{
    public Ernie4_5MoeConfig(ModelConfig config)
    {
        config.Ignore("router_aux_loss_coef", "output_router_logits");
        // A bound below which the sum of a token's weights, which are probabilities, does not fall.
        config.Ignore("moe_norm_min");
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        intermediate_size = config.Size("intermediate_size");
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 131072;
        rms_norm_eps = (float)config.Number("rms_norm_eps", 1e-5);
        hidden_act = Activations.FromConfig(config, "hidden_act", "silu");
        use_bias = config.Flag("use_bias", false);
        moe_intermediate_size = config.Size("moe_intermediate_size");
        (moe_num_experts, moe_k) = (config.OptionalSize("moe_num_experts") ?? 64, config.OptionalSize("moe_k") ?? 2);
        n_shared_experts = config.Count("moe_num_shared_experts", 2);
        var (first, interval) = (config.Count("moe_layer_start_index", 1), config.OptionalSize("moe_layer_interval") ?? 1);
        var last = config.Number("moe_layer_end_index", -1);
        last = last < 0 ? num_hidden_layers - 1 : last;
        sparse = [.. Enumerable.Range(0, num_hidden_layers).Select(layer => (layer + 1) % interval == 0 && layer >= first && layer <= last)];
        if (moe_k > moe_num_experts)
        {
            throw config.Broken($"a token cannot go to {moe_k} of {moe_num_experts} experts");
        }

        tie_word_embeddings = config.Flag("tie_word_embeddings", true);
        heads = HeadLayout.Read(config, hidden_size);
        rotary = RotaryConfig.FromConfig(config, heads.Size, 500000).OfNeighbours();
    }

    public int vocab_size { get; }

    public int hidden_size { get; }

    public int num_hidden_layers { get; }

    public int intermediate_size { get; }

    public int max_position_embeddings { get; }

    public float rms_norm_eps { get; }

    public bool tie_word_embeddings { get; }

    public Activation hidden_act { get; }

    public bool use_bias { get; }

    public int moe_intermediate_size { get; }

    public int moe_num_experts { get; }

    public int moe_k { get; }

    public int n_shared_experts { get; }

    /// <summary>Whether each layer is a mixture of experts; otherwise its feed-forward part is one MLP.</summary>
    public IReadOnlyList<bool> sparse { get; }

    public HeadLayout heads { get; }

    public RotaryEmbedding rotary { get; }

    public ModelSizes Sizes(long parameters) =>
        heads.Sizes(num_hidden_layers, hidden_size, vocab_size, max_position_embeddings, rotary, parameters);
}

/// <summary>Attention: grouped queries, rotary positions, causal within each sequence.</summary>
internal sealed class Ernie4_5MoeAttention(Ernie4_5MoeConfig config, ModelWeights weights, string prefix, int block)
{
    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _qkv_proj = config.heads.Projection(weights, config.hidden_size, config.use_bias, prefix);
    private readonly Linear _o_proj = weights.Linear(config.heads.Width, config.use_bias, ($"{prefix}.o_proj", config.hidden_size));
    private readonly AttentionRule _rule = new(1 / MathF.Sqrt(config.heads.Size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, (heads + 2 * keyValueHeads) * size]
        var (query, key) = (config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv));
        pass.Rotate(query, config.rotary);
        pass.Rotate(key, config.rotary);
        return pass.Linear(_o_proj, pass.Attend(block, query, key, config.heads.ValuesOf(qkv), _rule));
    }
}

/// <summary>An MLP, or an expert: down_proj(silu(gate_proj(x)) * up_proj(x)).</summary>
internal sealed class Ernie4_5MoeMLP(Ernie4_5MoeConfig config, ModelWeights weights, string prefix, int width)
{
    private readonly Linear _gate_up = weights.Linear(config.hidden_size, config.use_bias, ($"{prefix}.gate_proj", width), ($"{prefix}.up_proj", width));
    private readonly Linear _down = weights.Linear(width, config.use_bias, ($"{prefix}.down_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.Gated(_gate_up, _down, x, config.hidden_act);
}

/// <summary>A mixture of experts: a router scores them, and the best work on the token.</summary>
internal sealed class Ernie4_5MoeSparseMoeBlock(Ernie4_5MoeConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _gate = weights.Linear(config.hidden_size, bias: false, ($"{prefix}.gate", config.moe_num_experts));
    private readonly RoutingRule _rule = new(config.moe_k, Renormalise: true)
    {
        Bias = weights.Numbers($"{prefix}.moe_statics.e_score_correction_bias", 1, config.moe_num_experts),
    };

    private readonly Ernie4_5MoeMLP[] _experts =
    [
        .. Enumerable.Range(0, config.moe_num_experts)
            .Select(expert => new Ernie4_5MoeMLP(config, weights, $"{prefix}.experts.{expert}", config.moe_intermediate_size)),
    ];

    private readonly Ernie4_5MoeMLP? _shared_experts = config.n_shared_experts == 0
        ? null
        : new(config, weights, $"{prefix}.shared_experts", config.moe_intermediate_size * config.n_shared_experts);

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var routed = pass.Experts(x, pass.Linear(_gate, x), _rule, (expert, rows) => _experts[expert].Forward(rows, pass));
        if (_shared_experts is not null)
        {
            pass.Add(routed, _shared_experts.Forward(x, pass));
        }

        return routed;
    }
}

/// <summary>A block: x + attention(norm(x)), then x + feed-forward(norm(x)), which is a mixture of experts or one MLP.</summary>
internal sealed class Ernie4_5MoeDecoderLayer(Ernie4_5MoeConfig config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly torch.Tensor _input_layernorm = weights.Vector($"{prefix}.input_layernorm.weight", config.hidden_size);
    private readonly Ernie4_5MoeAttention _self_attn = new(config, weights, $"{prefix}.self_attn", block);
    private readonly torch.Tensor _post_attention_layernorm = weights.Vector($"{prefix}.post_attention_layernorm.weight", config.hidden_size);
    private readonly Ernie4_5MoeMLP? _dense = config.sparse[block] ? null : new(config, weights, $"{prefix}.mlp", config.intermediate_size);
    private readonly Ernie4_5MoeSparseMoeBlock? _sparse = config.sparse[block] ? new(config, weights, $"{prefix}.mlp") : null;

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _self_attn.Forward(pass.RmsNorm(x, _input_layernorm, config.rms_norm_eps), pass));
        var normed = pass.RmsNorm(x, _post_attention_layernorm, config.rms_norm_eps);
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, _dense?.Forward(normed, pass) ?? _sparse!.Forward(normed, pass));
    }
}

/// <summary>The model.</summary>
internal sealed class Ernie4_5MoeForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly Ernie4_5MoeConfig _config;
    private readonly torch.Tensor _embed;
    private readonly Ernie4_5MoeDecoderLayer[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _head;

    public Ernie4_5MoeForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new Ernie4_5MoeConfig(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new Ernie4_5MoeDecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
        ];
        _norm = weights.Vector($"{prefix}norm.weight", _config.hidden_size);
        _head = weights.Head(
            _config.hidden_size,
            _config.vocab_size,
            "lm_head",
            _config.tie_word_embeddings ? $"{prefix}embed_tokens" : null,
            bias: _config.use_bias ? "lm_head.bias" : null);
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

// Trinity (Arcee 2025): norms before and after attention and feed-forward part, norms of each query's and key's head, attention's result times the sigmoid of
// a gate, layers that see all do not turn, and mixtures of experts that a sigmoid scores, beside one MLP. Read beside transformers' modeling_afmoe.py. Tensors
// are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a Trinity.</summary>
internal sealed class AfmoeConfig
{
    public AfmoeConfig(ModelConfig config)
    {
        config.Ignore("router_aux_loss_coef", "output_router_logits");
        // Settings of training; weights always sum to 1, whatever route_norm says, and groups are not chosen.
        config.Ignore("load_balance_coeff", "route_norm");
        config.Require("score_func", "sigmoid");
        config.Require("n_group", "1");
        config.Require("topk_group", "1");
        config.Require("num_expert_groups", "1");
        config.Require("num_limited_groups", "1");
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        intermediate_size = config.Size("intermediate_size");
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 16384;
        rms_norm_eps = (float)config.Number("rms_norm_eps", 1e-5);
        hidden_act = Activations.FromConfig(config, "hidden_act", "silu");
        (num_experts, num_experts_per_tok) = (config.Size("num_experts"), config.Size("num_experts_per_tok"));
        (n_shared_experts, num_dense_layers) = (config.Count("num_shared_experts", 0), config.Count("num_dense_layers", 0));
        moe_intermediate_size = config.Size("moe_intermediate_size");
        (route_scale, mup_enabled) = ((float)config.Positive("route_scale", 1), config.Flag("mup_enabled", false));
        if (num_experts_per_tok > num_experts)
        {
            throw config.Broken($"a token cannot go to {num_experts_per_tok} of {num_experts} experts");
        }

        var every = config.OptionalSize("global_attn_every_n_layers") ?? 4;
        windows = LayerTypes.Windows(config, num_hidden_layers, config.SizeUnlessNull("sliding_window", 1024), layer => (layer + 1) % every != 0);
        attention_bias = config.Flag("attention_bias", false);
        tie_word_embeddings = config.Flag("tie_word_embeddings", false);
        heads = HeadLayout.Read(config, hidden_size);
        rotary = RotaryConfig.FromConfig(config, heads.Size, 10000);
    }

    public int vocab_size { get; }

    public int hidden_size { get; }

    public int num_hidden_layers { get; }

    public int intermediate_size { get; }

    public int max_position_embeddings { get; }

    public float rms_norm_eps { get; }

    public bool attention_bias { get; }

    public bool tie_word_embeddings { get; }

    public Activation hidden_act { get; }

    public int num_experts { get; }

    public int num_experts_per_tok { get; }

    public int n_shared_experts { get; }

    /// <summary>The first layers, whose feed-forward part is one MLP.</summary>
    public int num_dense_layers { get; }

    public int moe_intermediate_size { get; }

    public float route_scale { get; }

    public bool mup_enabled { get; }

    /// <summary>The window of each layer; null: none.</summary>
    public IReadOnlyList<int?> windows { get; }

    public HeadLayout heads { get; }

    public RotaryEmbedding rotary { get; }

    public ModelSizes Sizes(long parameters) =>
        heads.Sizes(num_hidden_layers, hidden_size, vocab_size, max_position_embeddings, rotary, parameters);
}

/// <summary>Attention: grouped queries, rotary positions, causal within each sequence.</summary>
internal sealed class AfmoeAttention(AfmoeConfig config, ModelWeights weights, string prefix, int block)
{
    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _qkv_proj = config.heads.Projection(weights, config.hidden_size, config.attention_bias, prefix);
    private readonly Linear _o_proj = weights.Linear(config.heads.Width, config.attention_bias, ($"{prefix}.o_proj", config.hidden_size));
    private readonly torch.Tensor _q_norm = weights.Vector($"{prefix}.q_norm.weight", config.heads.Size);
    private readonly torch.Tensor _k_norm = weights.Vector($"{prefix}.k_norm.weight", config.heads.Size);
    private readonly Linear _gate_proj = weights.Linear(config.hidden_size, bias: false, ($"{prefix}.gate_proj", config.heads.Width));
    private readonly AttentionRule _rule = new(1 / MathF.Sqrt(config.heads.Size), config.windows[block]);

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, (heads + 2 * keyValueHeads) * size]
        var (query, key) = (config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv));
        pass.NormHeads(query, _q_norm, config.rms_norm_eps);
        pass.NormHeads(key, _k_norm, config.rms_norm_eps);
        if (config.windows[block] is not null)
        {
            pass.Rotate(query, config.rotary);
            pass.Rotate(key, config.rotary);
        }

        var (mixed, gate) = (pass.Attend(block, query, key, config.heads.ValuesOf(qkv), _rule), pass.Linear(_gate_proj, x)); // [tokens, heads * size]
        pass.Activate(gate, Activation.Sigmoid);
        pass.Multiply(mixed, gate);
        return pass.Linear(_o_proj, mixed);
    }
}

/// <summary>An MLP, or an expert: down_proj(silu(gate_proj(x)) * up_proj(x)).</summary>
internal sealed class AfmoeMLP(AfmoeConfig config, ModelWeights weights, string prefix, int width)
{
    private readonly Linear _gate_up = weights.Linear(config.hidden_size, bias: false, ($"{prefix}.gate_proj", width), ($"{prefix}.up_proj", width));
    private readonly Linear _down = weights.Linear(width, bias: false, ($"{prefix}.down_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.Gated(_gate_up, _down, x, config.hidden_act);
}

/// <summary>A mixture of experts: a router scores them, and the best work on the token.</summary>
internal sealed class AfmoeMoE(AfmoeConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _gate = weights.Linear(config.hidden_size, bias: false, ($"{prefix}.router.gate", config.num_experts));
    private readonly RoutingRule _rule = new(config.num_experts_per_tok, Renormalise: true)
    {
        Sigmoid = true,
        Bias = weights.Numbers($"{prefix}.expert_bias", config.num_experts),
        Epsilon = 1e-20f,
        Factor = config.route_scale,
    };

    private readonly AfmoeMLP[] _experts =
    [
        .. Enumerable.Range(0, config.num_experts).Select(expert => new AfmoeMLP(config, weights, $"{prefix}.experts.{expert}", config.moe_intermediate_size)),
    ];

    private readonly AfmoeMLP? _shared_experts = config.n_shared_experts == 0
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

/// <summary>A block: x + norm(attention(norm(x))), then x + norm(feed-forward(norm(x))), which is a mixture of experts or one MLP.</summary>
internal sealed class AfmoeDecoderLayer(AfmoeConfig config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly torch.Tensor _input_layernorm = weights.Vector($"{prefix}.input_layernorm.weight", config.hidden_size);
    private readonly AfmoeAttention _self_attn = new(config, weights, $"{prefix}.self_attn", block);
    private readonly torch.Tensor _post_attention_layernorm = weights.Vector($"{prefix}.post_attention_layernorm.weight", config.hidden_size);
    private readonly torch.Tensor _pre_mlp_layernorm = weights.Vector($"{prefix}.pre_mlp_layernorm.weight", config.hidden_size);
    private readonly AfmoeMLP? _dense = block < config.num_dense_layers ? new(config, weights, $"{prefix}.mlp", config.intermediate_size) : null;
    private readonly AfmoeMoE? _sparse = block < config.num_dense_layers ? null : new(config, weights, $"{prefix}.mlp");
    private readonly torch.Tensor _post_mlp_layernorm = weights.Vector($"{prefix}.post_mlp_layernorm.weight", config.hidden_size);

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        var attention = _self_attn.Forward(Norm(x, _input_layernorm), pass);
        pass.AddBranch(SiteKind.AttentionOutput, block, x, Norm(attention, _post_attention_layernorm));
        var normed = Norm(x, _pre_mlp_layernorm);
        var feedForward = _dense?.Forward(normed, pass) ?? _sparse!.Forward(normed, pass);
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, Norm(feedForward, _post_mlp_layernorm));

        torch.Tensor Norm(torch.Tensor rows, torch.Tensor weight) => pass.RmsNorm(rows, weight, config.rms_norm_eps);
    }
}

/// <summary>The model.</summary>
internal sealed class AfmoeForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly AfmoeConfig _config;
    private readonly torch.Tensor _embed;
    private readonly AfmoeDecoderLayer[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _head;

    public AfmoeForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new AfmoeConfig(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new AfmoeDecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
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
        if (_config.mup_enabled)
        {
            pass.Scale(x, MathF.Sqrt(_config.hidden_size));
        }

        pass.Run(x, _layers, last => pass.RmsNorm(last, _norm, _config.rms_norm_eps), _head);
    }
}

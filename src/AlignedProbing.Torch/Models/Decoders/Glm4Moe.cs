// GLM 4.5 and 4.6 (Zhipu AI 2025): norms of each query's and key's head, rotary positions on a part of each head, and after the first layers mixtures of
// experts as DeepSeek V3's. Layers that predict further tokens are left alone. Read beside transformers' modeling_glm4_moe.py. Tensors are float32; [tokens,
// ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a GLM 4.5.</summary>
internal sealed class Glm4MoeConfig
{
    public Glm4MoeConfig(ModelConfig config)
    {
        config.Ignore("num_nextn_predict_layers", "ep_size", "aux_loss_alpha", "seq_aux", "router_aux_loss_coef", "output_router_logits");
        config.Require("moe_layer_freq", "1");
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        intermediate_size = config.Size("intermediate_size");
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 131072;
        rms_norm_eps = (float)config.Number("rms_norm_eps", 1e-5);
        hidden_act = Activations.FromConfig(config, "hidden_act", "silu");
        (use_qk_norm, norm_topk_prob) = (config.Flag("use_qk_norm", false), config.Flag("norm_topk_prob", true));
        moe_intermediate_size = config.Size("moe_intermediate_size");
        (n_routed_experts, num_experts_per_tok) = (config.Size("n_routed_experts"), config.Size("num_experts_per_tok"));
        (n_shared_experts, first_k_dense_replace) = (config.Count("n_shared_experts", 0), config.Count("first_k_dense_replace", 0));
        (n_group, topk_group) = (config.OptionalSize("n_group") ?? 1, config.OptionalSize("topk_group") ?? 1);
        routed_scaling_factor = (float)config.Positive("routed_scaling_factor", 1);
        if (n_routed_experts % n_group != 0 || topk_group > n_group || num_experts_per_tok > n_routed_experts / n_group * topk_group)
        {
            throw config.Broken($"a token cannot go to {num_experts_per_tok} of {n_routed_experts} experts in {topk_group} of {n_group} groups");
        }

        attention_bias = config.Flag("attention_bias", false);
        tie_word_embeddings = config.Flag("tie_word_embeddings", false);
        heads = HeadLayout.Read(config, hidden_size);
        rotary = RotaryConfig.PartialFromConfig(config, heads.Size, 0.5);
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

    public bool use_qk_norm { get; }

    public bool norm_topk_prob { get; }

    public int moe_intermediate_size { get; }

    public int n_routed_experts { get; }

    public int num_experts_per_tok { get; }

    public int n_shared_experts { get; }

    /// <summary>The first layers, whose feed-forward part is one MLP.</summary>
    public int first_k_dense_replace { get; }

    public int n_group { get; }

    public int topk_group { get; }

    public float routed_scaling_factor { get; }

    public HeadLayout heads { get; }

    public RotaryEmbedding rotary { get; }

    public ModelSizes Sizes(long parameters) =>
        heads.Sizes(num_hidden_layers, hidden_size, vocab_size, max_position_embeddings, rotary, parameters);
}

/// <summary>Attention: grouped queries, rotary positions, causal within each sequence.</summary>
internal sealed class Glm4MoeAttention(Glm4MoeConfig config, ModelWeights weights, string prefix, int block)
{
    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _qkv_proj = config.heads.Projection(weights, config.hidden_size, config.attention_bias, prefix);
    private readonly Linear _o_proj = weights.Linear(config.heads.Width, bias: false, ($"{prefix}.o_proj", config.hidden_size));
    private readonly torch.Tensor? _q_norm = config.use_qk_norm ? weights.Vector($"{prefix}.q_norm.weight", config.heads.Size) : null;
    private readonly torch.Tensor? _k_norm = config.use_qk_norm ? weights.Vector($"{prefix}.k_norm.weight", config.heads.Size) : null;
    private readonly AttentionRule _rule = new(1 / MathF.Sqrt(config.heads.Size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, (heads + 2 * keyValueHeads) * size]
        var (query, key) = (config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv));
        if (_q_norm is not null && _k_norm is not null)
        {
            pass.NormHeads(query, _q_norm, config.rms_norm_eps);
            pass.NormHeads(key, _k_norm, config.rms_norm_eps);
        }

        pass.Rotate(query, config.rotary);
        pass.Rotate(key, config.rotary);
        return pass.Linear(_o_proj, pass.Attend(block, query, key, config.heads.ValuesOf(qkv), _rule));
    }
}

/// <summary>An MLP, or an expert: down_proj(silu(gate_proj(x)) * up_proj(x)).</summary>
internal sealed class Glm4MoeMLP(Glm4MoeConfig config, ModelWeights weights, string prefix, int width)
{
    private readonly Linear _gate_up = weights.Linear(config.hidden_size, bias: false, ($"{prefix}.gate_proj", width), ($"{prefix}.up_proj", width));
    private readonly Linear _down = weights.Linear(width, bias: false, ($"{prefix}.down_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.Gated(_gate_up, _down, x, config.hidden_act);
}

/// <summary>A mixture of experts: a router scores them, and the best work on the token.</summary>
internal sealed class Glm4MoeMoE(Glm4MoeConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _gate = weights.Linear(config.hidden_size, bias: false, ($"{prefix}.gate", config.n_routed_experts));
    private readonly RoutingRule _rule = new(config.num_experts_per_tok, config.norm_topk_prob)
    {
        Sigmoid = true,
        Bias = weights.Numbers($"{prefix}.gate.e_score_correction_bias", config.n_routed_experts),
        Groups = config.n_group,
        GroupsChosen = config.topk_group,
        GroupsByTwo = true,
        Epsilon = 1e-20f,
        Factor = config.routed_scaling_factor,
    };

    private readonly Glm4MoeMLP[] _experts =
    [
        .. Enumerable.Range(0, config.n_routed_experts)
            .Select(expert => new Glm4MoeMLP(config, weights, $"{prefix}.experts.{expert}", config.moe_intermediate_size)),
    ];

    private readonly Glm4MoeMLP? _shared_experts = config.n_shared_experts == 0
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
internal sealed class Glm4MoeDecoderLayer(Glm4MoeConfig config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly torch.Tensor _input_layernorm = weights.Vector($"{prefix}.input_layernorm.weight", config.hidden_size);
    private readonly Glm4MoeAttention _self_attn = new(config, weights, $"{prefix}.self_attn", block);
    private readonly torch.Tensor _post_attention_layernorm = weights.Vector($"{prefix}.post_attention_layernorm.weight", config.hidden_size);
    private readonly Glm4MoeMLP? _dense = block >= config.first_k_dense_replace ? null : new(config, weights, $"{prefix}.mlp", config.intermediate_size);
    private readonly Glm4MoeMoE? _sparse = block >= config.first_k_dense_replace ? new(config, weights, $"{prefix}.mlp") : null;

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _self_attn.Forward(pass.RmsNorm(x, _input_layernorm, config.rms_norm_eps), pass));
        var normed = pass.RmsNorm(x, _post_attention_layernorm, config.rms_norm_eps);
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, _dense?.Forward(normed, pass) ?? _sparse!.Forward(normed, pass));
    }
}

/// <summary>The model.</summary>
internal sealed class Glm4MoeForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly Glm4MoeConfig _config;
    private readonly torch.Tensor _embed;
    private readonly Glm4MoeDecoderLayer[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _head;

    public Glm4MoeForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new Glm4MoeConfig(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new Glm4MoeDecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
        ];
        _norm = weights.Vector($"{prefix}norm.weight", _config.hidden_size);
        _head = weights.Head(_config.hidden_size, _config.vocab_size, "lm_head", _config.tie_word_embeddings ? $"{prefix}embed_tokens" : null);
        weights.RefuseTheRest([.. _config.tie_word_embeddings ? LeftOverWhenTied : LeftOver, $"*layers.{_config.num_hidden_layers}.*"]);
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

// Qwen 3 MoE (Qwen Team 2025): as Qwen 3 except feed-forward parts that are mixtures of experts, and a window in every layer where it is switched on. Read
// beside transformers' modeling_qwen3_moe.py. Tensors are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a Qwen 3 MoE.</summary>
internal sealed class Qwen3MoeConfig
{
    public Qwen3MoeConfig(ModelConfig config)
    {
        config.Ignore("router_aux_loss_coef", "output_router_logits");
        config.Ignore("max_window_layers");
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        intermediate_size = config.Size("intermediate_size");
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 32768;
        rms_norm_eps = (float)config.Number("rms_norm_eps", 1e-6);
        hidden_act = Activations.FromConfig(config, "hidden_act", "silu");
        var window = config.OptionalSize("sliding_window");
        sliding_window = config.Flag("use_sliding_window", false) ? window : null;
        num_experts = config.OptionalSize("num_experts") ?? 128;
        num_experts_per_tok = config.OptionalSize("num_experts_per_tok") ?? 8;
        moe_intermediate_size = config.Size("moe_intermediate_size");
        norm_topk_prob = config.Flag("norm_topk_prob", false);
        var (step, dense) = (config.OptionalSize("decoder_sparse_step") ?? 1, config.Numbers("mlp_only_layers") ?? []);
        sparse = [.. Enumerable.Range(0, num_hidden_layers).Select(layer => !dense.Contains(layer) && (layer + 1) % step == 0)];
        if (num_experts_per_tok > num_experts)
        {
            throw config.Broken($"a token cannot go to {num_experts_per_tok} of {num_experts} experts");
        }

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

    public int? sliding_window { get; }

    public int num_experts { get; }

    public int num_experts_per_tok { get; }

    public int moe_intermediate_size { get; }

    public bool norm_topk_prob { get; }

    /// <summary>Whether each layer is a mixture of experts; otherwise its feed-forward part is one MLP.</summary>
    public IReadOnlyList<bool> sparse { get; }

    public HeadLayout heads { get; }

    public RotaryEmbedding rotary { get; }

    public ModelSizes Sizes(long parameters) =>
        heads.Sizes(num_hidden_layers, hidden_size, vocab_size, max_position_embeddings, rotary, parameters);
}

/// <summary>Attention: grouped queries, rotary positions, causal within each sequence.</summary>
internal sealed class Qwen3MoeAttention(Qwen3MoeConfig config, ModelWeights weights, string prefix, int block)
{
    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _qkv_proj = config.heads.Projection(weights, config.hidden_size, config.attention_bias, prefix);
    private readonly Linear _o_proj = weights.Linear(config.heads.Width, config.attention_bias, ($"{prefix}.o_proj", config.hidden_size));
    private readonly torch.Tensor _q_norm = weights.Vector($"{prefix}.q_norm.weight", config.heads.Size);
    private readonly torch.Tensor _k_norm = weights.Vector($"{prefix}.k_norm.weight", config.heads.Size);
    private readonly AttentionRule _rule = new(1 / MathF.Sqrt(config.heads.Size), config.sliding_window);

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, (heads + 2 * keyValueHeads) * size]
        var (query, key) = (config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv));
        pass.NormHeads(query, _q_norm, config.rms_norm_eps);
        pass.NormHeads(key, _k_norm, config.rms_norm_eps);
        pass.Rotate(query, config.rotary);
        pass.Rotate(key, config.rotary);
        return pass.Linear(_o_proj, pass.Attend(block, query, key, config.heads.ValuesOf(qkv), _rule));
    }
}

/// <summary>An MLP, or an expert: down_proj(silu(gate_proj(x)) * up_proj(x)).</summary>
internal sealed class Qwen3MoeMLP(Qwen3MoeConfig config, ModelWeights weights, string prefix, int width)
{
    private readonly Linear _gate_up = weights.Linear(config.hidden_size, bias: false, ($"{prefix}.gate_proj", width), ($"{prefix}.up_proj", width));
    private readonly Linear _down = weights.Linear(width, bias: false, ($"{prefix}.down_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.Gated(_gate_up, _down, x, config.hidden_act);
}

/// <summary>A mixture of experts: a router scores them, and the best work on the token.</summary>
internal sealed class Qwen3MoeSparseMoeBlock(Qwen3MoeConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _gate = weights.Linear(config.hidden_size, bias: false, ($"{prefix}.gate", config.num_experts));
    private readonly RoutingRule _rule = new(config.num_experts_per_tok, config.norm_topk_prob);

    private readonly Qwen3MoeMLP[] _experts =
    [
        .. Enumerable.Range(0, config.num_experts)
            .Select(expert => new Qwen3MoeMLP(config, weights, $"{prefix}.experts.{expert}", config.moe_intermediate_size)),
    ];

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var routed = pass.Experts(x, pass.Linear(_gate, x), _rule, (expert, rows) => _experts[expert].Forward(rows, pass));
        return routed;
    }
}

/// <summary>A block: x + attention(norm(x)), then x + feed-forward(norm(x)), which is a mixture of experts or one MLP.</summary>
internal sealed class Qwen3MoeDecoderLayer(Qwen3MoeConfig config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly torch.Tensor _input_layernorm = weights.Vector($"{prefix}.input_layernorm.weight", config.hidden_size);
    private readonly Qwen3MoeAttention _self_attn = new(config, weights, $"{prefix}.self_attn", block);
    private readonly torch.Tensor _post_attention_layernorm = weights.Vector($"{prefix}.post_attention_layernorm.weight", config.hidden_size);
    private readonly Qwen3MoeMLP? _dense = config.sparse[block] ? null : new(config, weights, $"{prefix}.mlp", config.intermediate_size);
    private readonly Qwen3MoeSparseMoeBlock? _sparse = config.sparse[block] ? new(config, weights, $"{prefix}.mlp") : null;

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _self_attn.Forward(pass.RmsNorm(x, _input_layernorm, config.rms_norm_eps), pass));
        var normed = pass.RmsNorm(x, _post_attention_layernorm, config.rms_norm_eps);
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, _dense?.Forward(normed, pass) ?? _sparse!.Forward(normed, pass));
    }
}

/// <summary>The model.</summary>
internal sealed class Qwen3MoeForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly Qwen3MoeConfig _config;
    private readonly torch.Tensor _embed;
    private readonly Qwen3MoeDecoderLayer[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _head;

    public Qwen3MoeForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new Qwen3MoeConfig(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new Qwen3MoeDecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
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

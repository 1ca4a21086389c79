// Phi-3.5-MoE (Microsoft 2024): as Mixtral except layer norms with biases, biases of all four projections and of the head, and two experts of a token chosen
// by sparsemixer. Read beside transformers' modeling_phimoe.py. Tensors are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a Phi MoE.</summary>
internal sealed class PhiMoeConfig
{
    public PhiMoeConfig(ModelConfig config)
    {
        config.Ignore("router_aux_loss_coef", "output_router_logits");
        config.Ignore("input_jitter_noise", "hidden_dropout");
        config.Require("num_experts_per_tok", "2");
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        intermediate_size = config.Size("intermediate_size");
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 131072;
        rms_norm_eps = (float)config.Number("rms_norm_eps", 1e-5);
        hidden_act = Activations.FromConfig(config, "hidden_act", "silu");
        lm_head_bias = config.Flag("lm_head_bias", false);
        sliding_window = config.OptionalSize("sliding_window");
        num_local_experts = config.OptionalSize("num_local_experts") ?? 16;
        router_jitter_noise = (float)config.Number("router_jitter_noise", 0.01);
        if (num_local_experts < 2)
        {
            throw config.Broken("two experts of a token are chosen, and there is one");
        }

        attention_bias = config.Flag("attention_bias", false);
        tie_word_embeddings = config.Flag("tie_word_embeddings", false);
        heads = HeadLayout.Read(config, hidden_size);
        rotary = RotaryConfig.FromConfig(config, heads.Size, 1000000);
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

    public bool lm_head_bias { get; }

    public int? sliding_window { get; }

    public int num_local_experts { get; }

    public float router_jitter_noise { get; }

    public HeadLayout heads { get; }

    public RotaryEmbedding rotary { get; }

    public ModelSizes Sizes(long parameters) =>
        heads.Sizes(num_hidden_layers, hidden_size, vocab_size, max_position_embeddings, rotary, parameters);
}

/// <summary>Attention: grouped queries, rotary positions, causal within each sequence.</summary>
internal sealed class PhiMoeAttention(PhiMoeConfig config, ModelWeights weights, string prefix, int block)
{
    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _qkv_proj = config.heads.Projection(weights, config.hidden_size, config.attention_bias, prefix);
    private readonly Linear _o_proj = weights.Linear(config.heads.Width, config.attention_bias, ($"{prefix}.o_proj", config.hidden_size));
    private readonly AttentionRule _rule = new(1 / MathF.Sqrt(config.heads.Size), config.sliding_window);

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, (heads + 2 * keyValueHeads) * size]
        var (query, key) = (config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv));
        pass.Rotate(query, config.rotary);
        pass.Rotate(key, config.rotary);
        return pass.Linear(_o_proj, pass.Attend(block, query, key, config.heads.ValuesOf(qkv), _rule));
    }
}

/// <summary>Feed-forward part: w2(silu(w1(x)) * w3(x)).</summary>
internal sealed class PhiMoeMLP(PhiMoeConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _gate_up_proj = weights.Linear(
        config.hidden_size,
        bias: false,
        ($"{prefix}.w1", config.intermediate_size),
        ($"{prefix}.w3", config.intermediate_size));

    private readonly Linear _down_proj = weights.Linear(config.intermediate_size, bias: false, ($"{prefix}.w2", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.Gated(_gate_up_proj, _down_proj, x, config.hidden_act);
}

/// <summary>A mixture of experts: a router scores them, and the best two work on the token.</summary>
internal sealed class PhiMoeSparseMoeBlock(PhiMoeConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _gate = weights.Linear(config.hidden_size, bias: false, ($"{prefix}.gate", config.num_local_experts));
    private readonly RoutingRule _rule = new(2, Renormalise: false) { SparseMixer = 2 * config.router_jitter_noise };

    private readonly PhiMoeMLP[] _experts =
    [
        .. Enumerable.Range(0, config.num_local_experts).Select(expert => new PhiMoeMLP(config, weights, $"{prefix}.experts.{expert}")),
    ];

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) =>
        pass.Experts(x, pass.Linear(_gate, x), _rule, (expert, rows) => _experts[expert].Forward(rows, pass));
}

/// <summary>A block: x + attention(norm(x)), then x + feed-forward(norm(x)).</summary>
internal sealed class PhiMoeDecoderLayer(PhiMoeConfig config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly LayerNormWeights _input_layernorm = weights.LayerNorm($"{prefix}.input_layernorm", config.hidden_size, config.rms_norm_eps);
    private readonly PhiMoeAttention _self_attn = new(config, weights, $"{prefix}.self_attn", block);
    private readonly LayerNormWeights _post_attention_layernorm =
        weights.LayerNorm($"{prefix}.post_attention_layernorm", config.hidden_size, config.rms_norm_eps);
    private readonly PhiMoeSparseMoeBlock _block_sparse_moe = new(config, weights, $"{prefix}.block_sparse_moe");

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _self_attn.Forward(pass.LayerNorm(x, _input_layernorm), pass));
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, _block_sparse_moe.Forward(pass.LayerNorm(x, _post_attention_layernorm), pass));
    }
}

/// <summary>The model.</summary>
internal sealed class PhiMoeForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly PhiMoeConfig _config;
    private readonly torch.Tensor _embed;
    private readonly PhiMoeDecoderLayer[] _layers;
    private readonly LayerNormWeights _norm;
    private readonly Linear _head;

    public PhiMoeForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new PhiMoeConfig(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new PhiMoeDecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
        ];
        _norm = weights.LayerNorm($"{prefix}norm", _config.hidden_size, _config.rms_norm_eps);
        _head = weights.Head(
            _config.hidden_size,
            _config.vocab_size,
            "lm_head",
            _config.tie_word_embeddings ? $"{prefix}embed_tokens" : null,
            bias: _config.lm_head_bias ? "lm_head.bias" : null);
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
        pass.Run(x, _layers, last => pass.LayerNorm(last, _norm), _head);
    }
}

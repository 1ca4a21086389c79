// MiniMax M2 (MiniMax 2025): norms over all queries and all keys, rotary positions on a part of each head, and mixtures of experts that a sigmoid scores,
// chosen with a bias that their weights do not have. Read beside transformers' modeling_minimax_m2.py. Tensors are float32; [tokens, ...] is a packed batch of
// several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a MiniMax M2.</summary>
internal sealed class MiniMaxM2Config
{
    public MiniMaxM2Config(ModelConfig config)
    {
        config.Ignore("router_aux_loss_coef", "output_router_logits");
        config.Ignore("router_jitter_noise");
        config.Require("qk_norm_type", "per_layer");
        config.Require("use_qk_norm", "true");
        config.Require("use_routing_bias", "true");
        config.Require("scoring_func", "sigmoid");
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        intermediate_size = config.Size("intermediate_size");
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 196608;
        rms_norm_eps = (float)config.Number("rms_norm_eps", 1e-6);
        hidden_act = Activations.FromConfig(config, "hidden_act", "silu");
        (num_local_experts, num_experts_per_tok) = (config.Size("num_local_experts"), config.Size("num_experts_per_tok"));
        if (num_experts_per_tok > num_local_experts)
        {
            throw config.Broken($"a token cannot go to {num_experts_per_tok} of {num_local_experts} experts");
        }

        tie_word_embeddings = config.Flag("tie_word_embeddings", false);
        heads = HeadLayout.Read(config, hidden_size);
        rotary = RotaryConfig.PartialFromConfig(config, heads.Size, (double)(config.OptionalSize("rotary_dim") ?? heads.Size) / heads.Size, 5000000);
    }

    public int vocab_size { get; }

    public int hidden_size { get; }

    public int num_hidden_layers { get; }

    public int intermediate_size { get; }

    public int max_position_embeddings { get; }

    public float rms_norm_eps { get; }

    public bool tie_word_embeddings { get; }

    public Activation hidden_act { get; }

    public int num_local_experts { get; }

    public int num_experts_per_tok { get; }

    public HeadLayout heads { get; }

    public RotaryEmbedding rotary { get; }

    public ModelSizes Sizes(long parameters) =>
        heads.Sizes(num_hidden_layers, hidden_size, vocab_size, max_position_embeddings, rotary, parameters);
}

/// <summary>Attention: grouped queries, rotary positions, causal within each sequence.</summary>
internal sealed class MiniMaxM2Attention(MiniMaxM2Config config, ModelWeights weights, string prefix, int block)
{
    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _qkv_proj = config.heads.Projection(weights, config.hidden_size, bias: false, prefix);
    private readonly Linear _o_proj = weights.Linear(config.heads.Width, bias: false, ($"{prefix}.o_proj", config.hidden_size));
    private readonly torch.Tensor _q_norm = weights.Vector($"{prefix}.q_norm.weight", config.heads.Width);
    private readonly torch.Tensor _k_norm = weights.Vector($"{prefix}.k_norm.weight", config.heads.KeyWidth);
    private readonly AttentionRule _rule = new(1 / MathF.Sqrt(config.heads.Size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, (heads + 2 * keyValueHeads) * size]
        var (query, key) = (config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv));
        pass.NormHeads(new Heads(qkv, 0, 1, config.heads.Width), _q_norm, config.rms_norm_eps);
        pass.NormHeads(new Heads(qkv, config.heads.Width, 1, config.heads.KeyWidth), _k_norm, config.rms_norm_eps);
        pass.Rotate(query, config.rotary);
        pass.Rotate(key, config.rotary);
        return pass.Linear(_o_proj, pass.Attend(block, query, key, config.heads.ValuesOf(qkv), _rule));
    }
}

/// <summary>Feed-forward part: w2(silu(w1(x)) * w3(x)).</summary>
internal sealed class MiniMaxM2MLP(MiniMaxM2Config config, ModelWeights weights, string prefix)
{
    private readonly Linear _gate_up_proj = weights.Linear(
        config.hidden_size,
        bias: false,
        ($"{prefix}.w1", config.intermediate_size),
        ($"{prefix}.w3", config.intermediate_size));

    private readonly Linear _down_proj = weights.Linear(config.intermediate_size, bias: false, ($"{prefix}.w2", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.Gated(_gate_up_proj, _down_proj, x, config.hidden_act);
}

/// <summary>A mixture of experts: a router scores them, and the best work on the token.</summary>
internal sealed class MiniMaxM2SparseMoeBlock(MiniMaxM2Config config, ModelWeights weights, string prefix)
{
    private readonly Linear _gate = weights.Linear(config.hidden_size, bias: false, ($"{prefix}.gate", config.num_local_experts));

    private readonly RoutingRule _rule = new(config.num_experts_per_tok, Renormalise: true)
    {
        Sigmoid = true,
        Bias = weights.Numbers($"{prefix}.e_score_correction_bias", config.num_local_experts),
    };

    private readonly MiniMaxM2MLP[] _experts =
    [
        .. Enumerable.Range(0, config.num_local_experts).Select(expert => new MiniMaxM2MLP(config, weights, $"{prefix}.experts.{expert}")),
    ];

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) =>
        pass.Experts(x, pass.Linear(_gate, x), _rule, (expert, rows) => _experts[expert].Forward(rows, pass));
}

/// <summary>A block: x + attention(norm(x)), then x + feed-forward(norm(x)).</summary>
internal sealed class MiniMaxM2DecoderLayer(MiniMaxM2Config config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly torch.Tensor _input_layernorm = weights.Vector($"{prefix}.input_layernorm.weight", config.hidden_size);
    private readonly MiniMaxM2Attention _self_attn = new(config, weights, $"{prefix}.self_attn", block);
    private readonly torch.Tensor _post_attention_layernorm = weights.Vector($"{prefix}.post_attention_layernorm.weight", config.hidden_size);
    private readonly MiniMaxM2SparseMoeBlock _block_sparse_moe = new(config, weights, $"{prefix}.block_sparse_moe");

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _self_attn.Forward(pass.RmsNorm(x, _input_layernorm, config.rms_norm_eps), pass));
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, _block_sparse_moe.Forward(pass.RmsNorm(x, _post_attention_layernorm, config.rms_norm_eps), pass));
    }
}

/// <summary>The model.</summary>
internal sealed class MiniMaxM2ForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq", "mtp.*"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly MiniMaxM2Config _config;
    private readonly torch.Tensor _embed;
    private readonly MiniMaxM2DecoderLayer[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _head;

    public MiniMaxM2ForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new MiniMaxM2Config(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new MiniMaxM2DecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
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

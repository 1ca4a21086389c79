// Granite 3 MoE (IBM 2024): as Granite except feed-forward parts that are mixtures of experts, of one tensor each. Read beside transformers'
// modeling_granitemoe.py. Tensors are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a Granite MoE.</summary>
internal sealed class GraniteMoeConfig
{
    public GraniteMoeConfig(ModelConfig config)
    {
        config.Ignore("router_aux_loss_coef", "output_router_logits");
        config.Require("position_embedding_type", "rope");
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        intermediate_size = config.Size("intermediate_size");
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 2048;
        rms_norm_eps = (float)config.Number("rms_norm_eps", 1e-6);
        hidden_act = Activations.FromConfig(config, "hidden_act", "silu");
        (embedding_multiplier, logits_scaling) = ((float)config.Number("embedding_multiplier", 1), (float)config.Positive("logits_scaling", 1));
        residual_multiplier = (float)config.Number("residual_multiplier", 1);
        attention_multiplier = (float)config.Positive("attention_multiplier", 1);
        (num_local_experts, num_experts_per_tok) = (config.OptionalSize("num_local_experts") ?? 8, config.OptionalSize("num_experts_per_tok") ?? 2);
        if (num_experts_per_tok > num_local_experts)
        {
            throw config.Broken($"a token cannot go to {num_experts_per_tok} of {num_local_experts} experts");
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

    public float embedding_multiplier { get; }

    public float residual_multiplier { get; }

    public float attention_multiplier { get; }

    public float logits_scaling { get; }

    public int num_local_experts { get; }

    public int num_experts_per_tok { get; }

    public HeadLayout heads { get; }

    public RotaryEmbedding rotary { get; }

    public ModelSizes Sizes(long parameters) =>
        heads.Sizes(num_hidden_layers, hidden_size, vocab_size, max_position_embeddings, rotary, parameters);
}

/// <summary>Attention: grouped queries, rotary positions, causal within each sequence.</summary>
internal sealed class GraniteMoeAttention(GraniteMoeConfig config, ModelWeights weights, string prefix, int block)
{
    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _qkv_proj = config.heads.Projection(weights, config.hidden_size, config.attention_bias, prefix);
    private readonly Linear _o_proj = weights.Linear(config.heads.Width, config.attention_bias, ($"{prefix}.o_proj", config.hidden_size));
    private readonly AttentionRule _rule = new(config.attention_multiplier);

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, (heads + 2 * keyValueHeads) * size]
        var (query, key) = (config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv));
        pass.Rotate(query, config.rotary);
        pass.Rotate(key, config.rotary);
        return pass.Linear(_o_proj, pass.Attend(block, query, key, config.heads.ValuesOf(qkv), _rule));
    }
}

/// <summary>A mixture of experts: a router scores them, and the best work on the token.</summary>
internal sealed class GraniteMoeMoE(GraniteMoeConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _router = weights.Linear(config.hidden_size, bias: false, ($"{prefix}.router.layer", config.num_local_experts));

    private readonly Linear[] _input_linear = weights.Experts(
        $"{prefix}.input_linear.weight",
        config.num_local_experts,
        config.hidden_size,
        2 * config.intermediate_size,
        transposed: false);

    private readonly Linear[] _output_linear = weights.Experts(
        $"{prefix}.output_linear.weight",
        config.num_local_experts,
        config.intermediate_size,
        config.hidden_size,
        transposed: false);

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.Experts(
        x,
        pass.Linear(_router, x),
        config.num_experts_per_tok,
        renormalise: true,
        (expert, rows) => pass.Gated(_input_linear[expert], _output_linear[expert], rows, config.hidden_act));
}

/// <summary>A block: x + attention(norm(x)), then x + feed-forward(norm(x)).</summary>
internal sealed class GraniteMoeDecoderLayer(GraniteMoeConfig config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly torch.Tensor _input_layernorm = weights.Vector($"{prefix}.input_layernorm.weight", config.hidden_size);
    private readonly GraniteMoeAttention _self_attn = new(config, weights, $"{prefix}.self_attn", block);
    private readonly torch.Tensor _post_attention_layernorm = weights.Vector($"{prefix}.post_attention_layernorm.weight", config.hidden_size);
    private readonly GraniteMoeMoE _block_sparse_moe = new(config, weights, $"{prefix}.block_sparse_moe");

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        var attention = _self_attn.Forward(pass.RmsNorm(x, _input_layernorm, config.rms_norm_eps), pass);
        pass.Scale(attention, config.residual_multiplier);
        pass.AddBranch(SiteKind.AttentionOutput, block, x, attention);
        var feedForward = _block_sparse_moe.Forward(pass.RmsNorm(x, _post_attention_layernorm, config.rms_norm_eps), pass);
        pass.Scale(feedForward, config.residual_multiplier);
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, feedForward);
    }
}

/// <summary>The model.</summary>
internal sealed class GraniteMoeForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly GraniteMoeConfig _config;
    private readonly torch.Tensor _embed;
    private readonly GraniteMoeDecoderLayer[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _head;

    public GraniteMoeForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new GraniteMoeConfig(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new GraniteMoeDecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
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
        pass.Scale(x, _config.embedding_multiplier);
        pass.Run(x, _layers, last => pass.RmsNorm(last, _norm, _config.rms_norm_eps), _head, logits => pass.Scale(logits, 1 / _config.logits_scaling));
    }
}

// gpt-oss (OpenAI 2025): sinks in attention, windows in every second layer, biases of all four projections, and mixtures of experts whose gate and up are
// neighbours, held within a limit, and multiplied as (up + 1) * gate / (1 + exp(-1.702 gate)). Read beside transformers' modeling_gpt_oss.py. Tensors are
// float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a gpt-oss.</summary>
internal sealed class GptOssConfig
{
    public GptOssConfig(ModelConfig config)
    {
        config.Ignore("router_aux_loss_coef", "output_router_logits");
        config.Require("swiglu_limit", "7", "7.0");
        config.Require("hidden_act", "silu");
        // Other names of what is read below.
        config.Ignore("experts_per_token", "initial_context_length");
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        intermediate_size = config.Size("intermediate_size");
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 131072;
        rms_norm_eps = (float)config.Number("rms_norm_eps", 1e-5);
        (num_local_experts, num_experts_per_tok) = (config.OptionalSize("num_local_experts") ?? 128, config.OptionalSize("num_experts_per_tok") ?? 4);
        windows = LayerTypes.Windows(config, num_hidden_layers, config.SizeUnlessNull("sliding_window", 128), layer => layer % 2 == 0);
        if (num_experts_per_tok > num_local_experts)
        {
            throw config.Broken($"a token cannot go to {num_experts_per_tok} of {num_local_experts} experts");
        }

        attention_bias = config.Flag("attention_bias", true);
        tie_word_embeddings = config.Flag("tie_word_embeddings", false);
        var (queries, keyValues) = (config.Size("num_attention_heads"), config.Size("num_key_value_heads"));
        heads = HeadLayout.Of(config, hidden_size, queries, keyValues, config.SizeUnlessNull("head_dim", 64));
        rotary = RotaryConfig.FromConfig(config, heads.Size, 150000);
    }

    public int vocab_size { get; }

    public int hidden_size { get; }

    public int num_hidden_layers { get; }

    public int intermediate_size { get; }

    public int max_position_embeddings { get; }

    public float rms_norm_eps { get; }

    public bool attention_bias { get; }

    public bool tie_word_embeddings { get; }

    public int num_local_experts { get; }

    public int num_experts_per_tok { get; }

    /// <summary>The window of each layer; null: none.</summary>
    public IReadOnlyList<int?> windows { get; }

    public HeadLayout heads { get; }

    public RotaryEmbedding rotary { get; }

    public ModelSizes Sizes(long parameters) =>
        heads.Sizes(num_hidden_layers, hidden_size, vocab_size, max_position_embeddings, rotary, parameters);
}

/// <summary>Attention: grouped queries, rotary positions, causal within each sequence.</summary>
internal sealed class GptOssAttention(GptOssConfig config, ModelWeights weights, string prefix, int block)
{
    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _qkv_proj = config.heads.Projection(weights, config.hidden_size, config.attention_bias, prefix);
    private readonly Linear _o_proj = weights.Linear(config.heads.Width, config.attention_bias, ($"{prefix}.o_proj", config.hidden_size));
    private readonly AttentionRule _rule = new(
        1 / MathF.Sqrt(config.heads.Size),
        config.windows[block],
        Sinks: weights.Vector($"{prefix}.sinks", config.heads.Queries));

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
internal sealed class GptOssMLP(GptOssConfig config, ModelWeights weights, string prefix)
{
    private const double Limit = 7;

    private readonly Linear _router = weights.Linear(config.hidden_size, bias: true, ($"{prefix}.router", config.num_local_experts));

    // Stored as gate, up, gate, up; outputs: all gates, all ups.
    private readonly Linear[] _gate_up_proj = weights.Experts(
        $"{prefix}.experts.gate_up_proj",
        config.num_local_experts,
        config.hidden_size,
        2 * config.intermediate_size,
        transposed: true,
        $"{prefix}.experts.gate_up_proj_bias",
        [.. Enumerable.Range(0, 2 * config.intermediate_size).Select(i => (2 * (i % config.intermediate_size)) + (i / config.intermediate_size))]);

    private readonly Linear[] _down_proj = weights.Experts(
        $"{prefix}.experts.down_proj",
        config.num_local_experts,
        config.intermediate_size,
        config.hidden_size,
        transposed: true,
        $"{prefix}.experts.down_proj_bias");

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) =>
        pass.Experts(x, pass.Linear(_router, x), config.num_experts_per_tok, renormalise: true, (expert, rows) => Expert(expert, rows, pass));

    private torch.Tensor Expert(int expert, torch.Tensor rows, ForwardPass pass)
    {
        var (both, inner) = (pass.Linear(_gate_up_proj[expert], rows), config.intermediate_size); // [rows, 2 * intermediate_size]
        var gate = Ops.Clamp(both.narrow(1, 0, inner), double.NegativeInfinity, Limit).contiguous();
        var up = Ops.Add(Ops.Clamp(both.narrow(1, inner, inner), -Limit, Limit), 1);
        pass.Activate(gate, Activation.QuickGelu);
        pass.Multiply(gate, up);
        return pass.Linear(_down_proj[expert], gate);
    }
}

/// <summary>A block: x + attention(norm(x)), then x + feed-forward(norm(x)).</summary>
internal sealed class GptOssDecoderLayer(GptOssConfig config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly torch.Tensor _input_layernorm = weights.Vector($"{prefix}.input_layernorm.weight", config.hidden_size);
    private readonly GptOssAttention _self_attn = new(config, weights, $"{prefix}.self_attn", block);
    private readonly torch.Tensor _post_attention_layernorm = weights.Vector($"{prefix}.post_attention_layernorm.weight", config.hidden_size);
    private readonly GptOssMLP _mlp = new(config, weights, $"{prefix}.mlp");

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _self_attn.Forward(pass.RmsNorm(x, _input_layernorm, config.rms_norm_eps), pass));
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, _mlp.Forward(pass.RmsNorm(x, _post_attention_layernorm, config.rms_norm_eps), pass));
    }
}

/// <summary>The model.</summary>
internal sealed class GptOssForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly GptOssConfig _config;
    private readonly torch.Tensor _embed;
    private readonly GptOssDecoderLayer[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _head;

    public GptOssForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new GptOssConfig(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new GptOssDecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
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

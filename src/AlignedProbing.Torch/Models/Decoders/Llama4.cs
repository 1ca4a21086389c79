// Llama 4 (Meta 2025), its language model: rotary positions of neighbours in layers that see chunks, whose queries and keys are normed after they are rotated;
// none in layers that see all, whose queries grow with their position; and mixtures of experts, beside one MLP that works on every token, whose router weighs
// what they are given. Read beside transformers' modeling_llama4.py. Tensors are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a Llama 4.</summary>
internal sealed class Llama4TextConfig
{
    public Llama4TextConfig(ModelConfig config)
    {
        config.Ignore("router_aux_loss_coef", "output_router_logits");
        config.Ignore("router_jitter_noise");
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        intermediate_size = config.Size("intermediate_size");
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 131072;
        rms_norm_eps = (float)config.Number("rms_norm_eps", 1e-5);
        hidden_act = Activations.FromConfig(config, "hidden_act", "silu");
        intermediate_size_mlp = config.Size("intermediate_size_mlp");
        (num_local_experts, num_experts_per_tok) = (config.OptionalSize("num_local_experts") ?? 16, config.OptionalSize("num_experts_per_tok") ?? 1);
        (attention_chunk_size, use_qk_norm) = (config.SizeUnlessNull("attention_chunk_size", 8192), config.Flag("use_qk_norm", true));
        attn_temperature_tuning = config.FlagOrNumber("attn_temperature_tuning", true);
        (floor_scale, attn_scale) = ((float)config.Positive("floor_scale", 8192), (float)config.Number("attn_scale", 0.1));
        var (interval, rotates) = (config.OptionalSize("no_rope_layer_interval") ?? 4, config.Numbers("no_rope_layers") ?? []);
        rotated = rotates.Count == 0
            ? [.. Enumerable.Range(0, num_hidden_layers).Select(layer => (layer + 1) % interval != 0)]
            : [.. rotates.Select(flag => flag != 0)];
        var types = config.Texts("layer_types");
        if (rotated.Count != num_hidden_layers
            || (types is not null && !types.SequenceEqual(rotated.Select(turns => turns ? "chunked_attention" : "full_attention"))))
        {
            throw config.Unsupported("layer_types and no_rope_layers that do not say the same of every layer");
        }

        var (step, mixtures) = (config.OptionalSize("interleave_moe_layer_step") ?? 1, config.Numbers("moe_layers"));
        sparse = [.. Enumerable.Range(0, num_hidden_layers).Select(layer => mixtures?.Contains(layer) ?? (layer + 1) % step == 0)];
        if (num_experts_per_tok > num_local_experts)
        {
            throw config.Broken($"a token cannot go to {num_experts_per_tok} of {num_local_experts} experts");
        }

        attention_bias = config.Flag("attention_bias", false);
        tie_word_embeddings = config.Flag("tie_word_embeddings", false);
        heads = HeadLayout.Read(config, hidden_size);
        rotary = RotaryConfig.FromConfig(config, heads.Size, 500000).OfNeighbours();
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

    public int intermediate_size_mlp { get; }

    public int num_local_experts { get; }

    public int num_experts_per_tok { get; }

    public int? attention_chunk_size { get; }

    public bool use_qk_norm { get; }

    public bool attn_temperature_tuning { get; }

    public float floor_scale { get; }

    public float attn_scale { get; }

    /// <summary>Whether each layer turns its heads and sees chunks.</summary>
    public IReadOnlyList<bool> rotated { get; }

    /// <summary>Whether each layer is a mixture of experts; otherwise its feed-forward part is one MLP.</summary>
    public IReadOnlyList<bool> sparse { get; }

    public HeadLayout heads { get; }

    public RotaryEmbedding rotary { get; }

    public ModelSizes Sizes(long parameters) =>
        heads.Sizes(num_hidden_layers, hidden_size, vocab_size, max_position_embeddings, rotary, parameters);
}

/// <summary>Attention: grouped queries, rotary positions, causal within each sequence.</summary>
internal sealed class Llama4TextAttention(Llama4TextConfig config, ModelWeights weights, string prefix, int block)
{
    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _qkv_proj = config.heads.Projection(weights, config.hidden_size, config.attention_bias, prefix);
    private readonly Linear _o_proj = weights.Linear(config.heads.Width, config.attention_bias, ($"{prefix}.o_proj", config.hidden_size));
    private readonly torch.Tensor? _ones = config.use_qk_norm && config.rotated[block] ? weights.Ones(config.heads.Size) : null;
    private readonly AttentionRule _rule = new(1 / MathF.Sqrt(config.heads.Size), Chunk: config.rotated[block] ? config.attention_chunk_size : null);

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, (heads + 2 * keyValueHeads) * size]
        var (query, key) = (config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv));
        if (config.rotated[block])
        {
            pass.Rotate(query, config.rotary);
            pass.Rotate(key, config.rotary);
        }

        if (_ones is not null)
        {
            pass.NormHeads(query, _ones, config.rms_norm_eps);
            pass.NormHeads(key, _ones, config.rms_norm_eps);
        }

        if (config.attn_temperature_tuning && !config.rotated[block])
        {
            var grown = pass.OfPositions(at => (MathF.Log(1 + MathF.Floor((at + 1) / config.floor_scale)) * config.attn_scale) + 1);
            pass.Multiply(qkv.narrow(1, 0, config.heads.Width), grown);
        }

        return pass.Linear(_o_proj, pass.Attend(block, query, key, config.heads.ValuesOf(qkv), _rule));
    }
}

/// <summary>An MLP, or an expert: down_proj(silu(gate_proj(x)) * up_proj(x)).</summary>
internal sealed class Llama4TextMLP(Llama4TextConfig config, ModelWeights weights, string prefix, int width)
{
    private readonly Linear _gate_up = weights.Linear(config.hidden_size, bias: false, ($"{prefix}.gate_proj", width), ($"{prefix}.up_proj", width));
    private readonly Linear _down = weights.Linear(width, bias: false, ($"{prefix}.down_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.Gated(_gate_up, _down, x, config.hidden_act);
}

/// <summary>A mixture of experts beside one MLP.</summary>
internal sealed class Llama4TextMoe(Llama4TextConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _router = weights.Linear(config.hidden_size, bias: false, ($"{prefix}.router", config.num_local_experts));
    private readonly RoutingRule _rule = new(config.num_experts_per_tok, Renormalise: false) { Sigmoid = true, WeighsInput = true };

    private readonly Linear[] _gate_up_proj = weights.Experts(
        $"{prefix}.experts.gate_up_proj",
        config.num_local_experts,
        config.hidden_size,
        2 * config.intermediate_size,
        transposed: true);

    private readonly Linear[] _down_proj = weights.Experts(
        $"{prefix}.experts.down_proj",
        config.num_local_experts,
        config.intermediate_size,
        config.hidden_size,
        transposed: true);

    private readonly Llama4TextMLP _shared_expert = new(config, weights, $"{prefix}.shared_expert", config.intermediate_size);

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var result = _shared_expert.Forward(x, pass);
        pass.Add(result, pass.Experts(x, pass.Linear(_router, x), _rule, Expert));
        return result;

        torch.Tensor Expert(int expert, torch.Tensor rows) => pass.Gated(_gate_up_proj[expert], _down_proj[expert], rows, config.hidden_act);
    }
}

/// <summary>A block: x + attention(norm(x)), then x + feed-forward(norm(x)), which is a mixture of experts or one MLP.</summary>
internal sealed class Llama4TextDecoderLayer(Llama4TextConfig config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly torch.Tensor _input_layernorm = weights.Vector($"{prefix}.input_layernorm.weight", config.hidden_size);
    private readonly Llama4TextAttention _self_attn = new(config, weights, $"{prefix}.self_attn", block);
    private readonly torch.Tensor _post_attention_layernorm = weights.Vector($"{prefix}.post_attention_layernorm.weight", config.hidden_size);
    private readonly Llama4TextMLP? _dense = config.sparse[block] ? null : new(config, weights, $"{prefix}.feed_forward", config.intermediate_size_mlp);
    private readonly Llama4TextMoe? _sparse = config.sparse[block] ? new(config, weights, $"{prefix}.feed_forward") : null;

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _self_attn.Forward(pass.RmsNorm(x, _input_layernorm, config.rms_norm_eps), pass));
        var normed = pass.RmsNorm(x, _post_attention_layernorm, config.rms_norm_eps);
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, _dense?.Forward(normed, pass) ?? _sparse!.Forward(normed, pass));
    }
}

/// <summary>The model.</summary>
internal sealed class Llama4ForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly Llama4TextConfig _config;
    private readonly torch.Tensor _embed;
    private readonly Llama4TextDecoderLayer[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _head;

    public Llama4ForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new Llama4TextConfig(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new Llama4TextDecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
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

// StableLM (Stability AI 2024): as Llama except layer norms with biases, rotary positions on a part of each head, norms of each head's own where the file has
// them, and attention and feed-forward part beside one another where it says so. Read beside transformers' modeling_stablelm.py. Tensors are float32; [tokens,
// ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a StableLM.</summary>
internal sealed class StableLmConfig
{
    public StableLmConfig(ModelConfig config)
    {
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        intermediate_size = config.Size("intermediate_size");
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 4096;
        layer_norm_eps = (float)config.Number("layer_norm_eps", 1e-5);
        hidden_act = Activations.FromConfig(config, "hidden_act", "silu");
        (use_qkv_bias, qk_layernorm) = (config.Flag("use_qkv_bias", false), config.Flag("qk_layernorm", false));
        (use_parallel_residual, tie_word_embeddings) = (config.Flag("use_parallel_residual", false), config.Flag("tie_word_embeddings", false));
        heads = HeadLayout.Read(config, hidden_size);
        rotary = RotaryConfig.PartialFromConfig(config, heads.Size, 0.25);
    }

    public int vocab_size { get; }

    public int hidden_size { get; }

    public int num_hidden_layers { get; }

    public int intermediate_size { get; }

    public int max_position_embeddings { get; }

    public float layer_norm_eps { get; }

    public Activation hidden_act { get; }

    public bool use_qkv_bias { get; }

    public bool qk_layernorm { get; }

    public bool use_parallel_residual { get; }

    public bool tie_word_embeddings { get; }

    public HeadLayout heads { get; }

    public RotaryEmbedding rotary { get; }

    public ModelSizes Sizes(long parameters) =>
        heads.Sizes(num_hidden_layers, hidden_size, vocab_size, max_position_embeddings, rotary, parameters);
}

/// <summary>Attention: grouped queries, rotary positions, causal within each sequence.</summary>
internal sealed class StableLmAttention(StableLmConfig config, ModelWeights weights, string prefix, int block)
{
    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _qkv_proj = config.heads.Projection(weights, config.hidden_size, config.use_qkv_bias, prefix);
    private readonly Linear _o_proj = weights.Linear(config.heads.Width, bias: false, ($"{prefix}.o_proj", config.hidden_size));
    private readonly LayerNormWeights? _q_layernorm = Norm(config, weights, $"{prefix}.q_layernorm", config.heads.Queries);
    private readonly LayerNormWeights? _k_layernorm = Norm(config, weights, $"{prefix}.k_layernorm", config.heads.KeyValues);
    private readonly AttentionRule _rule = new(1 / MathF.Sqrt(config.heads.Size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, (heads + 2 * keyValueHeads) * size]
        var (query, key) = (config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv));
        if (_q_layernorm is not null && _k_layernorm is not null)
        {
            pass.NormHeads(query, _q_layernorm);
            pass.NormHeads(key, _k_layernorm);
        }

        pass.Rotate(query, config.rotary);
        pass.Rotate(key, config.rotary);
        return pass.Linear(_o_proj, pass.Attend(block, query, key, config.heads.ValuesOf(qkv), _rule));
    }

    private static LayerNormWeights? Norm(StableLmConfig config, ModelWeights weights, string name, int heads) => config.qk_layernorm
        ? weights.LayerNormOfHeads(Enumerable.Range(0, heads).Select(head => $"{name}.norms.{head}.weight"), config.heads.Size, config.layer_norm_eps)
        : null;
}

/// <summary>Feed-forward part: down_proj(silu(gate_proj(x)) * up_proj(x)).</summary>
internal sealed class StableLmMLP(StableLmConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _gate_up_proj = weights.Linear(
        config.hidden_size,
        bias: false,
        ($"{prefix}.gate_proj", config.intermediate_size),
        ($"{prefix}.up_proj", config.intermediate_size));

    private readonly Linear _down_proj = weights.Linear(config.intermediate_size, bias: false, ($"{prefix}.down_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.Gated(_gate_up_proj, _down_proj, x, config.hidden_act);
}

/// <summary>A block: x + attention(norm(x)), then x + feed-forward(norm(x)); with use_parallel_residual both read one norm.</summary>
internal sealed class StableLmDecoderLayer(StableLmConfig config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly LayerNormWeights _input_layernorm = weights.LayerNorm($"{prefix}.input_layernorm", config.hidden_size, config.layer_norm_eps);
    private readonly StableLmAttention _self_attn = new(config, weights, $"{prefix}.self_attn", block);

    private readonly LayerNormWeights? _post_attention_layernorm = config.use_parallel_residual
        ? null
        : weights.LayerNorm($"{prefix}.post_attention_layernorm", config.hidden_size, config.layer_norm_eps);

    private readonly StableLmMLP _mlp = new(config, weights, $"{prefix}.mlp");

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        var normed = pass.LayerNorm(x, _input_layernorm);
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _self_attn.Forward(normed, pass));
        var second = _post_attention_layernorm is null ? normed : pass.LayerNorm(x, _post_attention_layernorm);
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, _mlp.Forward(second, pass));
    }
}

/// <summary>The model.</summary>
internal sealed class StableLmForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly StableLmConfig _config;
    private readonly torch.Tensor _embed;
    private readonly StableLmDecoderLayer[] _layers;
    private readonly LayerNormWeights _norm;
    private readonly Linear _head;

    public StableLmForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new StableLmConfig(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new StableLmDecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
        ];
        _norm = weights.LayerNorm($"{prefix}norm", _config.hidden_size, _config.layer_norm_eps);
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
        pass.Run(x, _layers, last => pass.LayerNorm(last, _norm), _head);
    }
}

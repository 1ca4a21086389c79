// Command R and Aya (Cohere 2024): one layer norm of a block, without bias, for attention and feed-forward part, which stand beside one another, rotary
// positions of neighbours, norms of each head's own where the file has them, scaled logits, tied head. Read beside transformers' modeling_cohere.py. Tensors
// are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a Command R.</summary>
internal sealed class CohereConfig
{
    public CohereConfig(ModelConfig config)
    {
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        intermediate_size = config.Size("intermediate_size");
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 8192;
        layer_norm_eps = (float)config.Number("layer_norm_eps", 1e-5);
        hidden_act = Activations.FromConfig(config, "hidden_act", "silu");
        logit_scale = (float)config.Number("logit_scale", 0.0625);
        (attention_bias, tie_word_embeddings) = (config.Flag("attention_bias", false), config.Flag("tie_word_embeddings", true));
        use_qk_norm = config.Flag("use_qk_norm", false);
        heads = HeadLayout.Read(config, hidden_size);
        rotary = RotaryConfig.FromConfig(config, heads.Size).OfNeighbours();
    }

    public int vocab_size { get; }

    public int hidden_size { get; }

    public int num_hidden_layers { get; }

    public int intermediate_size { get; }

    public int max_position_embeddings { get; }

    public float layer_norm_eps { get; }

    public Activation hidden_act { get; }

    public float logit_scale { get; }

    public bool attention_bias { get; }

    public bool tie_word_embeddings { get; }

    public bool use_qk_norm { get; }

    public HeadLayout heads { get; }

    public RotaryEmbedding rotary { get; }

    public ModelSizes Sizes(long parameters) =>
        heads.Sizes(num_hidden_layers, hidden_size, vocab_size, max_position_embeddings, rotary, parameters);
}

/// <summary>Attention: grouped queries, rotary positions, causal within each sequence.</summary>
internal sealed class CohereAttention(CohereConfig config, ModelWeights weights, string prefix, int block)
{
    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _qkv_proj = config.heads.Projection(weights, config.hidden_size, config.attention_bias, prefix);
    private readonly Linear _o_proj = weights.Linear(config.heads.Width, config.attention_bias, ($"{prefix}.o_proj", config.hidden_size));
    private readonly LayerNormWeights? _q_norm = Norm(config, weights, $"{prefix}.q_norm.weight", config.heads.Queries);
    private readonly LayerNormWeights? _k_norm = Norm(config, weights, $"{prefix}.k_norm.weight", config.heads.KeyValues);
    private readonly AttentionRule _rule = new(1 / MathF.Sqrt(config.heads.Size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, (heads + 2 * keyValueHeads) * size]
        var (query, key) = (config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv));
        if (_q_norm is not null && _k_norm is not null)
        {
            pass.NormHeads(query, _q_norm);
            pass.NormHeads(key, _k_norm);
        }

        pass.Rotate(query, config.rotary);
        pass.Rotate(key, config.rotary);
        return pass.Linear(_o_proj, pass.Attend(block, query, key, config.heads.ValuesOf(qkv), _rule));
    }

    private static LayerNormWeights? Norm(CohereConfig config, ModelWeights weights, string name, int heads) =>
        config.use_qk_norm ? weights.LayerNormOfHeads(name, heads, config.heads.Size, config.layer_norm_eps) : null;
}

/// <summary>Feed-forward part: down_proj(silu(gate_proj(x)) * up_proj(x)).</summary>
internal sealed class CohereMLP(CohereConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _gate_up_proj = weights.Linear(
        config.hidden_size,
        bias: false,
        ($"{prefix}.gate_proj", config.intermediate_size),
        ($"{prefix}.up_proj", config.intermediate_size));

    private readonly Linear _down_proj = weights.Linear(config.intermediate_size, bias: false, ($"{prefix}.down_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.Gated(_gate_up_proj, _down_proj, x, config.hidden_act);
}

/// <summary>A block: x + attention(norm(x)) + feed-forward(norm(x)).</summary>
internal sealed class CohereDecoderLayer(CohereConfig config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly LayerNormWeights _input_layernorm = weights.LayerNormWithoutBias($"{prefix}.input_layernorm", config.hidden_size, config.layer_norm_eps);
    private readonly CohereAttention _self_attn = new(config, weights, $"{prefix}.self_attn", block);
    private readonly CohereMLP _mlp = new(config, weights, $"{prefix}.mlp");

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        var normed = pass.LayerNorm(x, _input_layernorm);
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _self_attn.Forward(normed, pass));
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, _mlp.Forward(normed, pass));
    }
}

/// <summary>The model.</summary>
internal sealed class CohereForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly CohereConfig _config;
    private readonly torch.Tensor _embed;
    private readonly CohereDecoderLayer[] _layers;
    private readonly LayerNormWeights _norm;
    private readonly Linear _head;

    public CohereForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new CohereConfig(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new CohereDecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
        ];
        _norm = weights.LayerNormWithoutBias($"{prefix}norm", _config.hidden_size, _config.layer_norm_eps);
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
        pass.Run(x, _layers, last => pass.LayerNorm(last, _norm), _head, logits => pass.Scale(logits, _config.logit_scale));
    }
}

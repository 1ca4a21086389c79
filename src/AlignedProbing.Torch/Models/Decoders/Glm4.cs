// GLM 4 (Zhipu AI 2025): as Llama except norms also of what attention and feed-forward part give, rotary positions of neighbours on a part of each head, biases
// of queries, keys and values, gate and up stored as one. Read beside transformers' modeling_glm4.py. Tensors are float32; [tokens, ...] is a packed batch of
// several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a GLM 4.</summary>
internal sealed class Glm4Config
{
    public Glm4Config(ModelConfig config)
    {
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        intermediate_size = config.Size("intermediate_size");
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 131072;
        rms_norm_eps = (float)config.Number("rms_norm_eps", 1.5625e-7);
        hidden_act = Activations.FromConfig(config, "hidden_act", "silu");
        attention_bias = config.Flag("attention_bias", false);
        tie_word_embeddings = config.Flag("tie_word_embeddings", false);
        var (queries, keyValues) = (config.Size("num_attention_heads"), config.Size("num_key_value_heads"));
        heads = HeadLayout.Of(config, hidden_size, queries, keyValues, config.SizeUnlessNull("head_dim", 128));
        rotary = RotaryConfig.PartialFromConfig(config, heads.Size, 0.5).OfNeighbours();
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

    public HeadLayout heads { get; }

    public RotaryEmbedding rotary { get; }

    public ModelSizes Sizes(long parameters) =>
        heads.Sizes(num_hidden_layers, hidden_size, vocab_size, max_position_embeddings, rotary, parameters);
}

/// <summary>Attention: grouped queries, rotary positions, causal within each sequence.</summary>
internal sealed class Glm4Attention(Glm4Config config, ModelWeights weights, string prefix, int block)
{
    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _qkv_proj = config.heads.Projection(weights, config.hidden_size, config.attention_bias, prefix);
    private readonly Linear _o_proj = weights.Linear(config.heads.Width, bias: false, ($"{prefix}.o_proj", config.hidden_size));
    private readonly AttentionRule _rule = new(1 / MathF.Sqrt(config.heads.Size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, (heads + 2 * keyValueHeads) * size]
        var (query, key) = (config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv));
        pass.Rotate(query, config.rotary);
        pass.Rotate(key, config.rotary);
        return pass.Linear(_o_proj, pass.Attend(block, query, key, config.heads.ValuesOf(qkv), _rule));
    }
}

/// <summary>Feed-forward part: down_proj(silu(gate) * up), gate and up of one layer.</summary>
internal sealed class Glm4MLP(Glm4Config config, ModelWeights weights, string prefix)
{
    private readonly Linear _gate_up_proj = weights.Linear(config.hidden_size, bias: false, ($"{prefix}.gate_up_proj", 2 * config.intermediate_size));
    private readonly Linear _down_proj = weights.Linear(config.intermediate_size, bias: false, ($"{prefix}.down_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.Gated(_gate_up_proj, _down_proj, x, config.hidden_act);
}

/// <summary>A block: x + norm(attention(norm(x))), then x + norm(feed-forward(norm(x))).</summary>
internal sealed class Glm4DecoderLayer(Glm4Config config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly torch.Tensor _input_layernorm = weights.Vector($"{prefix}.input_layernorm.weight", config.hidden_size);
    private readonly Glm4Attention _self_attn = new(config, weights, $"{prefix}.self_attn", block);
    private readonly torch.Tensor _post_self_attn_layernorm = weights.Vector($"{prefix}.post_self_attn_layernorm.weight", config.hidden_size);
    private readonly torch.Tensor _post_attention_layernorm = weights.Vector($"{prefix}.post_attention_layernorm.weight", config.hidden_size);
    private readonly Glm4MLP _mlp = new(config, weights, $"{prefix}.mlp");
    private readonly torch.Tensor _post_mlp_layernorm = weights.Vector($"{prefix}.post_mlp_layernorm.weight", config.hidden_size);

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        var attention = _self_attn.Forward(Norm(x, _input_layernorm), pass);
        pass.AddBranch(SiteKind.AttentionOutput, block, x, Norm(attention, _post_self_attn_layernorm));
        var feedForward = _mlp.Forward(Norm(x, _post_attention_layernorm), pass);
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, Norm(feedForward, _post_mlp_layernorm));

        torch.Tensor Norm(torch.Tensor rows, torch.Tensor weight) => pass.RmsNorm(rows, weight, config.rms_norm_eps);
    }
}

/// <summary>The model.</summary>
internal sealed class Glm4ForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly Glm4Config _config;
    private readonly torch.Tensor _embed;
    private readonly Glm4DecoderLayer[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _head;

    public Glm4ForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new Glm4Config(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers = [.. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new Glm4DecoderLayer(_config, weights, $"{prefix}layers.{block}", block))];
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

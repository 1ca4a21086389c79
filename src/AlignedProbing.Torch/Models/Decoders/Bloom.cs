// BLOOM (Le Scao et al. 2022): scores fall with distance (ALiBi) instead of positions, a norm follows the embedding, queries, keys and values are stored head
// by head, biases everywhere, gelu in its tanh form, tied head. Read beside transformers' modeling_bloom.py. Tensors are float32; [tokens, ...] is a packed
// batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a BLOOM.</summary>
internal sealed class BloomConfig
{
    public BloomConfig(ModelConfig config)
    {
        // They say how it was trained and which kernels ran.
        config.Ignore(
            "attention_softmax_in_fp32",
            "bias_dropout_fusion",
            "masked_softmax_fusion",
            "offset_alibi",
            "skip_bias_add",
            "skip_bias_add_qkv",
            "slow_but_exact",
            "n_inner");
        vocab_size = config.Size("vocab_size");
        hidden_size = config.OptionalSize("n_embed") ?? config.Size("hidden_size");
        config.Ignore("hidden_size");
        n_layer = config.OptionalSize("n_layer") ?? config.Size("num_hidden_layers");
        var queries = config.OptionalSize("n_head") ?? config.Size("num_attention_heads");
        heads = HeadLayout.Of(config, hidden_size, queries, queries);
        seq_length = config.OptionalSize("seq_length") ?? 2048;
        layer_norm_epsilon = (float)config.Number("layer_norm_epsilon", 1e-5);
        apply_residual_connection_post_layernorm = config.Flag("apply_residual_connection_post_layernorm", false);
        tie_word_embeddings = config.Flag("tie_word_embeddings", true);
    }

    public int vocab_size { get; }

    public int hidden_size { get; }

    public int n_layer { get; }

    /// <summary>Tokens it was trained on; ALiBi sets no bound of its own.</summary>
    public int seq_length { get; }

    public float layer_norm_epsilon { get; }

    public bool apply_residual_connection_post_layernorm { get; }

    public bool tie_word_embeddings { get; }

    public HeadLayout heads { get; }

    public ModelSizes Sizes(long parameters) => heads.Sizes(n_layer, hidden_size, vocab_size, seq_length, null, parameters);
}

/// <summary>Attention: every query head has its own keys and values; scores fall with distance.</summary>
internal sealed class BloomAttention(BloomConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _query_key_value = weights.GroupByGroup(config.hidden_size, bias: true, $"{prefix}.query_key_value", config.heads);
    private readonly Linear _dense = weights.Linear(config.hidden_size, bias: true, ($"{prefix}.dense", config.hidden_size));
    private readonly AttentionRule _rule =
        new(1 / MathF.Sqrt(config.heads.Size), Slopes: weights.Constant(AlibiSlopes.OfBloom(config.heads.Queries)));

    public torch.Tensor Forward(torch.Tensor x, int block, ForwardPass pass)
    {
        var qkv = pass.Linear(_query_key_value, x); // [tokens, 3 * width]
        var mixed = pass.Attend(block, config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv), config.heads.ValuesOf(qkv), _rule);
        return pass.Linear(_dense, mixed);
    }
}

/// <summary>Feed-forward part: dense_4h_to_h(gelu(dense_h_to_4h(x))).</summary>
internal sealed class BloomMLP(BloomConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _dense_h_to_4h = weights.Linear(config.hidden_size, bias: true, ($"{prefix}.dense_h_to_4h", 4 * config.hidden_size));
    private readonly Linear _dense_4h_to_h = weights.Linear(4 * config.hidden_size, bias: true, ($"{prefix}.dense_4h_to_h", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.FeedForward(_dense_h_to_4h, _dense_4h_to_h, x, Activation.GeluTanh);
}

/// <summary>
/// A block: x + attention(norm(x)), then x + feed-forward(norm(x)); with apply_residual_connection_post_layernorm norm(x) stands in both places of x.
/// </summary>
internal sealed class BloomBlock(BloomConfig config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly LayerNormWeights _input_layernorm = weights.LayerNorm($"{prefix}.input_layernorm", config.hidden_size, config.layer_norm_epsilon);
    private readonly BloomAttention _self_attention = new(config, weights, $"{prefix}.self_attention");
    private readonly LayerNormWeights _post_attention_layernorm = weights.LayerNorm(
        $"{prefix}.post_attention_layernorm",
        config.hidden_size,
        config.layer_norm_epsilon);
    private readonly BloomMLP _mlp = new(config, weights, $"{prefix}.mlp");

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        var normed = Normed(x, _input_layernorm, pass);
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _self_attention.Forward(normed, block, pass));
        normed = Normed(x, _post_attention_layernorm, pass);
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, _mlp.Forward(normed, pass));
    }

    private torch.Tensor Normed(torch.Tensor x, LayerNormWeights norm, ForwardPass pass)
    {
        var normed = pass.LayerNorm(x, norm);
        if (config.apply_residual_connection_post_layernorm)
        {
            x.copy_(normed);
        }

        return normed;
    }
}

/// <summary>The model.</summary>
internal sealed class BloomForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.attention_mask", "*.masked_bias"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly BloomConfig _config;
    private readonly torch.Tensor _embed;
    private readonly LayerNormWeights _word_embeddings_layernorm;
    private readonly BloomBlock[] _layers;
    private readonly LayerNormWeights _norm;
    private readonly Linear _head;

    public BloomForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new BloomConfig(file);
        var prefix = weights.Prefix("transformer.", "word_embeddings.weight");
        _embed = weights.Table($"{prefix}word_embeddings.weight", _config.vocab_size, _config.hidden_size);
        _word_embeddings_layernorm = weights.LayerNorm($"{prefix}word_embeddings_layernorm", _config.hidden_size, _config.layer_norm_epsilon);
        _layers = [.. Enumerable.Range(0, _config.n_layer).Select(block => new BloomBlock(_config, weights, $"{prefix}h.{block}", block))];
        _norm = weights.LayerNorm($"{prefix}ln_f", _config.hidden_size, _config.layer_norm_epsilon);
        _head = weights.Head(_config.hidden_size, _config.vocab_size, "lm_head", _config.tie_word_embeddings ? $"{prefix}word_embeddings" : null);
        weights.RefuseTheRest(_config.tie_word_embeddings ? LeftOverWhenTied : LeftOver);
        Sizes = _config.Sizes(weights.Parameters);
        Sites = Site.OfDecoder(_config.n_layer);
    }

    public override ModelSizes Sizes { get; }

    public override IReadOnlyList<Site> Sites { get; }

    public override void Forward(TokenBatch batch, KeyValueCache cache, IForwardObserver observer, ISiteEditor? editor = null)
    {
        using var pass = new ForwardPass(this, batch, cache, observer, editor);
        var x = pass.LayerNorm(pass.Embed(_embed), _word_embeddings_layernorm); // [tokens, width]
        pass.Run(x, _layers, last => pass.LayerNorm(last, _norm), _head);
    }
}

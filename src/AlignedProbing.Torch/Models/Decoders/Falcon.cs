// Falcon (Almazrouei et al. 2023) with rotary positions: as GPT-NeoX except that queries share keys and values, all of them (7b) or in groups (40b, 180b,
// 11b), that attention and feed-forward part may read one norm, and that the head is tied. Files with ALiBi (falcon-rw) are refused.
// Read beside transformers' modeling_falcon.py. Tensors are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a Falcon.</summary>
internal sealed class FalconConfig
{
    public FalconConfig(ModelConfig config)
    {
        config.Require("alibi", "false");
        config.Require("apply_residual_connection_post_layernorm", "false");
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        ffn_hidden_size = config.OptionalSize("ffn_hidden_size") ?? 4 * hidden_size;
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 2048;
        layer_norm_epsilon = (float)config.Number("layer_norm_epsilon", 1e-5);
        activation = Activations.FromConfig(config, "activation", "gelu");
        (bias, tie_word_embeddings) = (config.Flag("bias", false), config.Flag("tie_word_embeddings", true));
        (new_decoder_architecture, parallel_attn) = (config.Flag("new_decoder_architecture", false), config.Flag("parallel_attn", true));
        num_ln_in_parallel_attn = config.OptionalSize("num_ln_in_parallel_attn") ?? (new_decoder_architecture ? 2 : 1);
        if (num_ln_in_parallel_attn > 2 || (new_decoder_architecture && !parallel_attn))
        {
            throw config.Unsupported("the new decoder architecture with parallel_attn false, or with more than two norms of a block");
        }

        var (queries, keys, shared) = (config.Size("num_attention_heads"), config.OptionalSize("num_kv_heads"), config.Flag("multi_query", true));
        var keyValueHeads = new_decoder_architecture ? keys ?? queries : shared ? 1 : queries;
        heads = HeadLayout.Of(config, hidden_size, queries, keyValueHeads);
        rotary = RotaryConfig.FromConfig(config, heads.Size);
    }

    public int vocab_size { get; }

    public int hidden_size { get; }

    public int num_hidden_layers { get; }

    public int ffn_hidden_size { get; }

    public int max_position_embeddings { get; }

    public float layer_norm_epsilon { get; }

    public Activation activation { get; }

    public bool bias { get; }

    public bool tie_word_embeddings { get; }

    public bool new_decoder_architecture { get; }

    public bool parallel_attn { get; }

    public int num_ln_in_parallel_attn { get; }

    public HeadLayout heads { get; }

    public RotaryEmbedding rotary { get; }

    /// <summary>Whether attention and feed-forward part read a norm each, side by side.</summary>
    public bool TwoNormsBeside => new_decoder_architecture && num_ln_in_parallel_attn == 2;

    public ModelSizes Sizes(long parameters) =>
        heads.Sizes(num_hidden_layers, hidden_size, vocab_size, max_position_embeddings, rotary, parameters);
}

/// <summary>Attention: grouped queries, rotary positions.</summary>
internal sealed class FalconAttention(FalconConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _query_key_value = weights.GroupByGroup(config.hidden_size, config.bias, $"{prefix}.query_key_value", config.heads);
    private readonly Linear _dense = weights.Linear(config.heads.Width, config.bias, ($"{prefix}.dense", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, int block, ForwardPass pass)
    {
        var qkv = pass.Linear(_query_key_value, x); // [tokens, (heads + 2 * keyValueHeads) * size]
        var (query, key) = (config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv));
        pass.Rotate(query, config.rotary);
        pass.Rotate(key, config.rotary);
        var mixed = pass.Attend(block, query, key, config.heads.ValuesOf(qkv), new AttentionRule(1 / MathF.Sqrt(config.heads.Size)));
        return pass.Linear(_dense, mixed);
    }
}

/// <summary>Feed-forward part: dense_4h_to_h(gelu(dense_h_to_4h(x))).</summary>
internal sealed class FalconMLP(FalconConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _dense_h_to_4h = weights.Linear(config.hidden_size, config.bias, ($"{prefix}.dense_h_to_4h", config.ffn_hidden_size));
    private readonly Linear _dense_4h_to_h = weights.Linear(config.ffn_hidden_size, config.bias, ($"{prefix}.dense_4h_to_h", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.FeedForward(_dense_h_to_4h, _dense_4h_to_h, x, config.activation);
}

/// <summary>A block: x + attention(norm(x)) + feed-forward(norm(x)), of one norm or of two; without parallel_attn one half after the other.</summary>
internal sealed class FalconDecoderLayer(FalconConfig config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly LayerNormWeights _norm =
        weights.LayerNorm($"{prefix}.{(config.TwoNormsBeside ? "ln_attn" : "input_layernorm")}", config.hidden_size, config.layer_norm_epsilon);

    private readonly LayerNormWeights? _second = config.TwoNormsBeside || !config.parallel_attn
        ? weights.LayerNorm($"{prefix}.{(config.TwoNormsBeside ? "ln_mlp" : "post_attention_layernorm")}", config.hidden_size, config.layer_norm_epsilon)
        : null;

    private readonly FalconAttention _self_attention = new(config, weights, $"{prefix}.self_attention");
    private readonly FalconMLP _mlp = new(config, weights, $"{prefix}.mlp");

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        var normed = pass.LayerNorm(x, _norm);
        var beside = _second is null ? normed : config.parallel_attn ? pass.LayerNorm(x, _second) : null;
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _self_attention.Forward(normed, block, pass));
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, _mlp.Forward(beside ?? pass.LayerNorm(x, _second!), pass));
    }
}

/// <summary>The model.</summary>
internal sealed class FalconForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly FalconConfig _config;
    private readonly torch.Tensor _embed;
    private readonly FalconDecoderLayer[] _layers;
    private readonly LayerNormWeights _norm;
    private readonly Linear _head;

    public FalconForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new FalconConfig(file);
        var prefix = weights.Prefix("transformer.", "word_embeddings.weight");
        _embed = weights.Table($"{prefix}word_embeddings.weight", _config.vocab_size, _config.hidden_size);
        _layers = [.. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new FalconDecoderLayer(_config, weights, $"{prefix}h.{block}", block))];
        _norm = weights.LayerNorm($"{prefix}ln_f", _config.hidden_size, _config.layer_norm_epsilon);
        _head = weights.Head(_config.hidden_size, _config.vocab_size, "lm_head", _config.tie_word_embeddings ? $"{prefix}word_embeddings" : null);
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

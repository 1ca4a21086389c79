// MPT (MosaicML 2023): scores fall with distance (ALiBi), layer norms without bias, no biases at all, exact gelu, tied head.
// Read beside transformers' modeling_mpt.py, which leaves fields of the file aside that MosaicML's own code reads; so does this.
// Tensors are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of an MPT.</summary>
internal sealed class MptConfig
{
    public MptConfig(ModelConfig config)
    {
        // transformers reads none of these: ALiBi always spans 8, feed-forward parts are always four times as wide, logits are not scaled.
        config.Ignore(
            "emb_pdrop",
            "embedding_fraction",
            "expansion_ratio",
            "init_config",
            "init_device",
            "learned_pos_emb",
            "logit_scale",
            "norm_type",
            "tokenizer_name",
            "use_norm_bias",
            "verbose");
        config.Require("no_bias", "true");
        (vocab_size, d_model, n_layers) = (config.Size("vocab_size"), config.Size("d_model"), config.Size("n_layers"));
        max_seq_len = config.OptionalSize("max_seq_len") ?? 2048;
        layer_norm_epsilon = (float)config.Number("layer_norm_epsilon", 1e-5);
        tie_word_embeddings = config.Flag("tie_word_embeddings", true);
        var queries = config.Size("n_heads");
        heads = HeadLayout.Of(config, d_model, queries, queries);
        softmax_scale = 1 / MathF.Sqrt(heads.Size);
        if (config.Section("attn_config") is not null)
        {
            var attention = config.Part("attn_config");
            attention.Ignore("model_type", "alibi_bias_max", "attn_impl");
            attention.Require("alibi", "true");
            attention.Require("attn_type", "multihead_attention");
            attention.Require("attn_uses_sequence_id", "false");
            attention.Require("prefix_lm", "false");
            attention.Require("qk_ln", "false");
            clip_qkv = (float?)attention.OptionalPositive("clip_qkv");
            softmax_scale = (float)attention.Positive("softmax_scale", softmax_scale);
        }
    }

    public int vocab_size { get; }

    public int d_model { get; }

    public int n_layers { get; }

    public int max_seq_len { get; }

    public float layer_norm_epsilon { get; }

    /// <summary>Queries, keys and values are held within this; null: they are not.</summary>
    public float? clip_qkv { get; }

    public float softmax_scale { get; }

    public bool tie_word_embeddings { get; }

    public HeadLayout heads { get; }

    public ModelSizes Sizes(long parameters) => heads.Sizes(n_layers, d_model, vocab_size, max_seq_len, null, parameters);
}

/// <summary>Attention: every query head has its own keys and values; scores fall with distance.</summary>
internal sealed class MptAttention(MptConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _Wqkv = weights.Linear(config.d_model, bias: false, ($"{prefix}.Wqkv", 3 * config.d_model));
    private readonly Linear _out_proj = weights.Linear(config.d_model, bias: false, ($"{prefix}.out_proj", config.d_model));
    private readonly AttentionRule _rule = new(config.softmax_scale, Slopes: weights.Constant(AlibiSlopes.OfMpt(config.heads.Queries)));

    public torch.Tensor Forward(torch.Tensor x, int block, ForwardPass pass)
    {
        var qkv = pass.Linear(_Wqkv, x); // [tokens, 3 * width]
        if (config.clip_qkv is { } limit)
        {
            pass.Clamp(qkv, limit);
        }

        var mixed = pass.Attend(block, config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv), config.heads.ValuesOf(qkv), _rule);
        return pass.Linear(_out_proj, mixed);
    }
}

/// <summary>Feed-forward part: down_proj(gelu(up_proj(x))).</summary>
internal sealed class MptMLP(MptConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _up_proj = weights.Linear(config.d_model, bias: false, ($"{prefix}.up_proj", 4 * config.d_model));
    private readonly Linear _down_proj = weights.Linear(4 * config.d_model, bias: false, ($"{prefix}.down_proj", config.d_model));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.FeedForward(_up_proj, _down_proj, x, Activation.Gelu);
}

/// <summary>A block: x + attention(norm(x)), then x + feed-forward(norm(x)).</summary>
internal sealed class MptBlock(MptConfig config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly LayerNormWeights _norm_1 = weights.LayerNormWithoutBias($"{prefix}.norm_1", config.d_model, config.layer_norm_epsilon);
    private readonly MptAttention _attn = new(config, weights, $"{prefix}.attn");
    private readonly LayerNormWeights _norm_2 = weights.LayerNormWithoutBias($"{prefix}.norm_2", config.d_model, config.layer_norm_epsilon);
    private readonly MptMLP _ffn = new(config, weights, $"{prefix}.ffn");

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _attn.Forward(pass.LayerNorm(x, _norm_1), block, pass));
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, _ffn.Forward(pass.LayerNorm(x, _norm_2), pass));
    }
}

/// <summary>The model.</summary>
internal sealed class MptForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = [];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly MptConfig _config;
    private readonly torch.Tensor _embed;
    private readonly MptBlock[] _layers;
    private readonly LayerNormWeights _norm;
    private readonly Linear _head;

    public MptForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new MptConfig(file);
        var prefix = weights.Prefix("transformer.", "wte.weight");
        _embed = weights.Table($"{prefix}wte.weight", _config.vocab_size, _config.d_model);
        _layers = [.. Enumerable.Range(0, _config.n_layers).Select(block => new MptBlock(_config, weights, $"{prefix}blocks.{block}", block))];
        _norm = weights.LayerNormWithoutBias($"{prefix}norm_f", _config.d_model, _config.layer_norm_epsilon);
        _head = weights.Head(_config.d_model, _config.vocab_size, "lm_head", _config.tie_word_embeddings ? $"{prefix}wte" : null);
        weights.RefuseTheRest(_config.tie_word_embeddings ? LeftOverWhenTied : LeftOver);
        Sizes = _config.Sizes(weights.Parameters);
        Sites = Site.OfDecoder(_config.n_layers);
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

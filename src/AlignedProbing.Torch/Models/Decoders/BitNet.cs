// BitNet b1.58 (Ma et al. 2024), with its weights unpacked: as Llama except norms of what goes into the output of attention and of the feed-forward part, which
// is gated through max(x, 0) squared. Read beside transformers' modeling_bitnet.py. Tensors are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a BitNet.</summary>
internal sealed class BitNetConfig
{
    public BitNetConfig(ModelConfig config)
    {
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        intermediate_size = config.Size("intermediate_size");
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 2048;
        rms_norm_eps = (float)config.Number("rms_norm_eps", 1e-5);
        hidden_act = Activations.FromConfig(config, "hidden_act", "relu2");
        attention_bias = config.Flag("attention_bias", false);
        tie_word_embeddings = config.Flag("tie_word_embeddings", false);
        heads = HeadLayout.Read(config, hidden_size);
        rotary = RotaryConfig.FromConfig(config, heads.Size, 500000);
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
internal sealed class BitNetAttention(BitNetConfig config, ModelWeights weights, string prefix, int block)
{
    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _qkv_proj = config.heads.Projection(weights, config.hidden_size, config.attention_bias, prefix);
    private readonly Linear _o_proj = weights.Linear(config.heads.Width, config.attention_bias, ($"{prefix}.o_proj", config.hidden_size));
    private readonly torch.Tensor _attn_sub_norm = weights.Vector($"{prefix}.attn_sub_norm.weight", config.hidden_size);
    private readonly AttentionRule _rule = new(1 / MathF.Sqrt(config.heads.Size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, (heads + 2 * keyValueHeads) * size]
        var (query, key) = (config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv));
        pass.Rotate(query, config.rotary);
        pass.Rotate(key, config.rotary);
        var mixed = pass.Attend(block, query, key, config.heads.ValuesOf(qkv), _rule); // [tokens, heads * size]
        return pass.Linear(_o_proj, pass.RmsNorm(mixed, _attn_sub_norm, config.rms_norm_eps));
    }
}

/// <summary>Feed-forward part: down_proj(norm(relu2(gate_proj(x)) * up_proj(x))).</summary>
internal sealed class BitNetMLP(BitNetConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _gate_up_proj = weights.Linear(
        config.hidden_size,
        bias: false,
        ($"{prefix}.gate_proj", config.intermediate_size),
        ($"{prefix}.up_proj", config.intermediate_size));

    private readonly Linear _down_proj = weights.Linear(config.intermediate_size, bias: false, ($"{prefix}.down_proj", config.hidden_size));

    private readonly torch.Tensor _ffn_sub_norm = weights.Vector($"{prefix}.ffn_sub_norm.weight", config.intermediate_size);

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var inner = pass.Gate(pass.Linear(_gate_up_proj, x), config.hidden_act); // [tokens, intermediate_size]
        return pass.Linear(_down_proj, pass.RmsNorm(inner, _ffn_sub_norm, config.rms_norm_eps));
    }
}

/// <summary>A block: x + attention(norm(x)), then x + feed-forward(norm(x)).</summary>
internal sealed class BitNetDecoderLayer(BitNetConfig config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly torch.Tensor _input_layernorm = weights.Vector($"{prefix}.input_layernorm.weight", config.hidden_size);
    private readonly BitNetAttention _self_attn = new(config, weights, $"{prefix}.self_attn", block);
    private readonly torch.Tensor _post_attention_layernorm = weights.Vector($"{prefix}.post_attention_layernorm.weight", config.hidden_size);
    private readonly BitNetMLP _mlp = new(config, weights, $"{prefix}.mlp");

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _self_attn.Forward(pass.RmsNorm(x, _input_layernorm, config.rms_norm_eps), pass));
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, _mlp.Forward(pass.RmsNorm(x, _post_attention_layernorm, config.rms_norm_eps), pass));
    }
}

/// <summary>The model.</summary>
internal sealed class BitNetForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly BitNetConfig _config;
    private readonly torch.Tensor _embed;
    private readonly BitNetDecoderLayer[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _head;

    public BitNetForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new BitNetConfig(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new BitNetDecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
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

// EXAONE 4 (LG AI Research 2025): norms of what attention and feed-forward part give and none of what they read, norms of each query's and key's head, and no
// rotation in layers that see all, where others see a window. Read beside transformers' modeling_exaone4.py. Tensors are float32; [tokens, ...] is a packed
// batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of an EXAONE 4.</summary>
internal sealed class Exaone4Config
{
    public Exaone4Config(ModelConfig config)
    {
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        intermediate_size = config.Size("intermediate_size");
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 2048;
        rms_norm_eps = (float)config.Number("rms_norm_eps", 1e-5);
        hidden_act = Activations.FromConfig(config, "hidden_act", "silu");
        tie_word_embeddings = config.Flag("tie_word_embeddings", false);
        heads = HeadLayout.Read(config, hidden_size);
        rotary = RotaryConfig.FromConfig(config, heads.Size, 10000);
        sliding_window = config.SizeUnlessNull("sliding_window", 4096);
        if (config.Texts("layer_types") is not null)
        {
            // It is what layer_types was made of, as a number or as a word.
            config.Ignore("sliding_window_pattern");
        }

        var pattern = config.Texts("layer_types") is null ? config.OptionalSize("sliding_window_pattern") ?? 4 : 0;
        windows = LayerTypes.Windows(config, num_hidden_layers, sliding_window, layer => sliding_window is not null && (layer + 1) % pattern != 0);
    }

    public int vocab_size { get; }

    public int hidden_size { get; }

    public int num_hidden_layers { get; }

    public int intermediate_size { get; }

    public int max_position_embeddings { get; }

    public float rms_norm_eps { get; }

    public bool tie_word_embeddings { get; }

    public Activation hidden_act { get; }

    public int? sliding_window { get; }

    /// <summary>The window of each layer; null: none.</summary>
    public IReadOnlyList<int?> windows { get; }

    public HeadLayout heads { get; }

    public RotaryEmbedding rotary { get; }

    public ModelSizes Sizes(long parameters) =>
        heads.Sizes(num_hidden_layers, hidden_size, vocab_size, max_position_embeddings, rotary, parameters);
}

/// <summary>Attention: grouped queries, rotary positions, causal within each sequence.</summary>
internal sealed class Exaone4Attention(Exaone4Config config, ModelWeights weights, string prefix, int block)
{
    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _qkv_proj = config.heads.Projection(weights, config.hidden_size, bias: false, prefix);
    private readonly Linear _o_proj = weights.Linear(config.heads.Width, bias: false, ($"{prefix}.o_proj", config.hidden_size));
    private readonly torch.Tensor _q_norm = weights.Vector($"{prefix}.q_norm.weight", config.heads.Size);
    private readonly torch.Tensor _k_norm = weights.Vector($"{prefix}.k_norm.weight", config.heads.Size);
    private readonly AttentionRule _rule = new(1 / MathF.Sqrt(config.heads.Size), config.windows[block]);

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, (heads + 2 * keyValueHeads) * size]
        var (query, key) = (config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv));
        pass.NormHeads(query, _q_norm, config.rms_norm_eps);
        pass.NormHeads(key, _k_norm, config.rms_norm_eps);
        if (config.sliding_window is null || config.windows[block] is not null)
        {
            pass.Rotate(query, config.rotary);
            pass.Rotate(key, config.rotary);
        }

        return pass.Linear(_o_proj, pass.Attend(block, query, key, config.heads.ValuesOf(qkv), _rule));
    }
}

/// <summary>Feed-forward part: down_proj(silu(gate_proj(x)) * up_proj(x)).</summary>
internal sealed class Exaone4MLP(Exaone4Config config, ModelWeights weights, string prefix)
{
    private readonly Linear _gate_up_proj = weights.Linear(
        config.hidden_size,
        bias: false,
        ($"{prefix}.gate_proj", config.intermediate_size),
        ($"{prefix}.up_proj", config.intermediate_size));

    private readonly Linear _down_proj = weights.Linear(config.intermediate_size, bias: false, ($"{prefix}.down_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.Gated(_gate_up_proj, _down_proj, x, config.hidden_act);
}

/// <summary>A block: x + norm(attention(x)), then x + norm(feed-forward(x)).</summary>
internal sealed class Exaone4DecoderLayer(Exaone4Config config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly torch.Tensor _post_attention_layernorm = weights.Vector($"{prefix}.post_attention_layernorm.weight", config.hidden_size);
    private readonly Exaone4Attention _self_attn = new(config, weights, $"{prefix}.self_attn", block);
    private readonly torch.Tensor _post_feedforward_layernorm = weights.Vector($"{prefix}.post_feedforward_layernorm.weight", config.hidden_size);
    private readonly Exaone4MLP _mlp = new(config, weights, $"{prefix}.mlp");

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        pass.AddBranch(SiteKind.AttentionOutput, block, x, pass.RmsNorm(_self_attn.Forward(x, pass), _post_attention_layernorm, config.rms_norm_eps));
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, pass.RmsNorm(_mlp.Forward(x, pass), _post_feedforward_layernorm, config.rms_norm_eps));
    }
}

/// <summary>The model.</summary>
internal sealed class Exaone4ForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly Exaone4Config _config;
    private readonly torch.Tensor _embed;
    private readonly Exaone4DecoderLayer[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _head;

    public Exaone4ForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new Exaone4Config(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new Exaone4DecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
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

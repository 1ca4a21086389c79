// Command A and R7B (Cohere 2025): as Command R except layers that see a window, whose heads turn, and layers that see all before them, whose heads do not.
// Read beside transformers' modeling_cohere2.py. Tensors are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a Command A.</summary>
internal sealed class Cohere2Config
{
    public Cohere2Config(ModelConfig config)
    {
        config.Require("position_embedding_type", "rope_gptj");
        config.Require("order_of_interleaved_layers", "local_attn_first");
        config.Require("use_gated_activation", "true");
        config.Require("use_parallel_block", "true");
        config.Require("use_embedding_sharing", "true");
        config.Require("rotary_pct", "1", "1.0");
        // How it was trained on several machines, and an older name of the pattern that transformers does not read.
        config.Ignore("use_parallel_embedding", "layer_switch");
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        intermediate_size = config.Size("intermediate_size");
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 8192;
        layer_norm_eps = (float)config.Number("layer_norm_eps", 1e-5);
        hidden_act = Activations.FromConfig(config, "hidden_act", "silu");
        logit_scale = (float)config.Number("logit_scale", 0.0625);
        (attention_bias, tie_word_embeddings) = (config.Flag("attention_bias", false), config.Flag("tie_word_embeddings", true));
        heads = HeadLayout.Read(config, hidden_size);
        rotary = RotaryConfig.FromConfig(config, heads.Size).OfNeighbours();
        var pattern = config.OptionalSize("sliding_window_pattern") ?? config.OptionalSize("_sliding_window_pattern") ?? 4;
        windows = LayerTypes.Windows(config, num_hidden_layers, config.SizeUnlessNull("sliding_window", 4096), layer => (layer + 1) % pattern != 0);
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

    /// <summary>The window of each layer; null: none.</summary>
    public IReadOnlyList<int?> windows { get; }

    public HeadLayout heads { get; }

    public RotaryEmbedding rotary { get; }

    public ModelSizes Sizes(long parameters) =>
        heads.Sizes(num_hidden_layers, hidden_size, vocab_size, max_position_embeddings, rotary, parameters);
}

/// <summary>Attention: grouped queries, rotary positions, causal within each sequence.</summary>
internal sealed class Cohere2Attention(Cohere2Config config, ModelWeights weights, string prefix, int block)
{
    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _qkv_proj = config.heads.Projection(weights, config.hidden_size, config.attention_bias, prefix);
    private readonly Linear _o_proj = weights.Linear(config.heads.Width, config.attention_bias, ($"{prefix}.o_proj", config.hidden_size));
    private readonly AttentionRule _rule = new(1 / MathF.Sqrt(config.heads.Size), config.windows[block]);

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, (heads + 2 * keyValueHeads) * size]
        var (query, key) = (config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv));
        if (config.windows[block] is not null)
        {
            pass.Rotate(query, config.rotary);
            pass.Rotate(key, config.rotary);
        }

        return pass.Linear(_o_proj, pass.Attend(block, query, key, config.heads.ValuesOf(qkv), _rule));
    }
}

/// <summary>Feed-forward part: down_proj(silu(gate_proj(x)) * up_proj(x)).</summary>
internal sealed class Cohere2MLP(Cohere2Config config, ModelWeights weights, string prefix)
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
internal sealed class Cohere2DecoderLayer(Cohere2Config config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly LayerNormWeights _input_layernorm = weights.LayerNormWithoutBias($"{prefix}.input_layernorm", config.hidden_size, config.layer_norm_eps);
    private readonly Cohere2Attention _self_attn = new(config, weights, $"{prefix}.self_attn", block);
    private readonly Cohere2MLP _mlp = new(config, weights, $"{prefix}.mlp");

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        var normed = pass.LayerNorm(x, _input_layernorm);
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _self_attn.Forward(normed, pass));
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, _mlp.Forward(normed, pass));
    }
}

/// <summary>The model.</summary>
internal sealed class Cohere2ForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly Cohere2Config _config;
    private readonly torch.Tensor _embed;
    private readonly Cohere2DecoderLayer[] _layers;
    private readonly LayerNormWeights _norm;
    private readonly Linear _head;

    public Cohere2ForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new Cohere2Config(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new Cohere2DecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
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

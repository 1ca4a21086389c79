// XGLM (Lin et al. 2021): fixed positions of sines and cosines added to a scaled embedding, pre-norm blocks with layer norms, biases everywhere, tied head.
// Read beside transformers' modeling_xglm.py. Tensors are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of an XGLM.</summary>
internal sealed class XglmConfig
{
    public XglmConfig(ModelConfig config)
    {
        config.Ignore("activation_dropout", "dropout", "init_std", "layerdrop");
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("d_model"), config.Size("num_layers"));
        intermediate_size = config.Size("ffn_dim");
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 2048;
        activation_function = Activations.FromConfig(config, "activation_function", "gelu");
        (scale_embedding, tie_word_embeddings) = (config.Flag("scale_embedding", true), config.Flag("tie_word_embeddings", true));
        heads = HeadLayout.Of(config, hidden_size, config.Size("attention_heads"), config.Size("attention_heads"));
    }

    public int vocab_size { get; }

    public int hidden_size { get; }

    public int num_hidden_layers { get; }

    public int intermediate_size { get; }

    public int max_position_embeddings { get; }

    public Activation activation_function { get; }

    public bool scale_embedding { get; }

    public bool tie_word_embeddings { get; }

    public HeadLayout heads { get; }

    public ModelSizes Sizes(long parameters) =>
        heads.Sizes(num_hidden_layers, hidden_size, vocab_size, max_position_embeddings, null, parameters);
}

/// <summary>Attention: every query head has its own keys and values.</summary>
internal sealed class XglmAttention(XglmConfig config, ModelWeights weights, string prefix, int block)
{
    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _qkv_proj = config.heads.Projection(weights, config.hidden_size, bias: true, prefix);
    private readonly Linear _o_proj = weights.Linear(config.heads.Width, bias: true, ($"{prefix}.out_proj", config.hidden_size));
    private readonly AttentionRule _rule = new(1 / MathF.Sqrt(config.heads.Size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, 3 * width]
        return pass.Linear(_o_proj, pass.Attend(block, config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv), config.heads.ValuesOf(qkv), _rule));
    }
}

/// <summary>Feed-forward part: fc2(gelu(fc1(x))).</summary>
internal sealed class XglmMLP(XglmConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _fc1 = weights.Linear(config.hidden_size, bias: true, ($"{prefix}.fc1", config.intermediate_size));
    private readonly Linear _fc2 = weights.Linear(config.intermediate_size, bias: true, ($"{prefix}.fc2", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.FeedForward(_fc1, _fc2, x, config.activation_function);
}

/// <summary>A block: x + attention(norm(x)), then x + feed-forward(norm(x)).</summary>
internal sealed class XglmDecoderLayer(XglmConfig config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly LayerNormWeights _self_attn_layer_norm = weights.LayerNorm($"{prefix}.self_attn_layer_norm", config.hidden_size, 1e-5f);
    private readonly XglmAttention _self_attn = new(config, weights, $"{prefix}.self_attn", block);
    private readonly LayerNormWeights _final_layer_norm = weights.LayerNorm($"{prefix}.final_layer_norm", config.hidden_size, 1e-5f);
    private readonly XglmMLP _mlp = new(config, weights, prefix);

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _self_attn.Forward(pass.LayerNorm(x, _self_attn_layer_norm), pass));
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, _mlp.Forward(pass.LayerNorm(x, _final_layer_norm), pass));
    }
}

/// <summary>The model.</summary>
internal sealed class XglmForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.embed_positions.weights"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly XglmConfig _config;
    private readonly torch.Tensor _embed;
    private readonly torch.Tensor _embed_positions;
    private readonly XglmDecoderLayer[] _layers;
    private readonly LayerNormWeights _norm;
    private readonly Linear _head;

    public XglmForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new XglmConfig(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _embed_positions = weights.Constant(Sinusoids(_config.max_position_embeddings, _config.hidden_size), _config.max_position_embeddings);
        _layers = [.. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new XglmDecoderLayer(_config, weights, $"{prefix}layers.{block}", block))];
        _norm = weights.LayerNorm($"{prefix}layer_norm", _config.hidden_size, 1e-5f);
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
        if (_config.scale_embedding)
        {
            pass.Scale(x, MathF.Sqrt(_config.hidden_size));
        }

        pass.Add(x, pass.EmbedPositions(_embed_positions));
        pass.Run(x, _layers, last => pass.LayerNorm(last, _norm), _head);
    }

    /// <summary>Sines, then cosines, of position + 2 times each frequency [positions * width].</summary>
    private static float[] Sinusoids(int positions, int width)
    {
        var (half, values) = (width / 2, new float[positions * width]);
        for (var position = 0; position < positions; position++)
        {
            for (var i = 0; i < half; i++)
            {
                var angle = (position + 2) * MathF.Exp(i * -(float)(Math.Log(10000) / (half - 1)));
                values[(position * width) + i] = MathF.Sin(angle);
                values[(position * width) + half + i] = MathF.Cos(angle);
            }
        }

        return values;
    }
}

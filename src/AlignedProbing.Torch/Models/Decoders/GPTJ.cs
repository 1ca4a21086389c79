// GPT-J (Wang and Komatsuzaki 2021): rotary positions of neighbours on the first part of each head, one norm of a block for attention and feed-forward part,
// which stand beside one another, no biases in attention, a head with one. Read beside transformers' modeling_gptj.py. Tensors are float32; [tokens, ...] is a
// packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a GPT-J.</summary>
internal sealed class GPTJConfig
{
    public GPTJConfig(ModelConfig config)
    {
        config.Ignore("n_ctx", "summary_activation", "summary_first_dropout", "summary_proj_to_labels", "summary_type", "summary_use_proj");
        config.Require("scale_attn_weights", "true");
        config.Require("rotary", "true");
        (vocab_size, n_embd, n_layer) = (config.Size("vocab_size"), config.Size("n_embd"), config.Size("n_layer"));
        (n_positions, n_inner) = (config.OptionalSize("n_positions") ?? 2048, config.OptionalSize("n_inner") ?? 4 * n_embd);
        layer_norm_epsilon = (float)config.Number("layer_norm_epsilon", 1e-5);
        activation_function = Activations.FromConfig(config, "activation_function", "gelu_new");
        tie_word_embeddings = config.Flag("tie_word_embeddings", false);
        var queries = config.Size("n_head");
        heads = HeadLayout.Of(config, n_embd, queries, queries);
        var rotary_dim = config.SizeUnlessNull("rotary_dim", 64) ?? throw config.Unsupported("rotary_dim null");
        rotary = rotary_dim <= heads.Size && rotary_dim % 2 == 0
            ? RotaryEmbedding.Unscaled(10000, rotary_dim).OfNeighbours()
            : throw config.Broken($"rotary_dim is {rotary_dim}, not even or larger than a head of {heads.Size}");
    }

    public int vocab_size { get; }

    public int n_embd { get; }

    public int n_layer { get; }

    public int n_positions { get; }

    public int n_inner { get; }

    public float layer_norm_epsilon { get; }

    public Activation activation_function { get; }

    public bool tie_word_embeddings { get; }

    public HeadLayout heads { get; }

    public RotaryEmbedding rotary { get; }

    public ModelSizes Sizes(long parameters) => heads.Sizes(n_layer, n_embd, vocab_size, n_positions, rotary, parameters);
}

/// <summary>Attention: every query head has its own keys and values, of which the first elements turn with the position.</summary>
internal sealed class GPTJAttention(GPTJConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _qkv_proj = config.heads.Projection(weights, config.n_embd, bias: false, prefix);
    private readonly Linear _out_proj = weights.Linear(config.n_embd, bias: false, ($"{prefix}.out_proj", config.n_embd));

    public torch.Tensor Forward(torch.Tensor x, int block, ForwardPass pass)
    {
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, 3 * width]
        var (query, key) = (config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv));
        pass.Rotate(query, config.rotary);
        pass.Rotate(key, config.rotary);
        var mixed = pass.Attend(block, query, key, config.heads.ValuesOf(qkv), new AttentionRule(1 / MathF.Sqrt(config.heads.Size)));
        return pass.Linear(_out_proj, mixed);
    }
}

/// <summary>Feed-forward part: fc_out(gelu(fc_in(x))).</summary>
internal sealed class GPTJMLP(GPTJConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _fc_in = weights.Linear(config.n_embd, bias: true, ($"{prefix}.fc_in", config.n_inner));
    private readonly Linear _fc_out = weights.Linear(config.n_inner, bias: true, ($"{prefix}.fc_out", config.n_embd));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.FeedForward(_fc_in, _fc_out, x, config.activation_function);
}

/// <summary>A block: x + attention(norm(x)) + feed-forward(norm(x)).</summary>
internal sealed class GPTJBlock(GPTJConfig config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly LayerNormWeights _ln_1 = weights.LayerNorm($"{prefix}.ln_1", config.n_embd, config.layer_norm_epsilon);
    private readonly GPTJAttention _attn = new(config, weights, $"{prefix}.attn");
    private readonly GPTJMLP _mlp = new(config, weights, $"{prefix}.mlp");

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        var normed = pass.LayerNorm(x, _ln_1);
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _attn.Forward(normed, block, pass));
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, _mlp.Forward(normed, pass));
    }
}

/// <summary>The model.</summary>
internal sealed class GPTJForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.attn.bias", "*.attn.masked_bias"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly GPTJConfig _config;
    private readonly torch.Tensor _embed;
    private readonly GPTJBlock[] _layers;
    private readonly LayerNormWeights _norm;
    private readonly Linear _head;

    public GPTJForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new GPTJConfig(file);
        var prefix = weights.Prefix("transformer.", "wte.weight");
        _embed = weights.Table($"{prefix}wte.weight", _config.vocab_size, _config.n_embd);
        _layers = [.. Enumerable.Range(0, _config.n_layer).Select(block => new GPTJBlock(_config, weights, $"{prefix}h.{block}", block))];
        _norm = weights.LayerNorm($"{prefix}ln_f", _config.n_embd, _config.layer_norm_epsilon);
        _head = weights.Head(_config.n_embd, _config.vocab_size, "lm_head", _config.tie_word_embeddings ? $"{prefix}wte" : null, bias: "lm_head.bias");
        weights.RefuseTheRest(_config.tie_word_embeddings ? LeftOverWhenTied : LeftOver);
        Sizes = _config.Sizes(weights.Parameters);
        Sites = Site.OfDecoder(_config.n_layer);
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

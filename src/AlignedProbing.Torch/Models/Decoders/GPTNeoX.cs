// GPT-NeoX (Black et al. 2022) and Pythia (Biderman et al. 2023), as GPT-2 except: rotary positions on a part of each head, queries, keys and values stored
// head by head, exact gelu, an untied head, and attention and feed-forward part beside one another (use_parallel_residual) or one after another. Read beside
// transformers' modeling_gpt_neox.py. Tensors are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a GPT-NeoX.</summary>
internal sealed record GPTNeoXConfig
{
    public required int vocab_size { get; init; }

    public required int hidden_size { get; init; }

    public required int intermediate_size { get; init; }

    public required int num_hidden_layers { get; init; }

    public required int num_attention_heads { get; init; }

    public required int max_position_embeddings { get; init; }

    public required float layer_norm_eps { get; init; }

    public required Activation hidden_act { get; init; }

    public required bool attention_bias { get; init; }

    public required bool use_parallel_residual { get; init; }

    public required bool tie_word_embeddings { get; init; }

    public required RotaryEmbedding rotary { get; init; }

    public int HeadSize => hidden_size / num_attention_heads;

    public static GPTNeoXConfig Read(ModelConfig config)
    {
        config.Ignore("attention_probs_dropout_prob", "hidden_dropout_prob");
        var (width, heads) = (config.Size("hidden_size"), config.Size("num_attention_heads"));
        if (width % heads != 0)
        {
            throw config.Broken($"{heads} heads cannot share {width} columns");
        }

        var share = OlderName("rotary_pct", "partial_rotary_factor", 0.25);
        var theta = OlderName("rotary_emb_base", "rope_theta", 10000);
        return new GPTNeoXConfig
        {
            vocab_size = config.Size("vocab_size"),
            hidden_size = width,
            intermediate_size = config.Size("intermediate_size"),
            num_hidden_layers = config.Size("num_hidden_layers"),
            num_attention_heads = heads,
            max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 2048,
            layer_norm_eps = (float)config.Number("layer_norm_eps", 1e-5),
            hidden_act = Activations.FromConfig(config, "hidden_act", "gelu"),
            attention_bias = config.Flag("attention_bias", true),
            use_parallel_residual = config.Flag("use_parallel_residual", true),
            tie_word_embeddings = config.Flag("tie_word_embeddings", false),
            rotary = RotaryConfig.PartialFromConfig(config, width / heads, share, theta),
        };

        double OlderName(string older, string name, double otherwise)
        {
            var found = config.Number(name, config.Number(older, otherwise));
            return config.Number(older, found) == found
                ? found
                : throw config.Broken($"{older} is {config.Number(older, found)} and {name}, its newer name, is {found}");
        }
    }

    public ModelSizes Sizes(long parameters) => new()
    {
        Blocks = num_hidden_layers,
        Width = hidden_size,
        Vocabulary = vocab_size,
        QueryHeads = num_attention_heads,
        KeyValueHeads = num_attention_heads,
        HeadSize = HeadSize,
        Context = (int)(max_position_embeddings * rotary.Stretch),
        RotaryByLengthAbove = rotary.ByLengthAbove,
        Parameters = parameters,
    };
}

/// <summary>Attention: every query head has its own keys and values, of which the first elements turn with the position.</summary>
internal sealed class GPTNeoXAttention(GPTNeoXConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _query_key_value = weights.HeadByHead(
        config.hidden_size,
        config.attention_bias,
        $"{prefix}.query_key_value",
        config.num_attention_heads,
        config.HeadSize);
    private readonly Linear _dense = weights.Linear(config.hidden_size, config.attention_bias, ($"{prefix}.dense", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, int block, ForwardPass pass)
    {
        var (width, heads, size) = (config.hidden_size, config.num_attention_heads, config.HeadSize);
        var qkv = pass.Linear(_query_key_value, x); // [tokens, 3 * width]
        var query = new Heads(qkv, 0, heads, size);
        var key = new Heads(qkv, width, heads, size);
        pass.Rotate(query, config.rotary);
        pass.Rotate(key, config.rotary);
        var mixed = pass.Attend(block, query, key, new Heads(qkv, 2 * width, heads, size), new AttentionRule(1 / MathF.Sqrt(size))); // [tokens, width]
        return pass.Linear(_dense, mixed);
    }
}

/// <summary>Feed-forward part: dense_4h_to_h(gelu(dense_h_to_4h(x))).</summary>
internal sealed class GPTNeoXMLP(GPTNeoXConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _dense_h_to_4h = weights.Linear(config.hidden_size, bias: true, ($"{prefix}.dense_h_to_4h", config.intermediate_size));
    private readonly Linear _dense_4h_to_h = weights.Linear(config.intermediate_size, bias: true, ($"{prefix}.dense_4h_to_h", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var inner = pass.Linear(_dense_h_to_4h, x); // [tokens, intermediate_size]
        pass.Activate(inner, config.hidden_act);
        return pass.Linear(_dense_4h_to_h, inner);
    }
}

/// <summary>
/// A block: x + attention(norm(x)) + feed-forward(norm'(x)); without use_parallel_residual the feed-forward part reads what attention has been added to.
/// </summary>
internal sealed class GPTNeoXLayer(GPTNeoXConfig config, ModelWeights weights, string prefix, int block)
{
    private readonly LayerNormWeights _input_layernorm = weights.LayerNorm($"{prefix}.input_layernorm", config.hidden_size, config.layer_norm_eps);
    private readonly LayerNormWeights _post_attention_layernorm = weights.LayerNorm(
        $"{prefix}.post_attention_layernorm",
        config.hidden_size,
        config.layer_norm_eps);
    private readonly GPTNeoXAttention _attention = new(config, weights, $"{prefix}.attention");
    private readonly GPTNeoXMLP _mlp = new(config, weights, $"{prefix}.mlp");

    /// <summary>Changes the stream x [tokens, width] in place.</summary>
    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        using var scope = torch.NewDisposeScope();
        pass.At(SiteKind.BlockInput, block, x);
        var beside = config.use_parallel_residual ? pass.LayerNorm(x, _post_attention_layernorm) : null;

        var attention = _attention.Forward(pass.LayerNorm(x, _input_layernorm), block, pass);
        pass.At(SiteKind.AttentionOutput, block, attention);
        pass.Add(x, attention);

        var feedForward = _mlp.Forward(beside ?? pass.LayerNorm(x, _post_attention_layernorm), pass);
        pass.At(SiteKind.FeedForwardOutput, block, feedForward);
        pass.Add(x, feedForward);

        pass.At(SiteKind.BlockOutput, block, x);
    }
}

/// <summary>The model.</summary>
internal sealed class GPTNeoXForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads: the causal mask, the number it was filled with, the frequencies.</summary>
    private static readonly string[] LeftOver = ["*.attention.bias", "*.attention.masked_bias", "*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "embed_out.weight"];

    private readonly GPTNeoXConfig _config;
    private readonly ModelKernels _kernels;
    private readonly torch.Tensor _embed_in;
    private readonly GPTNeoXLayer[] _layers;
    private readonly LayerNormWeights _final_layer_norm;
    private readonly Linear _embed_out;

    public GPTNeoXForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = GPTNeoXConfig.Read(file);
        _kernels = weights.Kernels;
        var prefix = weights.Prefix("gpt_neox.", "embed_in.weight");
        _embed_in = weights.Table($"{prefix}embed_in.weight", _config.vocab_size, _config.hidden_size);
        _layers = [.. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new GPTNeoXLayer(_config, weights, $"{prefix}layers.{block}", block))];
        _final_layer_norm = weights.LayerNorm($"{prefix}final_layer_norm", _config.hidden_size, _config.layer_norm_eps);
        _embed_out = weights.Head(_config.hidden_size, _config.vocab_size, "embed_out", tiedTo: _config.tie_word_embeddings ? $"{prefix}embed_in" : null);
        weights.RefuseTheRest(_config.tie_word_embeddings ? LeftOverWhenTied : LeftOver);
        Sizes = _config.Sizes(weights.Parameters);
        Sites = Site.OfDecoder(_config.num_hidden_layers);
    }

    public override ModelSizes Sizes { get; }

    public override IReadOnlyList<Site> Sites { get; }

    public override void Forward(TokenBatch batch, KeyValueCache cache, IForwardObserver observer, ISiteEditor? editor = null)
    {
        using var pass = new ForwardPass(Sizes, batch, cache, observer, editor, _embed_in.device, _kernels);
        var x = pass.Embed(_embed_in); // [tokens, width]
        pass.At(SiteKind.Embedding, -1, x);
        for (var block = 0; block < _layers.Length; block++)
        {
            pass.States(block, x);
            _layers[block].Forward(x, pass);
        }

        var last = pass.LayerNorm(x, _final_layer_norm);
        pass.At(SiteKind.FinalNorm, -1, last);
        pass.States(_layers.Length, last);
        pass.Logits(_embed_out, last);
        cache.Advance(batch);
    }
}

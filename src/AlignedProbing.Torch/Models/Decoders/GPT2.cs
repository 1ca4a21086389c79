// GPT-2 (Radford et al. 2019): learned positions added to the embedding, pre-norm blocks with layer norms, biases everywhere, a feed-forward part with gelu in
// its tanh form, tied head. Read beside transformers' modeling_gpt2.py. Tensors are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a GPT-2.</summary>
internal sealed record GPT2Config
{
    public required int vocab_size { get; init; }

    public required int n_positions { get; init; }

    public required int n_embd { get; init; }

    public required int n_layer { get; init; }

    public required int n_head { get; init; }

    public required int n_inner { get; init; }

    public required Activation activation_function { get; init; }

    public required float layer_norm_epsilon { get; init; }

    public required bool scale_attn_weights { get; init; }

    public required bool scale_attn_by_inverse_layer_idx { get; init; }

    public required bool tie_word_embeddings { get; init; }

    public int HeadSize => n_embd / n_head;

    public static GPT2Config Read(ModelConfig config)
    {
        config.Require("add_cross_attention", "false");
        // n_ctx repeats n_positions; output_past is use_cache's older name; the summary is that of another head; upcasting is what float32 does anyway.
        config.Ignore(
            "n_ctx",
            "output_past",
            "reorder_and_upcast_attn",
            "summary_activation",
            "summary_first_dropout",
            "summary_proj_to_labels",
            "summary_type",
            "summary_use_proj");
        var width = config.Size("n_embd");
        var read = new GPT2Config
        {
            vocab_size = config.Size("vocab_size"),
            n_positions = config.OptionalSize("n_positions") ?? 1024,
            n_embd = width,
            n_layer = config.Size("n_layer"),
            n_head = config.Size("n_head"),
            n_inner = config.OptionalSize("n_inner") ?? 4 * width,
            activation_function = Activations.FromConfig(config, "activation_function", "gelu_new"),
            layer_norm_epsilon = (float)config.Number("layer_norm_epsilon", 1e-5),
            scale_attn_weights = config.Flag("scale_attn_weights", true),
            scale_attn_by_inverse_layer_idx = config.Flag("scale_attn_by_inverse_layer_idx", false),
            tie_word_embeddings = config.Flag("tie_word_embeddings", true),
        };
        return width % read.n_head == 0 ? read : throw config.Broken($"{read.n_head} heads cannot share {width} columns");
    }

    public ModelSizes Sizes(long parameters) => new()
    {
        Blocks = n_layer,
        Width = n_embd,
        Vocabulary = vocab_size,
        QueryHeads = n_head,
        KeyValueHeads = n_head,
        HeadSize = HeadSize,
        Context = n_positions,
        Parameters = parameters,
    };
}

/// <summary>Attention: every query head has its own keys and values, causal within each sequence, without rotation.</summary>
internal sealed class GPT2Attention(GPT2Config config, ModelWeights weights, string prefix, int block)
{
    // Columns: queries, keys, values.
    private readonly Linear _c_attn = weights.Conv1D(config.n_embd, $"{prefix}.c_attn", 3 * config.n_embd);
    private readonly Linear _c_proj = weights.Conv1D(config.n_embd, $"{prefix}.c_proj", config.n_embd);
    private readonly AttentionRule _rule = new(
        (config.scale_attn_weights ? 1 / MathF.Sqrt(config.HeadSize) : 1) / (config.scale_attn_by_inverse_layer_idx ? block + 1 : 1));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var (width, heads, size) = (config.n_embd, config.n_head, config.HeadSize);
        var qkv = pass.Linear(_c_attn, x); // [tokens, 3 * width]
        var (q, k, v) = (new Heads(qkv, 0, heads, size), new Heads(qkv, width, heads, size), new Heads(qkv, 2 * width, heads, size));
        var mixed = pass.Attend(block, q, k, v, _rule); // [tokens, width]
        return pass.Linear(_c_proj, mixed);
    }
}

/// <summary>Feed-forward part: proj(gelu(fc(x))).</summary>
internal sealed class GPT2MLP(GPT2Config config, ModelWeights weights, string prefix)
{
    private readonly Linear _c_fc = weights.Conv1D(config.n_embd, $"{prefix}.c_fc", config.n_inner);
    private readonly Linear _c_proj = weights.Conv1D(config.n_inner, $"{prefix}.c_proj", config.n_embd);

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var inner = pass.Linear(_c_fc, x); // [tokens, n_inner]
        pass.Activate(inner, config.activation_function);
        return pass.Linear(_c_proj, inner);
    }
}

/// <summary>A block: x + attention(norm(x)), then x + feed-forward(norm(x)).</summary>
internal sealed class GPT2Block(GPT2Config config, ModelWeights weights, string prefix, int block)
{
    private readonly LayerNormWeights _ln_1 = weights.LayerNorm($"{prefix}.ln_1", config.n_embd, config.layer_norm_epsilon);
    private readonly GPT2Attention _attn = new(config, weights, $"{prefix}.attn", block);
    private readonly LayerNormWeights _ln_2 = weights.LayerNorm($"{prefix}.ln_2", config.n_embd, config.layer_norm_epsilon);
    private readonly GPT2MLP _mlp = new(config, weights, $"{prefix}.mlp");

    /// <summary>Changes the stream x [tokens, width] in place.</summary>
    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        using var scope = torch.NewDisposeScope();
        pass.At(SiteKind.BlockInput, block, x);

        var attention = _attn.Forward(pass.LayerNorm(x, _ln_1), pass);
        pass.At(SiteKind.AttentionOutput, block, attention);
        pass.Add(x, attention);

        var feedForward = _mlp.Forward(pass.LayerNorm(x, _ln_2), pass);
        pass.At(SiteKind.FeedForwardOutput, block, feedForward);
        pass.Add(x, feedForward);

        pass.At(SiteKind.BlockOutput, block, x);
    }
}

/// <summary>The model.</summary>
internal sealed class GPT2LMHeadModel : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads: the causal mask and the number it was filled with.</summary>
    private static readonly string[] LeftOver = ["*.attn.bias", "*.attn.masked_bias"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly GPT2Config _config;
    private readonly ModelKernels _kernels;
    private readonly torch.Tensor _wte;
    private readonly torch.Tensor _wpe;
    private readonly GPT2Block[] _h;
    private readonly LayerNormWeights _ln_f;
    private readonly Linear _lm_head;

    public GPT2LMHeadModel(ModelConfig file, ModelWeights weights)
    {
        _config = GPT2Config.Read(file);
        _kernels = weights.Kernels;
        var prefix = weights.Prefix("transformer.", "wte.weight");
        _wte = weights.Table($"{prefix}wte.weight", _config.vocab_size, _config.n_embd);
        _wpe = weights.Table($"{prefix}wpe.weight", _config.n_positions, _config.n_embd);
        _h = [.. Enumerable.Range(0, _config.n_layer).Select(block => new GPT2Block(_config, weights, $"{prefix}h.{block}", block))];
        _ln_f = weights.LayerNorm($"{prefix}ln_f", _config.n_embd, _config.layer_norm_epsilon);
        _lm_head = weights.Head(_config.n_embd, _config.vocab_size, "lm_head", tiedTo: _config.tie_word_embeddings ? $"{prefix}wte" : null);
        weights.RefuseTheRest(_config.tie_word_embeddings ? LeftOverWhenTied : LeftOver);
        Sizes = _config.Sizes(weights.Parameters);
        Sites = Site.OfDecoder(_config.n_layer);
    }

    public override ModelSizes Sizes { get; }

    public override IReadOnlyList<Site> Sites { get; }

    public override void Forward(TokenBatch batch, KeyValueCache cache, IForwardObserver observer, ISiteEditor? editor = null)
    {
        using var pass = new ForwardPass(Sizes, batch, cache, observer, editor, _wte.device, _kernels);
        var x = pass.Embed(_wte); // [tokens, width]
        pass.Add(x, pass.EmbedPositions(_wpe));
        pass.At(SiteKind.Embedding, -1, x);
        for (var block = 0; block < _h.Length; block++)
        {
            pass.States(block, x);
            _h[block].Forward(x, pass);
        }

        var last = pass.LayerNorm(x, _ln_f);
        pass.At(SiteKind.FinalNorm, -1, last);
        pass.States(_h.Length, last);
        pass.Logits(_lm_head, last);
        cache.Advance(batch);
    }
}

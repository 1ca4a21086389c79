// OPT (Zhang et al. 2022), as GPT-2 except: positions counted from 2, separate query, key and value weights, ReLU.
// Read beside transformers' modeling_opt.py. Tensors are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of an OPT.</summary>
internal sealed record OPTConfig
{
    public required int vocab_size { get; init; }

    public required int hidden_size { get; init; }

    public required int ffn_dim { get; init; }

    public required int num_hidden_layers { get; init; }

    public required int num_attention_heads { get; init; }

    public required int max_position_embeddings { get; init; }

    public required bool enable_bias { get; init; }

    public required Activation activation_function { get; init; }

    public required bool tie_word_embeddings { get; init; }

    public int HeadSize => hidden_size / num_attention_heads;

    public static OPTConfig Read(ModelConfig config)
    {
        config.Require("layer_norm_elementwise_affine", "true");
        config.Require("_remove_final_layer_norm", "false");
        config.Ignore("dropout", "activation_dropout", "layerdrop", "init_std");
        var (width, heads) = (config.Size("hidden_size"), config.Size("num_attention_heads"));
        if (config.OptionalSize("word_embed_proj_dim") is { } embedding && embedding != width)
        {
            throw config.Unsupported(
                $"word_embed_proj_dim is {embedding} and hidden_size {width} (as in OPT-350m): its last hidden state is of another width than the others");
        }

        config.Require("do_layer_norm_before", "true");
        return width % heads != 0
            ? throw config.Broken($"{heads} heads cannot share {width} columns")
            : new OPTConfig
            {
                vocab_size = config.Size("vocab_size"),
                hidden_size = width,
                ffn_dim = config.Size("ffn_dim"),
                num_hidden_layers = config.Size("num_hidden_layers"),
                num_attention_heads = heads,
                max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 2048,
                enable_bias = config.Flag("enable_bias", true),
                activation_function = Activations.FromConfig(config, "activation_function", "relu"),
                tie_word_embeddings = config.Flag("tie_word_embeddings", true),
            };
    }

    public ModelSizes Sizes(long parameters) => new()
    {
        Blocks = num_hidden_layers,
        Width = hidden_size,
        Vocabulary = vocab_size,
        QueryHeads = num_attention_heads,
        KeyValueHeads = num_attention_heads,
        HeadSize = HeadSize,
        Context = max_position_embeddings,
        Parameters = parameters,
    };
}

/// <summary>Attention: every query head has its own keys and values, causal within each sequence, without rotation.</summary>
internal sealed class OPTAttention(OPTConfig config, ModelWeights weights, string prefix)
{
    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _qkv_proj = weights.Linear(config.hidden_size, config.enable_bias,
        ($"{prefix}.q_proj", config.hidden_size),
        ($"{prefix}.k_proj", config.hidden_size),
        ($"{prefix}.v_proj", config.hidden_size));

    private readonly Linear _out_proj = weights.Linear(config.hidden_size, config.enable_bias, ($"{prefix}.out_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, int block, ForwardPass pass)
    {
        var (width, heads, size) = (config.hidden_size, config.num_attention_heads, config.HeadSize);
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, 3 * width]
        var rule = new AttentionRule(1 / MathF.Sqrt(size));
        var (q, k, v) = (new Heads(qkv, 0, heads, size), new Heads(qkv, width, heads, size), new Heads(qkv, 2 * width, heads, size));
        var mixed = pass.Attend(block, q, k, v, rule); // [tokens, width]
        return pass.Linear(_out_proj, mixed);
    }
}

/// <summary>A block: x + attention(norm(x)), then x + fc2(relu(fc1(norm(x)))). The feed-forward part's norm is called final_layer_norm.</summary>
internal sealed class OPTDecoderLayer(OPTConfig config, ModelWeights weights, string prefix, int block)
{
    /// <summary>Fixed in transformers, too.</summary>
    public const float Epsilon = 1e-5f;

    private readonly LayerNormWeights _self_attn_layer_norm = weights.LayerNorm($"{prefix}.self_attn_layer_norm", config.hidden_size, Epsilon);
    private readonly OPTAttention _self_attn = new(config, weights, $"{prefix}.self_attn");
    private readonly LayerNormWeights _final_layer_norm = weights.LayerNorm($"{prefix}.final_layer_norm", config.hidden_size, Epsilon);
    private readonly Linear _fc1 = weights.Linear(config.hidden_size, config.enable_bias, ($"{prefix}.fc1", config.ffn_dim));
    private readonly Linear _fc2 = weights.Linear(config.ffn_dim, config.enable_bias, ($"{prefix}.fc2", config.hidden_size));

    /// <summary>Changes the stream x [tokens, width] in place.</summary>
    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        using var scope = torch.NewDisposeScope();
        pass.At(SiteKind.BlockInput, block, x);

        var attention = _self_attn.Forward(pass.LayerNorm(x, _self_attn_layer_norm), block, pass);
        pass.At(SiteKind.AttentionOutput, block, attention);
        pass.Add(x, attention);

        var inner = pass.Linear(_fc1, pass.LayerNorm(x, _final_layer_norm)); // [tokens, ffn_dim]
        pass.Activate(inner, config.activation_function);
        var feedForward = pass.Linear(_fc2, inner);
        pass.At(SiteKind.FeedForwardOutput, block, feedForward);
        pass.Add(x, feedForward);

        pass.At(SiteKind.BlockOutput, block, x);
    }
}

/// <summary>The model.</summary>
internal sealed class OPTForCausalLM : CausalModel
{
    /// <summary>Position 0 is row 2: the first rows were meant for padding.</summary>
    private const int FirstPosition = 2;

    /// <summary>A key that files converted from fairseq carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*decoder.version"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly OPTConfig _config;
    private readonly ModelKernels _kernels;
    private readonly torch.Tensor _embed_tokens;
    private readonly torch.Tensor _embed_positions;
    private readonly OPTDecoderLayer[] _layers;
    private readonly LayerNormWeights _final_layer_norm;
    private readonly Linear _lm_head;

    public OPTForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = OPTConfig.Read(file);
        _kernels = weights.Kernels;
        var prefix = weights.Prefix("model.", "decoder.embed_tokens.weight") + "decoder.";
        _embed_tokens = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _embed_positions = weights.Table($"{prefix}embed_positions.weight", _config.max_position_embeddings + FirstPosition, _config.hidden_size);
        _layers = [.. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new OPTDecoderLayer(_config, weights, $"{prefix}layers.{block}", block))];
        _final_layer_norm = weights.LayerNorm($"{prefix}final_layer_norm", _config.hidden_size, OPTDecoderLayer.Epsilon);
        _lm_head = weights.Head(_config.hidden_size, _config.vocab_size, "lm_head", tiedTo: _config.tie_word_embeddings ? $"{prefix}embed_tokens" : null);
        weights.RefuseTheRest(_config.tie_word_embeddings ? LeftOverWhenTied : LeftOver);
        Sizes = _config.Sizes(weights.Parameters);
        Sites = Site.OfDecoder(_config.num_hidden_layers);
    }

    public override ModelSizes Sizes { get; }

    public override IReadOnlyList<Site> Sites { get; }

    public override void Forward(TokenBatch batch, KeyValueCache cache, IForwardObserver observer, ISiteEditor? editor = null)
    {
        using var pass = new ForwardPass(Sizes, batch, cache, observer, editor, _embed_tokens.device, _kernels);
        var x = pass.Embed(_embed_tokens); // [tokens, width]
        pass.Add(x, pass.EmbedPositions(_embed_positions, FirstPosition));
        pass.At(SiteKind.Embedding, -1, x);
        for (var block = 0; block < _layers.Length; block++)
        {
            pass.States(block, x);
            _layers[block].Forward(x, pass);
        }

        var last = pass.LayerNorm(x, _final_layer_norm);
        pass.At(SiteKind.FinalNorm, -1, last);
        pass.States(_layers.Length, last);
        pass.Logits(_lm_head, last);
        cache.Advance(batch);
    }
}

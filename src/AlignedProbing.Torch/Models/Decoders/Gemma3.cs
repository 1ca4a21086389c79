// Gemma 3 (Gemma Team 2025), its language model: as Gemma 2 except a norm of each query's and key's head before it is rotated, no soft cap of scores, one of
// logits if the file names it, windows in five of six layers, and another base of rotation, unscaled, in those. In a multimodal checkpoint its configuration is
// the part text_config, its names have a prefix, and the parts that see images are left alone. Read beside transformers' modeling_gemma3.py. Tensors are
// float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a Gemma 3.</summary>
internal sealed record Gemma3Config
{
    public required int vocab_size { get; init; }

    public required int hidden_size { get; init; }

    public required int intermediate_size { get; init; }

    public required int num_hidden_layers { get; init; }

    public required int num_attention_heads { get; init; }

    public required int num_key_value_heads { get; init; }

    public required int head_dim { get; init; }

    public required int max_position_embeddings { get; init; }

    public required float rms_norm_eps { get; init; }

    public required bool attention_bias { get; init; }

    public required float query_pre_attn_scalar { get; init; }

    public required float? final_logit_softcapping { get; init; }

    public required IReadOnlyList<int?> windows { get; init; }

    public required bool tie_word_embeddings { get; init; }

    public required RotaryEmbedding full_rotary { get; init; }

    public required RotaryEmbedding sliding_rotary { get; init; }

    /// <summary>Reads the configuration, or the part text_config of a multimodal one.</summary>
    public static Gemma3Config Read(ModelConfig config)
    {
        if (config.ModelType == "gemma3")
        {
            config.Ignore(
                "vision_config",
                "mm_tokens_per_image",
                "boi_token_index",
                "eoi_token_index",
                "image_token_index",
                "boi_token_id",
                "eoi_token_id",
                "image_token_id");
            config.Require("tie_word_embeddings", "true");
            config = config.Part("text_config");
            config.Require("model_type", "gemma3_text");
        }

        config.Require("hidden_activation", "gelu_pytorch_tanh");
        config.Require("hidden_act", "gelu_pytorch_tanh");
        config.Require("use_bidirectional_attention", "false");
        // transformers reads it and bends no score by it.
        config.Ignore("attn_logit_softcapping");
        // Multimodal files leave out what is as in this architecture's own defaults.
        var (width, heads) = (config.OptionalSize("hidden_size") ?? 2304, config.OptionalSize("num_attention_heads") ?? 8);
        var head_dim = config.SizeUnlessNull("head_dim", 256) ?? width / heads;
        var (layers, pattern) = (config.OptionalSize("num_hidden_layers") ?? 26, config.OptionalSize("sliding_window_pattern") ?? 6);
        var read = new Gemma3Config
        {
            vocab_size = config.OptionalSize("vocab_size") ?? 262208,
            hidden_size = width,
            intermediate_size = config.OptionalSize("intermediate_size") ?? 9216,
            num_hidden_layers = layers,
            num_attention_heads = heads,
            num_key_value_heads = config.SizeUnlessNull("num_key_value_heads", 4) ?? heads,
            head_dim = head_dim,
            max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 131072,
            rms_norm_eps = (float)config.Number("rms_norm_eps", 1e-6),
            attention_bias = config.Flag("attention_bias", false),
            query_pre_attn_scalar = (float)config.Positive("query_pre_attn_scalar", 256),
            final_logit_softcapping = (float?)config.OptionalPositive("final_logit_softcapping"),
            windows = LayerTypes.Windows(config, layers, config.SizeUnlessNull("sliding_window", 4096), slides: layer => (layer + 1) % pattern != 0),
            tie_word_embeddings = config.Flag("tie_word_embeddings", true),
            full_rotary = RotaryConfig.OfLayers(config, "full_attention", head_dim, 1000000) ?? RotaryConfig.FromConfig(config, head_dim, 1000000),
            sliding_rotary = RotaryConfig.OfLayers(config, "sliding_attention", head_dim, 10000)
                ?? RotaryEmbedding.Unscaled(config.Positive("rope_local_base_freq", 10000), head_dim),
        };
        return heads % read.num_key_value_heads == 0
            ? read
            : throw config.Broken($"{heads} query heads cannot share {read.num_key_value_heads} key-value heads");
    }

    public ModelSizes Sizes(long parameters) => new()
    {
        Blocks = num_hidden_layers,
        Width = hidden_size,
        Vocabulary = vocab_size,
        QueryHeads = num_attention_heads,
        KeyValueHeads = num_key_value_heads,
        HeadSize = head_dim,
        Context = (int)(max_position_embeddings * full_rotary.Stretch),
        RotaryByLengthAbove = full_rotary.ByLengthAbove,
        Parameters = parameters,
    };
}

/// <summary>Attention: grouped queries, rotary positions, causal within each sequence, in most layers within a window.</summary>
internal sealed class Gemma3Attention(Gemma3Config config, ModelWeights weights, string prefix, int block)
{
    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _qkv_proj = weights.Linear(config.hidden_size, config.attention_bias,
        ($"{prefix}.q_proj", config.num_attention_heads * config.head_dim),
        ($"{prefix}.k_proj", config.num_key_value_heads * config.head_dim),
        ($"{prefix}.v_proj", config.num_key_value_heads * config.head_dim));

    private readonly Linear _o_proj = weights.Linear(
        config.num_attention_heads * config.head_dim,
        config.attention_bias,
        ($"{prefix}.o_proj", config.hidden_size));
    private readonly torch.Tensor _q_norm = weights.VectorFromOne($"{prefix}.q_norm.weight", config.head_dim);
    private readonly torch.Tensor _k_norm = weights.VectorFromOne($"{prefix}.k_norm.weight", config.head_dim);
    private readonly RotaryEmbedding _rotary = config.windows[block] is null ? config.full_rotary : config.sliding_rotary;

    private readonly AttentionRule _rule = new(1 / MathF.Sqrt(config.query_pre_attn_scalar), config.windows[block]);

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var (heads, keyValueHeads, size) = (config.num_attention_heads, config.num_key_value_heads, config.head_dim);
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, (heads + 2 * keyValueHeads) * size]
        var query = new Heads(qkv, 0, heads, size);
        var key = new Heads(qkv, heads * size, keyValueHeads, size);
        var value = new Heads(qkv, (heads + keyValueHeads) * size, keyValueHeads, size);
        pass.NormHeads(query, _q_norm, config.rms_norm_eps);
        pass.NormHeads(key, _k_norm, config.rms_norm_eps);
        pass.Rotate(query, _rotary);
        pass.Rotate(key, _rotary);
        var mixed = pass.Attend(block, query, key, value, _rule); // [tokens, heads * size]
        return pass.Linear(_o_proj, mixed);
    }
}

/// <summary>Feed-forward part: down(gelu(gate(x)) * up(x)), with gelu in its tanh form.</summary>
internal sealed class Gemma3MLP(Gemma3Config config, ModelWeights weights, string prefix)
{
    private readonly Linear _gate_up_proj = weights.Linear(config.hidden_size, bias: false,
        ($"{prefix}.gate_proj", config.intermediate_size),
        ($"{prefix}.up_proj", config.intermediate_size));

    private readonly Linear _down_proj = weights.Linear(config.intermediate_size, bias: false, ($"{prefix}.down_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.GeGlu(_gate_up_proj, _down_proj, x);
}

/// <summary>A block: x + norm(attention(norm(x))), then x + norm(feed-forward(norm(x))).</summary>
internal sealed class Gemma3DecoderLayer(Gemma3Config config, ModelWeights weights, string prefix, int block)
{
    private readonly torch.Tensor _input_layernorm = weights.VectorFromOne($"{prefix}.input_layernorm.weight", config.hidden_size);
    private readonly Gemma3Attention _self_attn = new(config, weights, $"{prefix}.self_attn", block);
    private readonly torch.Tensor _post_attention_layernorm = weights.VectorFromOne($"{prefix}.post_attention_layernorm.weight", config.hidden_size);
    private readonly torch.Tensor _pre_feedforward_layernorm = weights.VectorFromOne($"{prefix}.pre_feedforward_layernorm.weight", config.hidden_size);
    private readonly Gemma3MLP _mlp = new(config, weights, $"{prefix}.mlp");
    private readonly torch.Tensor _post_feedforward_layernorm = weights.VectorFromOne($"{prefix}.post_feedforward_layernorm.weight", config.hidden_size);

    /// <summary>Changes the stream x [tokens, width] in place.</summary>
    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        using var scope = torch.NewDisposeScope();
        pass.At(SiteKind.BlockInput, block, x);

        var attention = _self_attn.Forward(pass.RmsNorm(x, _input_layernorm, config.rms_norm_eps), pass);
        attention = pass.RmsNorm(attention, _post_attention_layernorm, config.rms_norm_eps);
        pass.At(SiteKind.AttentionOutput, block, attention);
        pass.Add(x, attention);

        var feedForward = _mlp.Forward(pass.RmsNorm(x, _pre_feedforward_layernorm, config.rms_norm_eps), pass);
        feedForward = pass.RmsNorm(feedForward, _post_feedforward_layernorm, config.rms_norm_eps);
        pass.At(SiteKind.FeedForwardOutput, block, feedForward);
        pass.Add(x, feedForward);

        pass.At(SiteKind.BlockOutput, block, x);
    }
}

/// <summary>The model.</summary>
internal sealed class Gemma3ForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads, and what a multimodal model sees images with.</summary>
    private static readonly string[] LeftOver =
    [
        "*.rotary_emb.inv_freq",
        "vision_tower.*",
        "multi_modal_projector.*",
        "model.vision_tower.*",
        "model.multi_modal_projector.*",
    ];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "*lm_head.weight"];

    private readonly Gemma3Config _config;
    private readonly ModelKernels _kernels;
    private readonly torch.Tensor _embed_tokens;
    private readonly Gemma3DecoderLayer[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _lm_head;

    public Gemma3ForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = Gemma3Config.Read(file);
        _kernels = weights.Kernels;
        // Alone; in a multimodal file; in a newer one.
        string[] prefixes = ["model.", "language_model.model.", "model.language_model."];
        var prefix = prefixes.FirstOrDefault(prefix => weights.Contains($"{prefix}embed_tokens.weight")) ?? weights.Prefix("model.", "embed_tokens.weight");
        _embed_tokens = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new Gemma3DecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
        ];
        _norm = weights.VectorFromOne($"{prefix}norm.weight", _config.hidden_size);
        _lm_head = weights.Head(_config.hidden_size, _config.vocab_size, "lm_head", tiedTo: _config.tie_word_embeddings ? $"{prefix}embed_tokens" : null);
        weights.RefuseTheRest(_config.tie_word_embeddings ? LeftOverWhenTied : LeftOver);
        Sizes = _config.Sizes(weights.Parameters);
        Sites = Site.OfDecoder(_config.num_hidden_layers);
    }

    public override ModelSizes Sizes { get; }

    public override IReadOnlyList<Site> Sites { get; }

    public override void Forward(TokenBatch batch, KeyValueCache cache, IForwardObserver observer, ISiteEditor? editor = null)
    {
        using var pass = new ForwardPass(Sizes, batch, cache, observer, editor, _norm.device, _kernels);
        var x = pass.Embed(_embed_tokens); // [tokens, width]
        pass.Scale(x, MathF.Sqrt(_config.hidden_size));
        pass.At(SiteKind.Embedding, -1, x);
        for (var block = 0; block < _layers.Length; block++)
        {
            pass.States(block, x);
            _layers[block].Forward(x, pass);
        }

        var last = pass.RmsNorm(x, _norm, _config.rms_norm_eps);
        pass.At(SiteKind.FinalNorm, -1, last);
        pass.States(_layers.Length, last);
        pass.Logits(_lm_head, last, _config.final_logit_softcapping is { } cap ? logits => pass.SoftCap(logits, cap) : null);
        cache.Advance(batch);
    }
}

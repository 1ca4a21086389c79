// Gemma 4 (Gemma Team 2026), its language model: windows in most layers, and in the others larger heads of which a part turns; scores are not scaled; values
// are normed; later layers may read the keys and values of earlier ones; each token has an input of its own for each layer, where the file says so; experts
// beside the MLP, likewise; and each block multiplies what it passes on. Read beside transformers' modeling_gemma4.py. Tensors are float32; [tokens, ...] is a
// packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a Gemma 4.</summary>
internal sealed class Gemma4TextConfig
{
    public Gemma4TextConfig(ModelConfig config)
    {
        // Images see one another both ways; texts do not.
        config.Require("use_bidirectional_attention", "vision", "false");
        config.Require("hidden_activation", "gelu_pytorch_tanh");
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        intermediate_size = config.Size("intermediate_size");
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 131072;
        rms_norm_eps = (float)config.Number("rms_norm_eps", 1e-6);
        final_logit_softcapping = (float?)config.OptionalPositive("final_logit_softcapping");
        (attention_bias, tie_word_embeddings) = (config.Flag("attention_bias", false), config.Flag("tie_word_embeddings", true));
        attention_k_eq_v = config.Flag("attention_k_eq_v", false);
        windows = LayerTypes.Windows(config, num_hidden_layers, config.SizeUnlessNull("sliding_window", 512), slides: layer => (layer + 1) % 6 != 0);
        // As transformers has it, the last layer sees all whatever the file says.
        windows = [.. windows.Take(num_hidden_layers - 1), null];
        var (queries, keyValues) = (config.Size("num_attention_heads"), config.Size("num_key_value_heads"));
        var ofAll = config.OptionalSize("num_global_key_value_heads");
        sliding_heads = HeadLayout.Of(config, hidden_size, queries, keyValues, config.OptionalSize("head_dim") ?? 256);
        full_heads = HeadLayout.Of(
            config,
            hidden_size,
            queries,
            attention_k_eq_v ? ofAll ?? keyValues : keyValues,
            config.OptionalSize("global_head_dim") ?? 512);
        full_rotary = RotaryConfig.OfLayers(config, "full_attention", full_heads.Size, 1000000)
            ?? RotaryConfig.Proportional(1000000, full_heads.Size, 0.25);
        sliding_rotary = RotaryConfig.OfLayers(config, "sliding_attention", sliding_heads.Size, 10000)
            ?? RotaryEmbedding.Unscaled(10000, sliding_heads.Size);
        num_kv_shared_layers = config.Count("num_kv_shared_layers", 0);
        use_double_wide_mlp = config.Flag("use_double_wide_mlp", false);
        hidden_size_per_layer_input = config.Count("hidden_size_per_layer_input", 256);
        vocab_size_per_layer_input = config.OptionalSize("vocab_size_per_layer_input") ?? 262144;
        if (config.Flag("enable_moe_block", false))
        {
            (num_experts, top_k_experts) = (config.Size("num_experts"), config.Size("top_k_experts"));
            moe_intermediate_size = config.Size("moe_intermediate_size");
        }
        else
        {
            config.Ignore("num_experts", "top_k_experts", "moe_intermediate_size");
        }

        if (top_k_experts > num_experts || num_kv_shared_layers >= num_hidden_layers)
        {
            throw config.Broken(
                $"{top_k_experts} of {num_experts} experts, or {num_kv_shared_layers} of {num_hidden_layers} layers that share, are not possible");
        }

        kept_by = [.. Enumerable.Range(0, num_hidden_layers).Select(layer => KeptBy(config, layer))];
    }

    public int vocab_size { get; }

    public int hidden_size { get; }

    public int num_hidden_layers { get; }

    public int intermediate_size { get; }

    public int max_position_embeddings { get; }

    public float rms_norm_eps { get; }

    public float? final_logit_softcapping { get; }

    public bool attention_bias { get; }

    public bool tie_word_embeddings { get; }

    /// <summary>Whether values of layers that see all are their keys, before these are normed and turn.</summary>
    public bool attention_k_eq_v { get; }

    /// <summary>The window of each layer; null: it sees all.</summary>
    public IReadOnlyList<int?> windows { get; }

    public HeadLayout sliding_heads { get; }

    public HeadLayout full_heads { get; }

    public RotaryEmbedding sliding_rotary { get; }

    public RotaryEmbedding full_rotary { get; }

    /// <summary>The last layers, which have no keys and values of their own.</summary>
    public int num_kv_shared_layers { get; }

    public bool use_double_wide_mlp { get; }

    /// <summary>Width of what a token has for each layer; 0: nothing.</summary>
    public int hidden_size_per_layer_input { get; }

    public int vocab_size_per_layer_input { get; }

    /// <summary>Number of experts; 0: there are none.</summary>
    public int num_experts { get; }

    public int top_k_experts { get; }

    public int moe_intermediate_size { get; }

    /// <summary>The layer whose keys and values each layer reads.</summary>
    public IReadOnlyList<int> kept_by { get; }

    public ModelSizes Sizes(long parameters) =>
        new()
        {
            Blocks = num_hidden_layers,
            Width = hidden_size,
            Vocabulary = vocab_size,
            QueryHeads = full_heads.Queries,
            KeyValueHeads = full_heads.KeyValues,
            HeadSize = full_heads.Size,
            Context = (int)(max_position_embeddings * full_rotary.Stretch),
            RotaryByLengthAbove = full_rotary.ByLengthAbove,
            Parameters = parameters,
            Shapes = [.. Enumerable.Range(0, num_hidden_layers).Select(Shape)],
        };

    /// <summary>The heads of a layer.</summary>
    public HeadLayout Heads(int layer) => windows[layer] is null ? full_heads : sliding_heads;

    /// <summary>Width of a layer's MLP.</summary>
    public int Inner(int layer) => use_double_wide_mlp && kept_by[layer] != layer ? 2 * intermediate_size : intermediate_size;

    private BlockShape Shape(int layer) =>
        kept_by[layer] == layer ? new BlockShape(Heads(layer).Queries, Heads(layer).KeyValues, Heads(layer).Size, Heads(layer).Size) : default;

    private int KeptBy(ModelConfig config, int layer)
    {
        var first = num_hidden_layers - num_kv_shared_layers;
        if (layer < first)
        {
            return layer;
        }

        var earlier = Enumerable.Range(0, first).Where(other => windows[other] is null == windows[layer] is null).DefaultIfEmpty(-1).Last();
        return earlier >= 0 ? earlier : throw config.Broken($"layer {layer} shares keys and values, and no earlier layer of its type has any");
    }
}

/// <summary>Attention: grouped queries, all heads normed, causal within each sequence, in most layers within a window.</summary>
internal sealed class Gemma4TextAttention
{
    private readonly Gemma4TextConfig _config;
    private readonly int _block;
    private readonly HeadLayout _heads;
    private readonly RotaryEmbedding _rotary;
    private readonly AttentionRule _rule;
    private readonly Linear _q_proj;
    private readonly Linear? _kv_proj;
    private readonly Linear _o_proj;
    private readonly torch.Tensor _q_norm;
    private readonly torch.Tensor? _k_norm;
    private readonly torch.Tensor? _v_norm;
    private readonly bool _keysAreValues;

    public Gemma4TextAttention(Gemma4TextConfig config, ModelWeights weights, string prefix, int block)
    {
        (_config, _block, _heads) = (config, block, config.Heads(block));
        (_rotary, _rule) = (config.windows[block] is null ? config.full_rotary : config.sliding_rotary, new AttentionRule(1, config.windows[block]));
        _keysAreValues = config.attention_k_eq_v && config.windows[block] is null;
        var (width, bias) = (config.hidden_size, config.attention_bias);
        _q_proj = weights.Linear(width, bias, ($"{prefix}.q_proj", _heads.Width));
        _o_proj = weights.Linear(_heads.Width, bias, ($"{prefix}.o_proj", width));
        _q_norm = weights.Vector($"{prefix}.q_norm.weight", _heads.Size);
        if (config.kept_by[block] == block)
        {
            _kv_proj = _keysAreValues
                ? weights.Linear(width, bias, ($"{prefix}.k_proj", _heads.KeyWidth))
                : weights.Linear(width, bias, ($"{prefix}.k_proj", _heads.KeyWidth), ($"{prefix}.v_proj", _heads.KeyWidth));
            _k_norm = weights.Vector($"{prefix}.k_norm.weight", _heads.Size);
            _v_norm = weights.Ones(_heads.Size);
        }
    }

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var query = new Heads(pass.Linear(_q_proj, x), 0, _heads.Queries, _heads.Size);
        pass.NormHeads(query, _q_norm, _config.rms_norm_eps);
        pass.Rotate(query, _rotary);
        if (_kv_proj is null)
        {
            return pass.Linear(_o_proj, pass.AttendKept(_config.kept_by[_block], query, _rule));
        }

        var made = pass.Linear(_kv_proj, x); // [tokens, keyWidth] or [tokens, 2 * keyWidth]: keys, values
        var (key, value) = (
            new Heads(made, 0, _heads.KeyValues, _heads.Size),
            _keysAreValues
                ? new Heads(made.clone(), 0, _heads.KeyValues, _heads.Size)
                : new Heads(made, _heads.KeyWidth, _heads.KeyValues, _heads.Size));
        pass.NormHeads(key, _k_norm!, _config.rms_norm_eps);
        pass.NormHeads(value, _v_norm!, _config.rms_norm_eps);
        pass.Rotate(key, _rotary);
        return pass.Linear(_o_proj, pass.Attend(_block, query, key, value, _rule));
    }
}

/// <summary>
/// Experts beside the MLP: a router that reads the stream itself chooses the best, whose weights sum to 1 and are multiplied by each one's scale.
/// </summary>
internal sealed class Gemma4TextExperts(Gemma4TextConfig config, ModelWeights weights, string prefix)
{
    // A norm without weight, then a scale and the root of the width.
    private readonly torch.Tensor _scale = weights.Constant(
        [.. weights.Numbers($"{prefix}.router.scale", config.hidden_size).Select(scale => scale / MathF.Sqrt(config.hidden_size))]);

    private readonly Linear _proj = weights.Linear(config.hidden_size, bias: false, ($"{prefix}.router.proj", config.num_experts));
    private readonly float[] _per_expert_scale = weights.Numbers($"{prefix}.router.per_expert_scale", config.num_experts);
    private readonly torch.Tensor _pre_feedforward_layernorm_2 = weights.Vector($"{prefix}.pre_feedforward_layernorm_2.weight", config.hidden_size);

    private readonly Linear[] _gate_up_proj = weights.Experts(
        $"{prefix}.experts.gate_up_proj",
        config.num_experts,
        config.hidden_size,
        2 * config.moe_intermediate_size,
        transposed: false);

    private readonly Linear[] _down_proj = weights.Experts(
        $"{prefix}.experts.down_proj",
        config.num_experts,
        config.moe_intermediate_size,
        config.hidden_size,
        transposed: false);

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var scores = pass.Linear(_proj, pass.RmsNorm(x, _scale, config.rms_norm_eps));
        var normed = pass.RmsNorm(x, _pre_feedforward_layernorm_2, config.rms_norm_eps);
        return pass.Experts(normed, scores, config.top_k_experts, renormalise: true, Expert);

        torch.Tensor Expert(int expert, torch.Tensor rows)
        {
            var made = pass.GeGlu(_gate_up_proj[expert], _down_proj[expert], rows);
            pass.Scale(made, _per_expert_scale[expert]);
            return made;
        }
    }
}

/// <summary>What a token has for each layer: a row of a table and a projection of its embedding, normed (both scaled).</summary>
internal sealed class Gemma4PerLayerInputs(Gemma4TextConfig config, ModelWeights weights, string prefix)
{
    private readonly torch.Tensor _embed_tokens_per_layer = weights.Table(
        $"{prefix}embed_tokens_per_layer.weight",
        config.vocab_size_per_layer_input,
        config.num_hidden_layers * config.hidden_size_per_layer_input);

    private readonly Linear _per_layer_model_projection = weights.Linear(
        config.hidden_size,
        bias: false,
        ($"{prefix}per_layer_model_projection", config.num_hidden_layers * config.hidden_size_per_layer_input));

    private readonly torch.Tensor _per_layer_projection_norm = weights.Vector(
        $"{prefix}per_layer_projection_norm.weight",
        config.hidden_size_per_layer_input);

    /// <summary>[tokens, layers * width].</summary>
    public torch.Tensor Of(torch.Tensor embedded, ForwardPass pass)
    {
        var inputs = pass.Linear(_per_layer_model_projection, embedded);
        pass.Scale(inputs, 1 / MathF.Sqrt(config.hidden_size));
        pass.NormHeads(
            new Heads(inputs, 0, config.num_hidden_layers, config.hidden_size_per_layer_input),
            _per_layer_projection_norm,
            config.rms_norm_eps);
        var ofTokens = pass.EmbedKnown(_embed_tokens_per_layer);
        pass.Scale(ofTokens, MathF.Sqrt(config.hidden_size_per_layer_input));
        pass.Add(inputs, ofTokens);
        pass.Scale(inputs, 1 / MathF.Sqrt(2));
        return inputs;
    }
}

/// <summary>
/// A block: x + norm(attention(norm(x))), then x + norm(feed-forward(norm(x))), then what the token has for this layer, and all times a number.
/// </summary>
internal sealed class Gemma4TextDecoderLayer
{
    private readonly Gemma4TextConfig _config;
    private readonly int _block;
    private readonly float _layer_scalar;
    private readonly torch.Tensor _input_layernorm;
    private readonly Gemma4TextAttention _self_attn;
    private readonly torch.Tensor _post_attention_layernorm;
    private readonly torch.Tensor _pre_feedforward_layernorm;
    private readonly Linear _gate_up_proj;
    private readonly Linear _down_proj;
    private readonly Gemma4TextExperts? _experts;
    private readonly torch.Tensor? _post_feedforward_layernorm_1;
    private readonly torch.Tensor? _post_feedforward_layernorm_2;
    private readonly torch.Tensor _post_feedforward_layernorm;
    private readonly Linear? _per_layer_input_gate;
    private readonly Linear? _per_layer_projection;
    private readonly torch.Tensor? _post_per_layer_input_norm;

    public Gemma4TextDecoderLayer(Gemma4TextConfig config, ModelWeights weights, string prefix, int block)
    {
        (_config, _block) = (config, block);
        var (width, inner, own) = (config.hidden_size, config.Inner(block), config.hidden_size_per_layer_input);
        _layer_scalar = weights.Numbers($"{prefix}.layer_scalar", 1)[0];
        _input_layernorm = Norm("input_layernorm");
        _self_attn = new(config, weights, $"{prefix}.self_attn", block);
        _post_attention_layernorm = Norm("post_attention_layernorm");
        _pre_feedforward_layernorm = Norm("pre_feedforward_layernorm");
        _gate_up_proj = weights.Linear(width, bias: false, ($"{prefix}.mlp.gate_proj", inner), ($"{prefix}.mlp.up_proj", inner));
        _down_proj = weights.Linear(inner, bias: false, ($"{prefix}.mlp.down_proj", width));
        _post_feedforward_layernorm = Norm("post_feedforward_layernorm");
        if (config.num_experts > 0)
        {
            _experts = new(config, weights, prefix);
            _post_feedforward_layernorm_1 = Norm("post_feedforward_layernorm_1");
            _post_feedforward_layernorm_2 = Norm("post_feedforward_layernorm_2");
        }

        if (own > 0)
        {
            _per_layer_input_gate = weights.Linear(width, bias: false, ($"{prefix}.per_layer_input_gate", own));
            _per_layer_projection = weights.Linear(own, bias: false, ($"{prefix}.per_layer_projection", width));
            _post_per_layer_input_norm = Norm("post_per_layer_input_norm");
        }

        torch.Tensor Norm(string name) => weights.Vector($"{prefix}.{name}.weight", width);
    }

    /// <summary>Changes the stream x [tokens, width] in place.</summary>
    /// <param name="x">The stream.</param>
    /// <param name="inputs">What the tokens have for each layer [tokens, layers * width]; null: nothing.</param>
    /// <param name="pass">The pass.</param>
    public void Forward(torch.Tensor x, torch.Tensor? inputs, ForwardPass pass)
    {
        var epsilon = _config.rms_norm_eps;
        var attention = _self_attn.Forward(pass.RmsNorm(x, _input_layernorm, epsilon), pass);
        pass.AddBranch(SiteKind.AttentionOutput, _block, x, pass.RmsNorm(attention, _post_attention_layernorm, epsilon));

        var feedForward = pass.GeGlu(_gate_up_proj, _down_proj, pass.RmsNorm(x, _pre_feedforward_layernorm, epsilon));
        if (_experts is not null)
        {
            feedForward = pass.RmsNorm(feedForward, _post_feedforward_layernorm_1!, epsilon);
            pass.Add(feedForward, pass.RmsNorm(_experts.Forward(x, pass), _post_feedforward_layernorm_2!, epsilon));
        }

        pass.AddBranch(SiteKind.FeedForwardOutput, _block, x, pass.RmsNorm(feedForward, _post_feedforward_layernorm, epsilon));
        if (inputs is not null)
        {
            var own = pass.Linear(_per_layer_input_gate!, x);
            pass.Activate(own, Activation.GeluTanh);
            pass.Multiply(own, inputs.narrow(1, _block * own.size(1), own.size(1)).contiguous());
            pass.Add(x, pass.RmsNorm(pass.Linear(_per_layer_projection!, own), _post_per_layer_input_norm!, epsilon));
        }

        pass.Scale(x, _layer_scalar);
    }
}

/// <summary>The model.</summary>
internal sealed class Gemma4TextForCausalLM : CausalModel
{
    /// <summary>Keys that files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.*inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly Gemma4TextConfig _config;
    private readonly torch.Tensor _embed_tokens;
    private readonly Gemma4PerLayerInputs? _inputs;
    private readonly Gemma4TextDecoderLayer[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _lm_head;

    public Gemma4TextForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new Gemma4TextConfig(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed_tokens = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _inputs = _config.hidden_size_per_layer_input > 0 ? new(_config, weights, prefix) : null;
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new Gemma4TextDecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
        ];
        _norm = weights.Vector($"{prefix}norm.weight", _config.hidden_size);
        _lm_head = weights.Head(_config.hidden_size, _config.vocab_size, "lm_head", _config.tie_word_embeddings ? $"{prefix}embed_tokens" : null);
        // Layers that read the keys and values of others may have some of their own in the file.
        var unused = Enumerable.Range(0, _config.num_hidden_layers)
            .Where(block => _config.kept_by[block] != block)
            .SelectMany(block => ((string[])["k_proj", "v_proj", "k_norm", "v_norm"]).Select(name => $"{prefix}layers.{block}.self_attn.{name}.weight"));
        weights.RefuseTheRest([.. _config.tie_word_embeddings ? LeftOverWhenTied : LeftOver, .. unused]);
        Sizes = _config.Sizes(weights.Parameters);
        Sites = Site.OfDecoder(_config.num_hidden_layers);
    }

    public override ModelSizes Sizes { get; }

    public override IReadOnlyList<Site> Sites { get; }

    public override void Forward(TokenBatch batch, KeyValueCache cache, IForwardObserver observer, ISiteEditor? editor = null)
    {
        using var pass = new ForwardPass(this, batch, cache, observer, editor);
        var x = pass.Embed(_embed_tokens); // [tokens, width]
        pass.Scale(x, MathF.Sqrt(_config.hidden_size));
        torch.Tensor? inputs = null;
        pass.Run(
            x,
            [.. _layers.Select(layer => new DecoderBlock(stream => layer.Forward(stream, inputs, pass)))],
            last => pass.RmsNorm(last, _norm, _config.rms_norm_eps),
            _lm_head,
            _config.final_logit_softcapping is { } cap ? logits => pass.SoftCap(logits, cap) : null,
            embedded => inputs = _inputs?.Of(embedded, pass));
    }
}

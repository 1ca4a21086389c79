// Gemma 3n (Gemma Team 2025), its language model: several streams, of which blocks read one and correct all (AltUp); a narrow layer beside attention (Laurel);
// an input of each token for each layer; sparse gates in the first layers; later layers read the keys and values of earlier ones. Hidden states are those of
// the stream that blocks read. Read beside transformers' modeling_gemma3n.py. Tensors are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a Gemma 3n.</summary>
internal sealed class Gemma3nTextConfig
{
    public Gemma3nTextConfig(ModelConfig config)
    {
        config.Require("hidden_activation", "gelu_pytorch_tanh");
        config.Require("altup_active_idx", "0");
        // How it was trained, and a scale of scores that this architecture does not have.
        config.Ignore("altup_lr_multiplier", "query_pre_attn_scalar");
        vocab_size = config.OptionalSize("vocab_size") ?? 262400;
        (hidden_size, num_hidden_layers) = (config.OptionalSize("hidden_size") ?? 2048, config.OptionalSize("num_hidden_layers") ?? 35);
        intermediate_size = config.IsList("intermediate_size")
            ? config.Numbers("intermediate_size")!
            : [.. Enumerable.Repeat(config.OptionalSize("intermediate_size") ?? 16384, num_hidden_layers)];
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 32768;
        rms_norm_eps = (float)config.Number("rms_norm_eps", 1e-6);
        final_logit_softcapping = (float?)config.PositiveUnlessNull("final_logit_softcapping", 30);
        (attention_bias, tie_word_embeddings) = (config.Flag("attention_bias", false), config.Flag("tie_word_embeddings", true));
        windows = LayerTypes.Windows(config, num_hidden_layers, config.SizeUnlessNull("sliding_window", 512), slides: layer => (layer + 1) % 5 != 0);
        heads = HeadLayout.Of(
            config,
            hidden_size,
            config.OptionalSize("num_attention_heads") ?? 8,
            config.OptionalSize("num_key_value_heads") ?? 2,
            config.OptionalSize("head_dim") ?? 256);
        full_rotary = RotaryConfig.OfLayers(config, "full_attention", heads.Size, 1000000) ?? RotaryConfig.FromConfig(config, heads.Size, 1000000);
        sliding_rotary = RotaryConfig.OfLayers(config, "sliding_attention", heads.Size, 10000)
            ?? RotaryEmbedding.Unscaled(config.Positive("rope_local_base_freq", 10000), heads.Size);
        num_kv_shared_layers = config.Count("num_kv_shared_layers", 15);
        hidden_size_per_layer_input = config.OptionalSize("hidden_size_per_layer_input") ?? 256;
        vocab_size_per_layer_input = config.OptionalSize("vocab_size_per_layer_input") ?? 262144;
        (altup_num_inputs, laurel_rank) = (config.OptionalSize("altup_num_inputs") ?? 4, config.OptionalSize("laurel_rank") ?? 64);
        (altup_coef_clip, altup_correct_scale) = ((float?)config.PositiveUnlessNull("altup_coef_clip", 120), config.Flag("altup_correct_scale", true));
        var dense = num_hidden_layers > 10 ? 10 : 0;
        activation_sparsity_pattern = config.Items("activation_sparsity_pattern")
            ?.Select(item => config.FiniteNumber("activation_sparsity_pattern", item)).ToArray()
            ?? [.. Enumerable.Range(0, num_hidden_layers).Select(layer => layer < dense ? 0.95 : 0)];
        if (intermediate_size.Count != num_hidden_layers || activation_sparsity_pattern.Count != num_hidden_layers || intermediate_size.Any(size => size < 1)
            || activation_sparsity_pattern.Any(part => part is not (>= 0 and < 1)) || num_kv_shared_layers >= num_hidden_layers)
        {
            throw config.Broken("intermediate_size or activation_sparsity_pattern does not fit its layers, or num_kv_shared_layers leaves none");
        }

        kept_by = [.. Enumerable.Range(0, num_hidden_layers).Select(layer => KeptBy(config, layer))];
    }

    public int vocab_size { get; }

    public int hidden_size { get; }

    public int num_hidden_layers { get; }

    /// <summary>Width of each layer's MLP.</summary>
    public IReadOnlyList<int> intermediate_size { get; }

    public int max_position_embeddings { get; }

    public float rms_norm_eps { get; }

    public float? final_logit_softcapping { get; }

    public bool attention_bias { get; }

    public bool tie_word_embeddings { get; }

    /// <summary>The window of each layer; null: it sees all.</summary>
    public IReadOnlyList<int?> windows { get; }

    public HeadLayout heads { get; }

    public RotaryEmbedding sliding_rotary { get; }

    public RotaryEmbedding full_rotary { get; }

    /// <summary>The last layers, which have no keys and values of their own.</summary>
    public int num_kv_shared_layers { get; }

    public int hidden_size_per_layer_input { get; }

    public int vocab_size_per_layer_input { get; }

    /// <summary>Number of streams.</summary>
    public int altup_num_inputs { get; }

    public int laurel_rank { get; }

    public float? altup_coef_clip { get; }

    public bool altup_correct_scale { get; }

    /// <summary>The part of each layer's gates that is 0.</summary>
    public IReadOnlyList<double> activation_sparsity_pattern { get; }

    /// <summary>The layer whose keys and values each layer reads.</summary>
    public IReadOnlyList<int> kept_by { get; }

    public ModelSizes Sizes(long parameters) =>
        new()
        {
            Blocks = num_hidden_layers,
            Width = hidden_size,
            Vocabulary = vocab_size,
            QueryHeads = heads.Queries,
            KeyValueHeads = heads.KeyValues,
            HeadSize = heads.Size,
            Context = (int)(max_position_embeddings * full_rotary.Stretch),
            RotaryByLengthAbove = full_rotary.ByLengthAbove,
            Parameters = parameters,
            Shapes =
            [
                .. kept_by.Select((kept, layer) => kept == layer ? new BlockShape(heads.Queries, heads.KeyValues, heads.Size, heads.Size) : default),
            ],
        };

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

/// <summary>Attention: grouped queries, all heads normed, scores not scaled, causal within each sequence, in most layers within a window.</summary>
internal sealed class Gemma3nTextAttention
{
    private readonly Gemma3nTextConfig _config;
    private readonly int _block;
    private readonly RotaryEmbedding _rotary;
    private readonly AttentionRule _rule;
    private readonly Linear _q_proj;
    private readonly Linear? _kv_proj;
    private readonly Linear _o_proj;
    private readonly torch.Tensor _q_norm;
    private readonly torch.Tensor? _k_norm;
    private readonly torch.Tensor? _v_norm;

    public Gemma3nTextAttention(Gemma3nTextConfig config, ModelWeights weights, string prefix, int block)
    {
        (_config, _block) = (config, block);
        (_rotary, _rule) = (config.windows[block] is null ? config.full_rotary : config.sliding_rotary, new AttentionRule(1, config.windows[block]));
        var (width, bias, heads) = (config.hidden_size, config.attention_bias, config.heads);
        _q_proj = weights.Linear(width, bias, ($"{prefix}.q_proj", heads.Width));
        _o_proj = weights.Linear(heads.Width, bias, ($"{prefix}.o_proj", width));
        _q_norm = weights.Vector($"{prefix}.q_norm.weight", heads.Size);
        if (config.kept_by[block] == block)
        {
            _kv_proj = weights.Linear(width, bias, ($"{prefix}.k_proj", heads.KeyWidth), ($"{prefix}.v_proj", heads.KeyWidth));
            _k_norm = weights.Vector($"{prefix}.k_norm.weight", heads.Size);
            _v_norm = weights.Ones(heads.Size);
        }
    }

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var (keyValues, size) = (_config.heads.KeyValues, _config.heads.Size);
        var query = new Heads(pass.Linear(_q_proj, x), 0, _config.heads.Queries, size);
        pass.NormHeads(query, _q_norm, _config.rms_norm_eps);
        pass.Rotate(query, _rotary);
        if (_kv_proj is null)
        {
            return pass.Linear(_o_proj, pass.AttendKept(_config.kept_by[_block], query, _rule));
        }

        var made = pass.Linear(_kv_proj, x); // [tokens, 2 * keyWidth]: keys, values
        var (key, value) = (new Heads(made, 0, keyValues, size), new Heads(made, _config.heads.KeyWidth, keyValues, size));
        pass.NormHeads(key, _k_norm!, _config.rms_norm_eps);
        pass.NormHeads(value, _v_norm!, _config.rms_norm_eps);
        pass.Rotate(key, _rotary);
        return pass.Linear(_o_proj, pass.Attend(_block, query, key, value, _rule));
    }
}

/// <summary>Feed-forward part: down(gelu(gate(x)) * up(x)); of sparse gates what lies below a bound of each token is 0.</summary>
internal sealed class Gemma3nTextMLP(Gemma3nTextConfig config, ModelWeights weights, string prefix, int block)
{
    private readonly int _width = config.intermediate_size[block];

    // A normal distribution has that part of itself below its mean and so many standard deviations.
    private readonly float? _deviations = config.activation_sparsity_pattern[block] is > 0 and var part ? Deviations(part) : null;

    private readonly Linear _gate_up_proj = weights.Linear(
        config.hidden_size,
        bias: false,
        ($"{prefix}.gate_proj", config.intermediate_size[block]),
        ($"{prefix}.up_proj", config.intermediate_size[block]));

    private readonly Linear _down_proj = weights.Linear(config.intermediate_size[block], bias: false, ($"{prefix}.down_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        if (_deviations is not { } deviations)
        {
            return pass.GeGlu(_gate_up_proj, _down_proj, x);
        }

        var both = pass.Linear(_gate_up_proj, x);
        var gate = both.narrow(1, 0, _width).contiguous();
        pass.KeepAbove(gate, deviations);
        pass.Activate(gate, Activation.GeluTanh);
        pass.Multiply(gate, both.narrow(1, _width, _width).contiguous());
        return pass.Linear(_down_proj, gate);
    }

    private static float Deviations(double part)
    {
        using var scope = torch.NewDisposeScope();
        return TensorMemory.Span<float>(torch.special.ndtri(torch.tensor(new[] { (float)part })))[0];
    }
}

/// <summary>Streams beside the one that blocks read (AltUp; Baykal et al. 2023): a block predicts all, and corrects all by what the one has become.</summary>
internal sealed class Gemma3nTextAltUp
{
    private readonly Gemma3nTextConfig _config;
    private readonly Linear _modality_router;
    private readonly Linear _prediction_coefs;
    private readonly Linear _correction_coefs;
    private readonly torch.Tensor _router_norm;

    public Gemma3nTextAltUp(Gemma3nTextConfig config, ModelWeights weights, string prefix)
    {
        _config = config;
        var streams = config.altup_num_inputs;
        _modality_router = weights.Linear(config.hidden_size, bias: false, ($"{prefix}.modality_router", streams));
        _prediction_coefs = weights.Linear(streams, bias: false, ($"{prefix}.prediction_coefs", streams * streams));
        var limit = config.altup_coef_clip ?? float.PositiveInfinity;
        var corrections = weights.Numbers($"{prefix}.correction_coefs.weight", streams, streams);
        _correction_coefs = weights.Of([.. corrections.Select(coefficient => Math.Clamp(coefficient, -limit, limit))], streams);
        _router_norm = weights.Vector($"{prefix}.router_norm.weight", config.hidden_size);
    }

    /// <summary>Each stream plus what the block expects of it: a sum of all streams, weighted by the token.</summary>
    /// <param name="streams">[tokens, width] each.</param>
    /// <param name="pass">The pass.</param>
    public torch.Tensor[] Predict(IReadOnlyList<torch.Tensor> streams, ForwardPass pass)
    {
        var factors = pass.Linear(_prediction_coefs, Modalities(streams[0], pass)); // [tokens, streams * streams]
        return
        [
            .. streams.Select((stream, to) =>
            {
                var predicted = stream.clone();
                for (var from = 0; from < streams.Count; from++)
                {
                    AddTimes(predicted, streams[from], factors, (to * streams.Count) + from, pass);
                }

                return predicted;
            }),
        ];
    }

    /// <summary>Adds to each prediction how far the first one was off, times one and a number of the token.</summary>
    /// <param name="predictions">The predictions; they are changed.</param>
    /// <param name="became">What the first stream has become.</param>
    /// <param name="pass">The pass.</param>
    public void Correct(IReadOnlyList<torch.Tensor> predictions, torch.Tensor became, ForwardPass pass)
    {
        var factors = pass.Linear(_correction_coefs, Modalities(became, pass)); // [tokens, streams]
        var off = predictions[0].clone();
        pass.Scale(off, -1);
        pass.Add(off, became);
        foreach (var (index, prediction) in predictions.Index())
        {
            AddTimes(prediction, off, factors, index, pass);
            pass.Add(prediction, off);
        }
    }

    private torch.Tensor Modalities(torch.Tensor x, ForwardPass pass)
    {
        var normed = pass.RmsNorm(x, _router_norm, _config.rms_norm_eps);
        pass.Scale(normed, 1f / _config.hidden_size);
        var modalities = pass.Linear(_modality_router, normed);
        pass.SoftCap(modalities, 1);
        return modalities;
    }

    private static void AddTimes(torch.Tensor sum, torch.Tensor x, torch.Tensor factors, int column, ForwardPass pass)
    {
        var times = x.clone();
        pass.Multiply(times, factors.narrow(1, column, 1).contiguous());
        pass.Add(sum, times);
    }
}

/// <summary>What a token has for each layer: a row of a table and a projection of its embedding, normed (both scaled).</summary>
internal sealed class Gemma3nPerLayerInputs(Gemma3nTextConfig config, ModelWeights weights, string prefix)
{
    private readonly torch.Tensor _embed_tokens_per_layer = weights.Table(
        $"{prefix}embed_tokens_per_layer.weight",
        config.vocab_size_per_layer_input,
        config.num_hidden_layers * config.hidden_size_per_layer_input);

    private readonly Linear _per_layer_model_projection = weights.Linear(
        config.hidden_size,
        bias: false,
        (Name(weights, prefix), config.num_hidden_layers * config.hidden_size_per_layer_input));

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

    // transformers 4 renames a part of this name too when it saves the language model alone.
    private static string Name(ModelWeights weights, string prefix) =>
        weights.Contains($"{prefix}per_layer_model.language_model_projection.weight")
            ? $"{prefix}per_layer_model.language_model_projection"
            : $"{prefix}per_layer_model_projection";
}

/// <summary>A block; what it passes on of the stream that it reads is the stream's prediction, corrected.</summary>
internal sealed class Gemma3nTextDecoderLayer
{
    private readonly Gemma3nTextConfig _config;
    private readonly int _block;
    private readonly Gemma3nTextAltUp _altup;
    private readonly torch.Tensor _correct_output_scale;
    private readonly Linear _linear_left;
    private readonly Linear _linear_right;
    private readonly torch.Tensor _post_laurel_norm;
    private readonly torch.Tensor _input_layernorm;
    private readonly Gemma3nTextAttention _self_attn;
    private readonly torch.Tensor _post_attention_layernorm;
    private readonly torch.Tensor _pre_feedforward_layernorm;
    private readonly Gemma3nTextMLP _mlp;
    private readonly torch.Tensor _post_feedforward_layernorm;
    private readonly Linear _per_layer_input_gate;
    private readonly Linear _per_layer_projection;
    private readonly torch.Tensor _post_per_layer_input_norm;

    public Gemma3nTextDecoderLayer(Gemma3nTextConfig config, ModelWeights weights, string prefix, int block)
    {
        (_config, _block) = (config, block);
        var (width, own) = (config.hidden_size, config.hidden_size_per_layer_input);
        _altup = new(config, weights, $"{prefix}.altup");
        _correct_output_scale = weights.Vector($"{prefix}.altup.correct_output_scale", width);
        _linear_left = weights.Linear(width, bias: false, ($"{prefix}.laurel.linear_left", config.laurel_rank));
        _linear_right = weights.Linear(config.laurel_rank, bias: false, ($"{prefix}.laurel.linear_right", width));
        _post_laurel_norm = Norm("laurel.post_laurel_norm");
        _input_layernorm = Norm("input_layernorm");
        _self_attn = new(config, weights, $"{prefix}.self_attn", block);
        _post_attention_layernorm = Norm("post_attention_layernorm");
        _pre_feedforward_layernorm = Norm("pre_feedforward_layernorm");
        _mlp = new(config, weights, $"{prefix}.mlp", block);
        _post_feedforward_layernorm = Norm("post_feedforward_layernorm");
        _per_layer_input_gate = weights.Linear(width, bias: false, ($"{prefix}.per_layer_input_gate", own));
        _per_layer_projection = weights.Linear(own, bias: false, ($"{prefix}.per_layer_projection", width));
        _post_per_layer_input_norm = Norm("post_per_layer_input_norm");

        torch.Tensor Norm(string name) => weights.Vector($"{prefix}.{name}.weight", width);
    }

    /// <summary>Changes the streams [tokens, width] in place; the first is the one that is read.</summary>
    /// <param name="streams">The streams.</param>
    /// <param name="inputs">What the tokens have for each layer [tokens, layers * width].</param>
    /// <param name="pass">The pass.</param>
    public void Forward(IReadOnlyList<torch.Tensor> streams, torch.Tensor inputs, ForwardPass pass)
    {
        var epsilon = _config.rms_norm_eps;
        var predictions = _altup.Predict(streams, pass);
        var normed = pass.RmsNorm(predictions[0], _input_layernorm, epsilon);
        var laurel = pass.RmsNorm(pass.Linear(_linear_right, pass.Linear(_linear_left, normed)), _post_laurel_norm, epsilon);
        pass.Add(laurel, normed);

        var became = predictions[0].clone();
        pass.AddBranch(SiteKind.AttentionOutput, _block, became, pass.RmsNorm(_self_attn.Forward(normed, pass), _post_attention_layernorm, epsilon));
        pass.Add(became, laurel);
        pass.Scale(became, 1 / MathF.Sqrt(2));
        var feedForward = _mlp.Forward(pass.RmsNorm(became, _pre_feedforward_layernorm, epsilon), pass);
        pass.AddBranch(SiteKind.FeedForwardOutput, _block, became, pass.RmsNorm(feedForward, _post_feedforward_layernorm, epsilon));
        _altup.Correct(predictions, became, pass);

        var first = predictions[0].clone();
        if (_config.altup_correct_scale)
        {
            pass.Multiply(first, _correct_output_scale);
        }

        var own = pass.Linear(_per_layer_input_gate, first);
        pass.Activate(own, Activation.GeluTanh);
        pass.Multiply(own, inputs.narrow(1, _block * own.size(1), own.size(1)).contiguous());
        var more = pass.RmsNorm(pass.Linear(_per_layer_projection, own), _post_per_layer_input_norm, epsilon);
        foreach (var (index, (stream, prediction)) in streams.Zip(predictions).Index())
        {
            if (index > 0)
            {
                pass.Add(prediction, more);
            }

            stream.copy_(prediction);
        }
    }
}

/// <summary>The model.</summary>
internal sealed class Gemma3nTextForCausalLM : CausalModel
{
    // transformers has this number in its code, not in the configuration.
    private const float Least = 1e-5f;

    /// <summary>Keys that files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq", "*.rotary_emb_local.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly Gemma3nTextConfig _config;
    private readonly torch.Tensor _embed_tokens;
    private readonly Gemma3nPerLayerInputs _inputs;
    private readonly Linear[] _altup_projections;
    private readonly Linear[] _altup_unembed_projections;
    private readonly Gemma3nTextDecoderLayer[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _lm_head;

    public Gemma3nTextForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new Gemma3nTextConfig(file);
        var prefix = weights.Contains("model.language_model.embed_tokens.weight")
            ? "model.language_model."
            : weights.Prefix("model.", "embed_tokens.weight");
        var width = _config.hidden_size;
        _embed_tokens = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, width);
        _inputs = new(_config, weights, prefix);
        var others = Enumerable.Range(0, _config.altup_num_inputs - 1);
        _altup_projections = [.. others.Select(stream => weights.Linear(width, bias: false, ($"{prefix}altup_projections.{stream}", width)))];
        _altup_unembed_projections = [.. others.Select(stream => weights.Linear(width, bias: false, ($"{prefix}altup_unembed_projections.{stream}", width)))];
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new Gemma3nTextDecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
        ];
        _norm = weights.Vector($"{prefix}norm.weight", width);
        _lm_head = weights.Head(width, _config.vocab_size, "lm_head", _config.tie_word_embeddings ? $"{prefix}embed_tokens" : null);
        // Layers that read the keys and values of others have some of their own in the file.
        var unused = Enumerable.Range(0, _config.num_hidden_layers)
            .Where(block => _config.kept_by[block] != block)
            .SelectMany(block => ((string[])["k_proj", "v_proj", "k_norm"]).Select(name => $"{prefix}layers.{block}.self_attn.{name}.*"));
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
        var (streams, inputs) = (Array.Empty<torch.Tensor>(), x);
        pass.Run(
            x,
            [.. _layers.Select(layer => new DecoderBlock(_ => layer.Forward(streams, inputs, pass)))],
            _ => pass.RmsNorm(Joined(streams, pass), _norm, _config.rms_norm_eps),
            _lm_head,
            _config.final_logit_softcapping is { } cap ? logits => pass.SoftCap(logits, cap) : null,
            embedded => (streams, inputs) = (Streams(embedded, pass), _inputs.Of(embedded, pass)));
    }

    /// <summary>The embedding's output, and of each other stream a projection of it, as large.</summary>
    private torch.Tensor[] Streams(torch.Tensor embedded, ForwardPass pass) =>
    [
        embedded,
        .. _altup_projections.Select(projection =>
        {
            var stream = pass.Linear(projection, embedded);
            pass.AsLargeAs(stream, embedded, Least);
            return stream;
        }),
    ];

    /// <summary>The mean of the first stream and of projections of the others, as large.</summary>
    private torch.Tensor Joined(torch.Tensor[] streams, ForwardPass pass)
    {
        var joined = streams[0].clone();
        foreach (var (projection, stream) in _altup_unembed_projections.Zip(streams.Skip(1)))
        {
            var projected = pass.Linear(projection, stream);
            pass.AsLargeAs(projected, streams[0], Least);
            pass.Add(joined, projected);
        }

        pass.Scale(joined, 1f / streams.Length);
        return joined;
    }
}

// RecurrentGemma (Griffin; De et al. 2024): two blocks of three have a gated linear recurrence after a short convolution, the third attends within a window;
// the embedding is multiplied by the root of its width; norms are stored as their difference from 1; logits have a soft cap. Read beside transformers'
// modeling_recurrent_gemma.py. Tensors are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;
using BFloat16 = AlignedProbing.Torch.Weights.BFloat16;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a RecurrentGemma.</summary>
internal sealed class RecurrentGemmaConfig
{
    public RecurrentGemmaConfig(ModelConfig config)
    {
        // How it was initialised.
        config.Ignore("final_w_init_variance_scale", "w_init_variance_scale", "embeddings_scale_by_sqrt_dim", "max_position_embeddings");
        config.Require("hidden_activation", "gelu_pytorch_tanh");
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        intermediate_size = config.Size("intermediate_size") / 2;
        rms_norm_eps = (float)config.Number("rms_norm_eps", 1e-6);
        (attention_bias, tie_word_embeddings) = (config.Flag("attention_bias", false), config.Flag("tie_word_embeddings", true));
        heads = HeadLayout.Read(config, hidden_size);
        attention_window_size = config.OptionalSize("attention_window_size") ?? 2048;
        logits_soft_cap = (float)config.Positive("logits_soft_cap", 30);
        (conv1d_width, lru_width) = (config.OptionalSize("conv1d_width") ?? 4, config.OptionalSize("lru_width") ?? hidden_size);
        // transformers cuts heads in two whatever the number.
        if (config.Number("partial_rotary_factor", 0.5) != 0.5)
        {
            throw config.Unsupported("partial_rotary_factor other than 0.5");
        }

        rotary = RotaryConfig.PartialFromConfig(config, heads.Size, 0.5);
        var types = config.Texts("block_types") ?? ["recurrent", "recurrent", "attention"];
        attends = types.Count > 0 && types.All(type => type is "recurrent" or "attention")
            ? [.. Enumerable.Range(0, num_hidden_layers).Select(layer => types[layer % types.Count] == "attention")]
            : throw config.Unsupported("block_types other than recurrent or attention");
        if (lru_width % heads.Queries != 0)
        {
            throw config.Broken($"{heads.Queries} heads cannot share {lru_width} channels");
        }
    }

    public int vocab_size { get; }

    public int hidden_size { get; }

    public int num_hidden_layers { get; }

    /// <summary>Width of the MLP: half of what the file says.</summary>
    public int intermediate_size { get; }

    public float rms_norm_eps { get; }

    public bool attention_bias { get; }

    public bool tie_word_embeddings { get; }

    public HeadLayout heads { get; }

    public RotaryEmbedding rotary { get; }

    public int attention_window_size { get; }

    public float logits_soft_cap { get; }

    public int conv1d_width { get; }

    public int lru_width { get; }

    /// <summary>Whether each layer attends; otherwise it has a recurrence.</summary>
    public IReadOnlyList<bool> attends { get; }

    // Within a window a prompt is read by transformers as if there were none, so that longer texts would be another model here than there.
    public ModelSizes Sizes(long parameters) =>
        new()
        {
            Blocks = num_hidden_layers,
            Width = hidden_size,
            Vocabulary = vocab_size,
            QueryHeads = heads.Queries,
            KeyValueHeads = heads.KeyValues,
            HeadSize = heads.Size,
            Context = attention_window_size,
            Parameters = parameters,
            Shapes =
            [
                .. attends.Select(own => own
                    ? new BlockShape(heads.Queries, heads.KeyValues, heads.Size, heads.Size)
                    : BlockShape.OfState(StateSize)),
            ],
        };

    /// <summary>Channels of a head of the recurrence.</summary>
    public int BlockWidth => lru_width / heads.Queries;

    private long StateSize => lru_width + heads.Queries + ((long)lru_width * (conv1d_width - 1));
}

/// <summary>Attention: grouped queries, rotary positions on half of each head, causal within each sequence.</summary>
internal sealed class RecurrentGemmaSdpaAttention(RecurrentGemmaConfig config, ModelWeights weights, string prefix, int block)
{
    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _qkv_proj = config.heads.Projection(weights, config.hidden_size, config.attention_bias, prefix);
    private readonly Linear _o_proj = weights.Linear(config.heads.Width, bias: true, ($"{prefix}.o_proj", config.hidden_size));
    private readonly AttentionRule _rule = new(1 / MathF.Sqrt(config.heads.Size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, (heads + 2 * keyValueHeads) * size]
        var (query, key) = (config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv));
        pass.Rotate(query, config.rotary);
        pass.Rotate(key, config.rotary);
        return pass.Linear(_o_proj, pass.Attend(block, query, key, config.heads.ValuesOf(qkv), _rule));
    }
}

/// <summary>A gated linear recurrence (RG-LRU): channels fade as gates ask that each head makes of what comes in.</summary>
internal sealed class RecurrentGemmaRglru(RecurrentGemmaConfig config, ModelWeights weights, string prefix)
{
    private readonly float[] _recurrent = [.. weights.Numbers($"{prefix}.recurrent_param", config.lru_width).Select(Recurrence.Softplus)];
    private readonly float[] _inputWeight = Gate(config, weights, $"{prefix}.input_gate_weight");
    private readonly float[] _inputBias = weights.Numbers($"{prefix}.input_gate_bias", config.heads.Queries, config.BlockWidth);
    private readonly float[] _recurrentWeight = Gate(config, weights, $"{prefix}.recurrent_gate_weight");
    private readonly float[] _recurrentBias = weights.Numbers($"{prefix}.recurrent_gate_bias", config.heads.Queries, config.BlockWidth);

    /// <summary>Numbers of a state: a number a channel, and whether each head has begun.</summary>
    public int Size => config.lru_width + config.heads.Queries;

    /// <summary>One token [channels].</summary>
    public void Step(ReadOnlySpan<float> input, Span<float> state, Span<float> output, int first, int end)
    {
        var width = config.BlockWidth;
        Span<float> lets = new float[width], fades = new float[width];
        for (var head = first; head < end; head++)
        {
            var x = input.Slice(head * width, width);
            Sigmoids(x, _inputWeight, _inputBias, head, lets);
            Sigmoids(x, _recurrentWeight, _recurrentBias, head, fades);
            ref var begun = ref state[config.lru_width + head];
            for (var i = 0; i < width; i++)
            {
                var channel = (head * width) + i;
                var logarithm = -8 * fades[i] * _recurrent[channel];
                var scaled = begun == 0 ? 1 : MathF.Sqrt(1 - MathF.Exp(2 * logarithm));
                state[channel] = (MathF.Exp(logarithm) * state[channel]) + (x[i] * lets[i] * scaled);
                output[channel] = state[channel];
            }

            begun = 1;
        }
    }

    private static float[] Gate(RecurrentGemmaConfig config, ModelWeights weights, string name) =>
        weights.Numbers(name, config.heads.Queries, config.BlockWidth, config.BlockWidth);

    /// <summary>A gate of each channel of a head: the sigmoid of the head's channels times its weight [inputs, outputs], and its bias.</summary>
    private static void Sigmoids(ReadOnlySpan<float> x, float[] weight, float[] bias, int head, Span<float> gates)
    {
        var width = gates.Length;
        bias.AsSpan(head * width, width).CopyTo(gates);
        for (var i = 0; i < width; i++)
        {
            VectorMath.AddScaled(gates, weight.AsSpan(((head * width) + i) * width, width), x[i]);
        }

        for (var i = 0; i < width; i++)
        {
            gates[i] = 1 / (1 + MathF.Exp(-gates[i]));
        }
    }
}

/// <summary>A recurrent part: linear_out(rg_lru(conv(linear_x(x))) * gelu(linear_y(x))).</summary>
internal sealed class RecurrentGemmaRecurrentBlock(RecurrentGemmaConfig config, ModelWeights weights, string prefix, int block)
{
    private readonly Linear _linear_y = weights.Linear(config.hidden_size, bias: true, ($"{prefix}.linear_y", config.lru_width));
    private readonly Linear _linear_x = weights.Linear(config.hidden_size, bias: true, ($"{prefix}.linear_x", config.lru_width));
    private readonly float[] _conv_1d = weights.Numbers($"{prefix}.conv_1d.weight", config.lru_width, 1, config.conv1d_width);
    private readonly float[] _convBias = weights.Numbers($"{prefix}.conv_1d.bias", config.lru_width);
    private readonly RecurrentGemmaRglru _rg_lru = new(config, weights, $"{prefix}.rg_lru");
    private readonly Linear _linear_out = weights.Linear(config.lru_width, bias: true, ($"{prefix}.linear_out", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var convolved = pass.Convolve(pass.Linear(_linear_x, x), _conv_1d, _convBias, block, silu: false);
        var read = pass.Recur(convolved, block, _rg_lru.Size, config.heads.Queries, config.lru_width, _rg_lru.Step);
        var gate = pass.Linear(_linear_y, x);
        pass.Activate(gate, Activation.GeluTanh);
        pass.Multiply(read, gate);
        return pass.Linear(_linear_out, read);
    }
}

/// <summary>Feed-forward part: down_proj(gelu(gate_proj(x)) * up_proj(x)), with biases.</summary>
internal sealed class RecurrentGemmaMlp(RecurrentGemmaConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _gate_up_proj = weights.Linear(
        config.hidden_size,
        bias: true,
        ($"{prefix}.gate_proj", config.intermediate_size),
        ($"{prefix}.up_proj", config.intermediate_size));

    private readonly Linear _down_proj = weights.Linear(config.intermediate_size, bias: true, ($"{prefix}.down_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.GeGlu(_gate_up_proj, _down_proj, x);
}

/// <summary>A block: x + mixer(norm(x)), then x + feed-forward(norm(x)).</summary>
internal sealed class RecurrentGemmaDecoderLayer(RecurrentGemmaConfig config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly torch.Tensor _temporal_pre_norm = weights.VectorFromOne($"{prefix}.temporal_pre_norm.weight", config.hidden_size);
    private readonly RecurrentGemmaSdpaAttention? _attention = config.attends[block] ? new(config, weights, $"{prefix}.temporal_block", block) : null;
    private readonly RecurrentGemmaRecurrentBlock? _recurrent = config.attends[block] ? null : new(config, weights, $"{prefix}.temporal_block", block);
    private readonly torch.Tensor _channel_pre_norm = weights.VectorFromOne($"{prefix}.channel_pre_norm.weight", config.hidden_size);
    private readonly RecurrentGemmaMlp _mlp_block = new(config, weights, $"{prefix}.mlp_block");

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        var normed = pass.RmsNorm(x, _temporal_pre_norm, config.rms_norm_eps);
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _attention?.Forward(normed, pass) ?? _recurrent!.Forward(normed, pass));
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, _mlp_block.Forward(pass.RmsNorm(x, _channel_pre_norm, config.rms_norm_eps), pass));
    }
}

/// <summary>The model.</summary>
internal sealed class RecurrentGemmaForCausalLM : CausalModel
{
    /// <summary>Keys that files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly RecurrentGemmaConfig _config;
    private readonly torch.Tensor _embed;
    private readonly RecurrentGemmaDecoderLayer[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _head;

    public RecurrentGemmaForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new RecurrentGemmaConfig(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers)
                .Select(block => new RecurrentGemmaDecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
        ];
        _norm = weights.VectorFromOne($"{prefix}final_norm.weight", _config.hidden_size);
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
        // transformers keeps this number in bfloat16.
        pass.Scale(x, BFloat16.Nearest(MathF.Sqrt(_config.hidden_size)));
        pass.Run(x, _layers, last => pass.RmsNorm(last, _norm, _config.rms_norm_eps), _head, Cap);

        void Cap(torch.Tensor logits) => pass.SoftCap(logits, _config.logits_soft_cap);
    }
}

// Mamba (Gu and Dao 2023): no attention; each block has a state that a token changes and reads.
// Read beside transformers' modeling_mamba.py. Tensors are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a Mamba.</summary>
internal sealed class MambaConfig
{
    public MambaConfig(ModelConfig config)
    {
        // How it was trained and initialised, which kernels ran, and widths that follow from others.
        config.Ignore(
            "d_inner",
            "d_model",
            "fused_add_norm",
            "intermediate_size",
            "n_layer",
            "pad_vocab_size_multiple",
            "rescale_prenorm_residual",
            "residual_in_fp32",
            "time_step_floor",
            "time_step_init_scheme",
            "time_step_max",
            "time_step_min",
            "time_step_scale",
            "use_falcon_mambapy",
            "use_mambapy");
        config.Require("hidden_act", "silu");
        config.Require("rms_norm", "true");
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        (state_size, conv_kernel) = (config.OptionalSize("state_size") ?? 16, config.OptionalSize("conv_kernel") ?? 4);
        intermediate_size = (config.OptionalSize("expand") ?? 2) * hidden_size;
        time_step_rank = config.IsText("time_step_rank", "auto") ? (hidden_size + 15) / 16 : config.OptionalSize("time_step_rank") ?? (hidden_size + 15) / 16;
        layer_norm_epsilon = (float)config.Number("layer_norm_epsilon", 1e-5);
        (use_bias, use_conv_bias) = (config.Flag("use_bias", false), config.Flag("use_conv_bias", true));
        tie_word_embeddings = config.Flag("tie_word_embeddings", true);
    }

    public int vocab_size { get; }

    public int hidden_size { get; }

    public int num_hidden_layers { get; }

    public int state_size { get; }

    public int conv_kernel { get; }

    public int intermediate_size { get; }

    public int time_step_rank { get; }

    public float layer_norm_epsilon { get; }

    public bool use_bias { get; }

    public bool use_conv_bias { get; }

    public bool tie_word_embeddings { get; }

    public ModelSizes Sizes(long parameters) =>
        ModelSizes.OfStates(num_hidden_layers, hidden_size, vocab_size, (long)intermediate_size * (state_size + conv_kernel - 1), parameters);
}

/// <summary>
/// A selective state space: what comes in goes through a short convolution, and then into a state of its own for each channel, which fades and grows as the
/// input asks.
/// </summary>
internal sealed class MambaMixer(MambaConfig config, ModelWeights weights, string prefix, int block)
{
    private readonly Linear _in_proj = weights.Linear(config.hidden_size, config.use_bias, ($"{prefix}.in_proj", 2 * config.intermediate_size));
    private readonly float[] _conv1d = weights.Numbers($"{prefix}.conv1d.weight", config.intermediate_size, 1, config.conv_kernel);
    private readonly float[]? _convBias = config.use_conv_bias ? weights.Numbers($"{prefix}.conv1d.bias", config.intermediate_size) : null;

    private readonly Linear _x_proj = weights.Linear(
        config.intermediate_size,
        bias: false,
        ($"{prefix}.x_proj", config.time_step_rank + (2 * config.state_size)));

    private readonly Linear _dt_proj = weights.Linear(config.time_step_rank, bias: true, ($"{prefix}.dt_proj", config.intermediate_size));
    private readonly float[] _A = weights.Numbers($"{prefix}.A_log", config.intermediate_size, config.state_size).Select(a => -MathF.Exp(a)).ToArray();
    private readonly float[] _D = weights.Numbers($"{prefix}.D", config.intermediate_size);
    private readonly Linear _out_proj = weights.Linear(config.intermediate_size, config.use_bias, ($"{prefix}.out_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var (width, rank, states) = (config.intermediate_size, config.time_step_rank, config.state_size);
        var projected = pass.Linear(_in_proj, x); // [tokens, 2 * width]: what goes in, and a gate
        var inner = pass.Convolve(projected.narrow(1, 0, width), _conv1d, _convBias, block);
        var parameters = pass.Linear(_x_proj, inner); // [tokens, rank + 2 * states]
        var step = pass.Linear(_dt_proj, parameters.narrow(1, 0, rank).contiguous()); // [tokens, width]
        var all = torch.cat([inner, step, projected.narrow(1, width, width), parameters.narrow(1, rank, 2 * states)], 1);
        return pass.Linear(_out_proj, pass.Recur(all, block, width * states, width, width, Step));
    }

    private void Step(ReadOnlySpan<float> input, Span<float> state, Span<float> output, int first, int end)
    {
        var (width, states) = (config.intermediate_size, config.state_size);
        var b = input.Slice(3 * width, states);
        var c = input.Slice((3 * width) + states, states);
        for (var channel = first; channel < end; channel++)
        {
            var (x, step, gate) = (input[channel], Recurrence.Softplus(input[width + channel]), input[(2 * width) + channel]);
            var own = state.Slice(channel * states, states);
            var sum = 0f;
            for (var n = 0; n < states; n++)
            {
                own[n] = (own[n] * MathF.Exp(step * _A[(channel * states) + n])) + (step * b[n] * x);
                sum += own[n] * c[n];
            }

            output[channel] = (sum + (_D[channel] * x)) * Recurrence.Silu(gate);
        }
    }
}

/// <summary>A block: x + mixer(norm(x)).</summary>
internal sealed class MambaBlock(MambaConfig config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly torch.Tensor _norm = weights.Vector($"{prefix}.norm.weight", config.hidden_size);
    private readonly MambaMixer _mixer = new(config, weights, $"{prefix}.mixer", block);

    public void Forward(torch.Tensor x, ForwardPass pass) =>
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _mixer.Forward(pass.RmsNorm(x, _norm, config.layer_norm_epsilon), pass));
}

/// <summary>The model.</summary>
internal sealed class MambaForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = [];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly MambaConfig _config;
    private readonly torch.Tensor _embed;
    private readonly MambaBlock[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _head;

    public MambaForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new MambaConfig(file);
        var prefix = weights.Prefix("backbone.", "norm_f.weight");
        // Older files have the other name.
        var embeddings = weights.Contains($"{prefix}embedding.weight") ? $"{prefix}embedding" : $"{prefix}embeddings";
        _embed = weights.Table($"{embeddings}.weight", _config.vocab_size, _config.hidden_size);
        _layers = [.. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new MambaBlock(_config, weights, $"{prefix}layers.{block}", block))];
        _norm = weights.Vector($"{prefix}norm_f.weight", _config.hidden_size);
        _head = weights.Head(_config.hidden_size, _config.vocab_size, "lm_head", _config.tie_word_embeddings ? embeddings : null);
        weights.RefuseTheRest(_config.tie_word_embeddings ? LeftOverWhenTied : LeftOver);
        Sizes = _config.Sizes(weights.Parameters);
        Sites = Site.OfMixers(_config.num_hidden_layers);
    }

    public override ModelSizes Sizes { get; }

    public override IReadOnlyList<Site> Sites { get; }

    public override void Forward(TokenBatch batch, KeyValueCache cache, IForwardObserver observer, ISiteEditor? editor = null)
    {
        using var pass = new ForwardPass(this, batch, cache, observer, editor);
        var x = pass.Embed(_embed); // [tokens, width]
        pass.Run(x, _layers, last => pass.RmsNorm(last, _norm, _config.layer_norm_epsilon), _head);
    }
}

// Mamba 2 (Dao and Gu 2024): as Mamba except that channels are grouped in heads that fade alike, that what goes into and out of the state is convolved too, and
// that a norm follows the gate. Read beside transformers' modeling_mamba2.py. Tensors are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a Mamba 2.</summary>
internal sealed class Mamba2Config
{
    public Mamba2Config(ModelConfig config)
    {
        // How it was trained and initialised, and how the work is cut up.
        config.Ignore(
            "chunk_size",
            "norm_before_gate",
            "rescale_prenorm_residual",
            "residual_in_fp32",
            "time_step_floor",
            "time_step_init_scheme",
            "time_step_max",
            "time_step_min",
            "time_step_rank");
        config.Require("hidden_act", "silu");
        config.Require("rms_norm", "true");
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        (state_size, conv_kernel) = (config.OptionalSize("state_size") ?? 128, config.OptionalSize("conv_kernel") ?? 4);
        (num_heads, head_dim) = (config.OptionalSize("num_heads") ?? 128, config.OptionalSize("head_dim") ?? 64);
        n_groups = config.OptionalSize("n_groups") ?? 8;
        intermediate_size = (config.OptionalSize("expand") ?? 2) * hidden_size;
        layer_norm_epsilon = (float)config.Number("layer_norm_epsilon", 1e-5);
        (use_bias, use_conv_bias) = (config.Flag("use_bias", false), config.Flag("use_conv_bias", true));
        tie_word_embeddings = config.Flag("tie_word_embeddings", false);
        if (num_heads * head_dim != intermediate_size || num_heads % n_groups != 0)
        {
            throw config.Broken($"{num_heads} heads of {head_dim} in {n_groups} groups do not make {intermediate_size} channels");
        }

        (least, most) = config.Bounds("time_step_limit");
    }

    public int vocab_size { get; }

    public int hidden_size { get; }

    public int num_hidden_layers { get; }

    public int state_size { get; }

    public int conv_kernel { get; }

    public int num_heads { get; }

    public int head_dim { get; }

    public int n_groups { get; }

    public int intermediate_size { get; }

    public float layer_norm_epsilon { get; }

    public bool use_bias { get; }

    public bool use_conv_bias { get; }

    public bool tie_word_embeddings { get; }

    /// <summary>The least step.</summary>
    public float least { get; }

    /// <summary>The largest step.</summary>
    public float most { get; }

    public ModelSizes Sizes(long parameters) =>
        ModelSizes.OfStates(num_hidden_layers, hidden_size, vocab_size, StateSize, parameters);

    private long StateSize => ((long)intermediate_size * state_size) + ((long)Convolved * (conv_kernel - 1));

    /// <summary>Channels that are convolved: what goes in, and what goes into and out of the states of each group.</summary>
    public int Convolved => intermediate_size + (2 * n_groups * state_size);
}

/// <summary>A selective state space whose channels are grouped in heads.</summary>
internal sealed class Mamba2Mixer(Mamba2Config config, ModelWeights weights, string prefix, int block)
{
    private readonly Linear _in_proj = weights.Linear(
        config.hidden_size,
        config.use_bias,
        ($"{prefix}.in_proj", config.intermediate_size + config.Convolved + config.num_heads));

    private readonly float[] _conv1d = weights.Numbers($"{prefix}.conv1d.weight", config.Convolved, 1, config.conv_kernel);
    private readonly float[]? _convBias = config.use_conv_bias ? weights.Numbers($"{prefix}.conv1d.bias", config.Convolved) : null;

    private readonly SelectiveScan _scan = new(config.num_heads, config.head_dim, config.n_groups, config.state_size)
    {
        StepBias = weights.Numbers($"{prefix}.dt_bias", config.num_heads),
        Fading = [.. weights.Numbers($"{prefix}.A_log", config.num_heads).Select(a => -MathF.Exp(a))],
        Passing = weights.Numbers($"{prefix}.D", config.num_heads),
        Least = config.least,
        Most = config.most,
    };

    private readonly torch.Tensor _norm = weights.Vector($"{prefix}.norm.weight", config.intermediate_size);
    private readonly Linear _out_proj = weights.Linear(config.intermediate_size, config.use_bias, ($"{prefix}.out_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var (width, convolved, heads) = (config.intermediate_size, config.Convolved, config.num_heads);
        var projected = pass.Linear(_in_proj, x); // [tokens, width + convolved + heads]: a gate, what goes in, a step of each head
        var inner = pass.Convolve(projected.narrow(1, width, convolved), _conv1d, _convBias, block);
        var all = torch.cat([inner, projected.narrow(1, 0, width), projected.narrow(1, width + convolved, heads)], 1);
        var gated = pass.Recur(all, block, width * config.state_size, heads, width, _scan.Step); // [tokens, width]
        return pass.Linear(_out_proj, pass.RmsNorm(gated, _norm, config.layer_norm_epsilon));
    }
}

/// <summary>A block: x + mixer(norm(x)).</summary>
internal sealed class Mamba2Block(Mamba2Config config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly torch.Tensor _norm = weights.Vector($"{prefix}.norm.weight", config.hidden_size);
    private readonly Mamba2Mixer _mixer = new(config, weights, $"{prefix}.mixer", block);

    public void Forward(torch.Tensor x, ForwardPass pass) =>
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _mixer.Forward(pass.RmsNorm(x, _norm, config.layer_norm_epsilon), pass));
}

/// <summary>The model.</summary>
internal sealed class Mamba2ForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = [];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly Mamba2Config _config;
    private readonly torch.Tensor _embed;
    private readonly Mamba2Block[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _head;

    public Mamba2ForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new Mamba2Config(file);
        var prefix = weights.Prefix("backbone.", "embeddings.weight");
        _embed = weights.Table($"{prefix}embeddings.weight", _config.vocab_size, _config.hidden_size);
        _layers = [.. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new Mamba2Block(_config, weights, $"{prefix}layers.{block}", block))];
        _norm = weights.Vector($"{prefix}norm_f.weight", _config.hidden_size);
        _head = weights.Head(_config.hidden_size, _config.vocab_size, "lm_head", _config.tie_word_embeddings ? $"{prefix}embeddings" : null);
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

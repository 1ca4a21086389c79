// Falcon H1 (TII 2025): each block attends and has a state space beside it, both on one norm; numbers of the file multiply the embedding, what goes into and
// out of each part, keys, gates and logits. Read beside transformers' modeling_falcon_h1.py. Tensors are float32; [tokens, ...] is a packed batch of several
// sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a Falcon H1.</summary>
internal sealed class FalconH1Config
{
    public FalconH1Config(ModelConfig config)
    {
        // How the work is cut up, how it was initialised, and a width that stands there as it is.
        config.Ignore(
            "mamba_chunk_size",
            "mlp_expansion_factor",
            "num_logits_to_keep",
            "time_step_floor",
            "time_step_max",
            "time_step_min",
            "time_step_rank");
        config.Require("hidden_act", "silu");
        config.Require("mamba_use_mlp", "true");
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        intermediate_size = config.Size("intermediate_size");
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 8192;
        rms_norm_eps = (float)config.Number("rms_norm_eps", 1e-5);
        (attention_bias, mlp_bias) = (config.Flag("attention_bias", false), config.Flag("mlp_bias", false));
        tie_word_embeddings = config.Flag("tie_word_embeddings", false);
        heads = HeadLayout.Read(config, hidden_size);
        rotary = RotaryConfig.FromConfig(config, heads.Size, 100000);
        (embedding_multiplier, lm_head_multiplier) = (Factor("embedding_multiplier"), Factor("lm_head_multiplier"));
        (attention_in_multiplier, attention_out_multiplier) = (Factor("attention_in_multiplier"), Factor("attention_out_multiplier"));
        (ssm_in_multiplier, ssm_out_multiplier) = (Factor("ssm_in_multiplier"), Factor("ssm_out_multiplier"));
        key_multiplier = Factor("key_multiplier");
        (mlp_multipliers, ssm_multipliers) = (Factors("mlp_multipliers", 2), Factors("ssm_multipliers", 5));
        (mamba_n_heads, mamba_n_groups) = (config.OptionalSize("mamba_n_heads") ?? 128, config.OptionalSize("mamba_n_groups") ?? 1);
        (mamba_d_state, mamba_d_conv) = (config.OptionalSize("mamba_d_state") ?? 256, config.OptionalSize("mamba_d_conv") ?? 4);
        var expanded = (config.OptionalSize("mamba_expand") ?? 2) * hidden_size;
        mamba_d_ssm = config.OptionalSize("mamba_d_ssm") ?? expanded;
        var share = mamba_d_ssm / mamba_n_heads;
        mamba_d_head = config.IsText("mamba_d_head", "auto") ? share : config.OptionalSize("mamba_d_head") ?? share;
        (mamba_conv_bias, mamba_proj_bias) = (config.Flag("mamba_conv_bias", true), config.Flag("mamba_proj_bias", false));
        projectors_bias = config.Flag("projectors_bias", false);
        (mamba_rms_norm, mamba_norm_before_gate) = (config.Flag("mamba_rms_norm", false), config.Flag("mamba_norm_before_gate", true));
        if (mamba_n_heads * mamba_d_head != mamba_d_ssm || mamba_n_heads % mamba_n_groups != 0)
        {
            throw config.Broken($"{mamba_n_heads} heads of {mamba_d_head} in {mamba_n_groups} groups do not make {mamba_d_ssm} channels");
        }

        float Factor(string name) => (float)config.Number(name, 1);

        float[] Factors(string name, int count)
        {
            float[] factors = [.. config.Items(name)?.Select(item => (float)config.FiniteNumber(name, item)) ?? Enumerable.Repeat(1f, count)];
            return factors.Length == count ? factors : throw config.Broken($"{name} is not {count} numbers");
        }
    }

    public int vocab_size { get; }

    public int hidden_size { get; }

    public int num_hidden_layers { get; }

    public int intermediate_size { get; }

    public int max_position_embeddings { get; }

    public float rms_norm_eps { get; }

    public bool attention_bias { get; }

    public bool mlp_bias { get; }

    public bool tie_word_embeddings { get; }

    public HeadLayout heads { get; }

    public RotaryEmbedding rotary { get; }

    public float embedding_multiplier { get; }

    public float lm_head_multiplier { get; }

    public float attention_in_multiplier { get; }

    public float attention_out_multiplier { get; }

    public float ssm_in_multiplier { get; }

    public float ssm_out_multiplier { get; }

    public float key_multiplier { get; }

    /// <summary>Of the gate, and of what the MLP makes.</summary>
    public IReadOnlyList<float> mlp_multipliers { get; }

    /// <summary>Of the gate, of what goes in, of the ways into and out of states, and of steps.</summary>
    public IReadOnlyList<float> ssm_multipliers { get; }

    public int mamba_n_heads { get; }

    public int mamba_n_groups { get; }

    public int mamba_d_head { get; }

    public int mamba_d_state { get; }

    public int mamba_d_conv { get; }

    public int mamba_d_ssm { get; }

    public bool mamba_conv_bias { get; }

    public bool mamba_proj_bias { get; }

    public bool projectors_bias { get; }

    /// <summary>Whether what a state space makes is normed by groups.</summary>
    public bool mamba_rms_norm { get; }

    /// <summary>Whether that happens before the gate.</summary>
    public bool mamba_norm_before_gate { get; }

    public ModelSizes Sizes(long parameters) =>
        new()
        {
            Blocks = num_hidden_layers,
            Width = hidden_size,
            Vocabulary = vocab_size,
            QueryHeads = heads.Queries,
            KeyValueHeads = heads.KeyValues,
            HeadSize = heads.Size,
            Context = (int)(max_position_embeddings * rotary.Stretch),
            RotaryByLengthAbove = rotary.ByLengthAbove,
            Parameters = parameters,
            Shapes = [.. Enumerable.Repeat(Shape, num_hidden_layers)],
        };

    private BlockShape Shape => new BlockShape(heads.Queries, heads.KeyValues, heads.Size, heads.Size) with { StateSize = StateSize };

    private long StateSize => ((long)mamba_d_ssm * mamba_d_state) + ((long)Convolved * (mamba_d_conv - 1));

    /// <summary>Channels that are convolved: what goes in, and what goes into and out of the states of each group.</summary>
    public int Convolved => mamba_d_ssm + (2 * mamba_n_groups * mamba_d_state);
}

/// <summary>Attention: grouped queries, rotary positions, causal within each sequence.</summary>
internal sealed class FalconH1Attention(FalconH1Config config, ModelWeights weights, string prefix, int block)
{
    private readonly Linear _q_proj = weights.Linear(config.hidden_size, config.attention_bias, ($"{prefix}.q_proj", config.heads.Width));
    private readonly Linear _k_proj = weights.Linear(config.hidden_size, config.attention_bias, ($"{prefix}.k_proj", config.heads.KeyWidth));
    private readonly Linear _v_proj = weights.Linear(config.hidden_size, config.attention_bias, ($"{prefix}.v_proj", config.heads.KeyWidth));
    private readonly Linear _o_proj = weights.Linear(config.heads.Width, config.attention_bias, ($"{prefix}.o_proj", config.hidden_size));
    private readonly AttentionRule _rule = new(1 / MathF.Sqrt(config.heads.Size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var (queries, keys, values) = (pass.Linear(_q_proj, x), pass.Linear(_k_proj, x), pass.Linear(_v_proj, x));
        pass.Scale(keys, config.key_multiplier);
        var (heads, size) = (config.heads.KeyValues, config.heads.Size);
        var (query, key) = (new Heads(queries, 0, config.heads.Queries, size), new Heads(keys, 0, heads, size));
        pass.Rotate(query, config.rotary);
        pass.Rotate(key, config.rotary);
        return pass.Linear(_o_proj, pass.Attend(block, query, key, new Heads(values, 0, heads, size), _rule));
    }
}

/// <summary>A selective state space whose channels are grouped in heads.</summary>
internal sealed class FalconH1Mixer(FalconH1Config config, ModelWeights weights, string prefix, int block)
{
    private readonly Linear _in_proj = weights.Linear(
        config.hidden_size,
        config.mamba_proj_bias,
        ($"{prefix}.in_proj", config.mamba_d_ssm + config.Convolved + config.mamba_n_heads));

    // Of each column of what the layer makes.
    private readonly torch.Tensor _mup_vector = weights.Constant(
    [
        .. Enumerable.Repeat(config.ssm_multipliers[0], config.mamba_d_ssm),
        .. Enumerable.Repeat(config.ssm_multipliers[1], config.mamba_d_ssm),
        .. Enumerable.Repeat(config.ssm_multipliers[2], config.mamba_n_groups * config.mamba_d_state),
        .. Enumerable.Repeat(config.ssm_multipliers[3], config.mamba_n_groups * config.mamba_d_state),
        .. Enumerable.Repeat(config.ssm_multipliers[4], config.mamba_n_heads),
    ]);

    private readonly float[] _conv1d = weights.Numbers($"{prefix}.conv1d.weight", config.Convolved, 1, config.mamba_d_conv);
    private readonly float[]? _convBias = config.mamba_conv_bias ? weights.Numbers($"{prefix}.conv1d.bias", config.Convolved) : null;

    private readonly SelectiveScan _scan = new(config.mamba_n_heads, config.mamba_d_head, config.mamba_n_groups, config.mamba_d_state)
    {
        StepBias = weights.Numbers($"{prefix}.dt_bias", config.mamba_n_heads),
        Fading = [.. weights.Numbers($"{prefix}.A_log", config.mamba_n_heads).Select(a => -MathF.Exp(a))],
        Passing = weights.Numbers($"{prefix}.D", config.mamba_n_heads),
        Gated = !(config.mamba_rms_norm && config.mamba_norm_before_gate),
    };

    private readonly torch.Tensor? _norm = config.mamba_rms_norm ? weights.Vector($"{prefix}.norm.weight", config.mamba_d_ssm) : null;
    private readonly torch.Tensor _ones = weights.Ones(config.mamba_d_ssm / config.mamba_n_groups);
    private readonly Linear _out_proj = weights.Linear(config.mamba_d_ssm, config.projectors_bias, ($"{prefix}.out_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var (width, convolved, heads) = (config.mamba_d_ssm, config.Convolved, config.mamba_n_heads);
        var projected = pass.Linear(_in_proj, x); // [tokens, width + convolved + heads]: a gate, what goes in, a step of each head
        pass.Multiply(projected, _mup_vector);
        var inner = pass.Convolve(projected.narrow(1, width, convolved), _conv1d, _convBias, block);
        var all = torch.cat([inner, projected.narrow(1, 0, width), projected.narrow(1, width + convolved, heads)], 1);
        var made = pass.Recur(all, block, width * config.mamba_d_state, heads, width, _scan.Step); // [tokens, width]
        if (_norm is not null)
        {
            pass.NormHeads(new Heads(made, 0, config.mamba_n_groups, width / config.mamba_n_groups), _ones, config.rms_norm_eps);
            pass.Multiply(made, _norm);
            if (config.mamba_norm_before_gate)
            {
                var gate = projected.narrow(1, 0, width).contiguous();
                pass.Activate(gate, Activation.Silu);
                pass.Multiply(made, gate);
            }
        }

        return pass.Linear(_out_proj, made);
    }
}

/// <summary>Feed-forward part: down_proj(silu(gate_proj(x)) * up_proj(x)), the gate and the result times numbers of the file.</summary>
internal sealed class FalconH1MLP(FalconH1Config config, ModelWeights weights, string prefix)
{
    private readonly Linear _gate_proj = weights.Linear(config.hidden_size, config.mlp_bias, ($"{prefix}.gate_proj", config.intermediate_size));
    private readonly Linear _up_proj = weights.Linear(config.hidden_size, config.mlp_bias, ($"{prefix}.up_proj", config.intermediate_size));
    private readonly Linear _down_proj = weights.Linear(config.intermediate_size, config.mlp_bias, ($"{prefix}.down_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var gate = pass.Linear(_gate_proj, x);
        pass.Scale(gate, config.mlp_multipliers[0]);
        pass.Activate(gate, Activation.Silu);
        pass.Multiply(gate, pass.Linear(_up_proj, x));
        var made = pass.Linear(_down_proj, gate);
        pass.Scale(made, config.mlp_multipliers[1]);
        return made;
    }
}

/// <summary>A block: x + attention(norm(x)) + state space(norm(x)), then x + feed-forward(norm(x)).</summary>
internal sealed class FalconH1DecoderLayer(FalconH1Config config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly torch.Tensor _input_layernorm = weights.Vector($"{prefix}.input_layernorm.weight", config.hidden_size);
    private readonly FalconH1Mixer _mamba = new(config, weights, $"{prefix}.mamba", block);
    private readonly FalconH1Attention _self_attn = new(config, weights, $"{prefix}.self_attn", block);
    private readonly torch.Tensor _pre_ff_layernorm = weights.Vector($"{prefix}.pre_ff_layernorm.weight", config.hidden_size);
    private readonly FalconH1MLP _feed_forward = new(config, weights, $"{prefix}.feed_forward");

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        var normed = pass.RmsNorm(x, _input_layernorm, config.rms_norm_eps);
        var attended = normed.clone();
        pass.Scale(attended, config.attention_in_multiplier);
        var mixed = _self_attn.Forward(attended, pass);
        pass.Scale(mixed, config.attention_out_multiplier);
        pass.Scale(normed, config.ssm_in_multiplier);
        var read = _mamba.Forward(normed, pass);
        pass.Scale(read, config.ssm_out_multiplier);
        pass.Add(mixed, read);
        pass.AddBranch(SiteKind.AttentionOutput, block, x, mixed);
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, _feed_forward.Forward(pass.RmsNorm(x, _pre_ff_layernorm, config.rms_norm_eps), pass));
    }
}

/// <summary>The model.</summary>
internal sealed class FalconH1ForCausalLM : CausalModel
{
    /// <summary>Keys that files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly FalconH1Config _config;
    private readonly torch.Tensor _embed;
    private readonly FalconH1DecoderLayer[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _head;

    public FalconH1ForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new FalconH1Config(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new FalconH1DecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
        ];
        _norm = weights.Vector($"{prefix}final_layernorm.weight", _config.hidden_size);
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
        pass.Scale(x, _config.embedding_multiplier);
        pass.Run(x, _layers, last => pass.RmsNorm(last, _norm, _config.rms_norm_eps), _head, logits => pass.Scale(logits, _config.lm_head_multiplier));
    }
}

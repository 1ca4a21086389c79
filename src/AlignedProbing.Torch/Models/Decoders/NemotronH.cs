// Nemotron H and Nemotron 3 (NVIDIA 2025): each block is one mixer, a state space as Mamba 2's, attention without positions, an MLP or a mixture of experts;
// the norm after a state space's gate is by groups. Read beside transformers' modeling_nemotron_h.py. Tensors are float32; [tokens, ...] is a packed batch of
// several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a Nemotron H.</summary>
internal sealed class NemotronHConfig
{
    public NemotronHConfig(ModelConfig config)
    {
        // How it was trained and initialised, how the work is cut up, and positions, which its attention does not have.
        config.Ignore(
            "chunk_size",
            "expand",
            "mamba_num_groups",
            "num_logits_to_keep",
            "num_nextn_predict_layers",
            "partial_rotary_factor",
            "rescale_prenorm_residual",
            "residual_in_fp32",
            "rope_parameters",
            "rope_theta",
            "time_step_floor",
            "time_step_max",
            "time_step_min",
            "time_step_rank",
            "use_mamba_kernels");
        config.Require("mamba_hidden_act", "silu");
        config.Require("mlp_hidden_act", "relu2");
        config.Require("attention_bias", "false");
        config.Require("mamba_proj_bias", "false");
        config.Require("n_shared_experts", "1");
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        intermediate_size = config.OptionalSize("intermediate_size") ?? 4 * hidden_size;
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 4096;
        // Files have several names of one number.
        double[] named = [.. ((string[])["layer_norm_epsilon", "norm_eps", "rms_norm_eps"]).Select(config.OptionalPositive).OfType<double>().Distinct()];
        layer_norm_epsilon = (float)(named.Length == 0 ? 1e-5
            : named.Length == 1 ? named[0]
            : throw config.Unsupported($"layer_norm_epsilon, norm_eps and rms_norm_eps are {string.Join(" and ", named)}"));
        (use_bias, use_conv_bias, mlp_bias) = (config.Flag("use_bias", false), config.Flag("use_conv_bias", true), config.Flag("mlp_bias", false));
        tie_word_embeddings = config.Flag("tie_word_embeddings", false);
        var (size, older) = (config.OptionalSize("head_dim"), config.OptionalSize("attention_head_dim"));
        if (size is not null && older is not null && size != older)
        {
            throw config.Unsupported($"head_dim is {size} and attention_head_dim {older}");
        }

        var queries = config.Size("num_attention_heads");
        heads = HeadLayout.Of(config, hidden_size, queries, config.OptionalSize("num_key_value_heads") ?? queries, size ?? older);
        (mamba_num_heads, mamba_head_dim) = (config.Size("mamba_num_heads"), config.Size("mamba_head_dim"));
        (n_groups, ssm_state_size) = (config.OptionalSize("n_groups") ?? 8, config.Size("ssm_state_size"));
        conv_kernel = config.OptionalSize("conv_kernel") ?? 4;
        (least, most) = config.Bounds("time_step_limit");
        mixers = Mixers(config);
        if (mixers.Contains(NemotronHMixerKind.Experts))
        {
            (n_routed_experts, num_experts_per_tok) = (config.Size("n_routed_experts"), config.Size("num_experts_per_tok"));
            (moe_intermediate_size, moe_latent_size) = (config.Size("moe_intermediate_size"), config.OptionalSize("moe_latent_size"));
            moe_shared_expert_intermediate_size = config.Size("moe_shared_expert_intermediate_size");
            (n_group, topk_group) = (config.OptionalSize("n_group") ?? 1, config.OptionalSize("topk_group") ?? 1);
            (norm_topk_prob, routed_scaling_factor) = (config.Flag("norm_topk_prob", true), (float)config.Positive("routed_scaling_factor", 1));
        }
        else
        {
            config.Ignore(
                "n_routed_experts",
                "num_experts_per_tok",
                "moe_intermediate_size",
                "moe_latent_size",
                "moe_shared_expert_intermediate_size",
                "n_group",
                "topk_group",
                "norm_topk_prob",
                "routed_scaling_factor");
        }

        if (mamba_num_heads % n_groups != 0 || n_routed_experts % Math.Max(1, n_group) != 0)
        {
            throw config.Broken($"{mamba_num_heads} heads in {n_groups} groups, or {n_routed_experts} experts in {n_group}, are not possible");
        }
    }

    public int vocab_size { get; }

    public int hidden_size { get; }

    public int num_hidden_layers { get; }

    public int intermediate_size { get; }

    public int max_position_embeddings { get; }

    public float layer_norm_epsilon { get; }

    public bool use_bias { get; }

    public bool use_conv_bias { get; }

    public bool mlp_bias { get; }

    public bool tie_word_embeddings { get; }

    public HeadLayout heads { get; }

    public int mamba_num_heads { get; }

    public int mamba_head_dim { get; }

    public int n_groups { get; }

    public int ssm_state_size { get; }

    public int conv_kernel { get; }

    /// <summary>The least step.</summary>
    public float least { get; }

    /// <summary>The largest step.</summary>
    public float most { get; }

    /// <summary>What each block is.</summary>
    public IReadOnlyList<NemotronHMixerKind> mixers { get; }

    public int n_routed_experts { get; }

    public int num_experts_per_tok { get; }

    public int moe_intermediate_size { get; }

    /// <summary>Width that experts work in; null: the stream's.</summary>
    public int? moe_latent_size { get; }

    public int moe_shared_expert_intermediate_size { get; }

    public int n_group { get; }

    public int topk_group { get; }

    public bool norm_topk_prob { get; }

    public float routed_scaling_factor { get; }

    public ModelSizes Sizes(long parameters) =>
        new()
        {
            Blocks = num_hidden_layers,
            Width = hidden_size,
            Vocabulary = vocab_size,
            QueryHeads = heads.Queries,
            KeyValueHeads = heads.KeyValues,
            HeadSize = heads.Size,
            Context = max_position_embeddings,
            Parameters = parameters,
            Shapes = [.. mixers.Select(Shape)],
        };

    /// <summary>Channels of a state space.</summary>
    public int MambaWidth => mamba_num_heads * mamba_head_dim;

    /// <summary>Channels that are convolved: what goes in, and what goes into and out of the states of each group.</summary>
    public int Convolved => MambaWidth + (2 * n_groups * ssm_state_size);

    private BlockShape Shape(NemotronHMixerKind kind) => kind switch
    {
        NemotronHMixerKind.Attention => new BlockShape(heads.Queries, heads.KeyValues, heads.Size, heads.Size),
        NemotronHMixerKind.Mamba => BlockShape.OfState(((long)MambaWidth * ssm_state_size) + ((long)Convolved * (conv_kernel - 1))),
        _ => default,
    };

    private NemotronHMixerKind[] Mixers(ModelConfig config)
    {
        var (pattern, types) = (config.Text("hybrid_override_pattern"), config.Texts("layers_block_type"));
        var names = types ?? pattern?.Select(letter => letter.ToString()).ToArray()
            ?? throw config.Unsupported("neither hybrid_override_pattern nor layers_block_type says what the blocks are");
        NemotronHMixerKind[] kinds =
        [
            .. names.Select(name => name switch
            {
                "M" or "mamba" or "linear_attention" => NemotronHMixerKind.Mamba,
                "*" or "attention" or "full_attention" => NemotronHMixerKind.Attention,
                "-" or "mlp" => NemotronHMixerKind.Mlp,
                "E" or "moe" => NemotronHMixerKind.Experts,
                _ => throw config.Unsupported($"{(types is null ? "hybrid_override_pattern" : "layers_block_type")} has '{name}'"),
            }),
        ];
        return kinds.Length == num_hidden_layers ? kinds : throw config.Broken($"{kinds.Length} types of {num_hidden_layers} blocks");
    }
}

/// <summary>What a block of a Nemotron H is.</summary>
internal enum NemotronHMixerKind
{
    /// <summary>A state space.</summary>
    Mamba,

    /// <summary>Attention.</summary>
    Attention,

    /// <summary>An MLP.</summary>
    Mlp,

    /// <summary>A mixture of experts.</summary>
    Experts,
}

/// <summary>Attention: grouped queries, no positions, causal within each sequence.</summary>
internal sealed class NemotronHAttention(NemotronHConfig config, ModelWeights weights, string prefix, int block)
{
    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _qkv_proj = config.heads.Projection(weights, config.hidden_size, bias: false, prefix);
    private readonly Linear _o_proj = weights.Linear(config.heads.Width, bias: false, ($"{prefix}.o_proj", config.hidden_size));
    private readonly AttentionRule _rule = new(1 / MathF.Sqrt(config.heads.Size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, (heads + 2 * keyValueHeads) * size]
        return pass.Linear(_o_proj, pass.Attend(block, config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv), config.heads.ValuesOf(qkv), _rule));
    }
}

/// <summary>A selective state space whose channels are grouped in heads.</summary>
internal sealed class NemotronHMamba2Mixer(NemotronHConfig config, ModelWeights weights, string prefix, int block)
{
    private readonly Linear _in_proj = weights.Linear(
        config.hidden_size,
        config.use_bias,
        ($"{prefix}.in_proj", config.MambaWidth + config.Convolved + config.mamba_num_heads));

    private readonly float[] _conv1d = weights.Numbers($"{prefix}.conv1d.weight", config.Convolved, 1, config.conv_kernel);
    private readonly float[]? _convBias = config.use_conv_bias ? weights.Numbers($"{prefix}.conv1d.bias", config.Convolved) : null;

    private readonly SelectiveScan _scan = new(config.mamba_num_heads, config.mamba_head_dim, config.n_groups, config.ssm_state_size)
    {
        StepBias = weights.Numbers($"{prefix}.dt_bias", config.mamba_num_heads),
        Fading = [.. weights.Numbers($"{prefix}.A_log", config.mamba_num_heads).Select(a => -MathF.Exp(a))],
        Passing = weights.Numbers($"{prefix}.D", config.mamba_num_heads),
        Least = config.least,
        Most = config.most,
    };

    private readonly torch.Tensor _norm = weights.Vector($"{prefix}.norm.weight", config.MambaWidth);
    private readonly torch.Tensor _ones = weights.Ones(config.MambaWidth / config.n_groups);
    private readonly Linear _out_proj = weights.Linear(config.MambaWidth, config.use_bias, ($"{prefix}.out_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var (width, convolved, heads) = (config.MambaWidth, config.Convolved, config.mamba_num_heads);
        var projected = pass.Linear(_in_proj, x); // [tokens, width + convolved + heads]: a gate, what goes in, a step of each head
        var inner = pass.Convolve(projected.narrow(1, width, convolved), _conv1d, _convBias, block);
        var all = torch.cat([inner, projected.narrow(1, 0, width), projected.narrow(1, width + convolved, heads)], 1);
        var gated = pass.Recur(all, block, width * config.ssm_state_size, heads, width, _scan.Step); // [tokens, width]
        pass.NormHeads(new Heads(gated, 0, config.n_groups, width / config.n_groups), _ones, config.layer_norm_epsilon);
        pass.Multiply(gated, _norm);
        return pass.Linear(_out_proj, gated);
    }
}

/// <summary>An MLP, or an expert: down_proj(max(up_proj(x), 0)²).</summary>
internal sealed class NemotronHMLP(ModelWeights weights, string prefix, int width, int inner, bool bias)
{
    private readonly Linear _up_proj = weights.Linear(width, bias, ($"{prefix}.up_proj", inner));
    private readonly Linear _down_proj = weights.Linear(inner, bias, ($"{prefix}.down_proj", width));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.FeedForward(_up_proj, _down_proj, x, Activation.Relu2);
}

/// <summary>A mixture of experts, which may work in a narrower space, beside one MLP.</summary>
internal sealed class NemotronHMoE(NemotronHConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _gate = weights.Linear(config.hidden_size, bias: false, ($"{prefix}.gate", config.n_routed_experts));

    private readonly RoutingRule _rule = new(config.num_experts_per_tok, config.norm_topk_prob)
    {
        Sigmoid = true,
        Bias = weights.Numbers($"{prefix}.gate.e_score_correction_bias", config.n_routed_experts),
        Groups = config.n_group,
        GroupsChosen = config.topk_group,
        GroupsByTwo = true,
        Epsilon = 1e-20f,
        Factor = config.routed_scaling_factor,
    };

    private readonly Linear? _fc1_latent_proj = config.moe_latent_size is { } latent
        ? weights.Linear(config.hidden_size, config.mlp_bias, ($"{prefix}.fc1_latent_proj", latent))
        : null;

    private readonly Linear? _fc2_latent_proj = config.moe_latent_size is { } latent
        ? weights.Linear(latent, config.mlp_bias, ($"{prefix}.fc2_latent_proj", config.hidden_size))
        : null;

    private readonly NemotronHMLP[] _experts =
    [
        .. Enumerable.Range(0, config.n_routed_experts)
            .Select(expert => new NemotronHMLP(
                weights,
                $"{prefix}.experts.{expert}",
                config.moe_latent_size ?? config.hidden_size,
                config.moe_intermediate_size,
                bias: false)),
    ];

    private readonly NemotronHMLP _shared_experts = new(
        weights,
        $"{prefix}.shared_experts",
        config.hidden_size,
        config.moe_shared_expert_intermediate_size,
        config.mlp_bias);

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var given = _fc1_latent_proj is null ? x : pass.Linear(_fc1_latent_proj, x);
        var routed = pass.Experts(given, pass.Linear(_gate, x), _rule, (expert, rows) => _experts[expert].Forward(rows, pass));
        routed = _fc2_latent_proj is null ? routed : pass.Linear(_fc2_latent_proj, routed);
        pass.Add(routed, _shared_experts.Forward(x, pass));
        return routed;
    }
}

/// <summary>A block: x + mixer(norm(x)).</summary>
internal sealed class NemotronHBlock : IDecoderBlock
{
    private readonly NemotronHConfig _config;
    private readonly int _block;
    private readonly torch.Tensor _norm;
    private readonly Func<torch.Tensor, ForwardPass, torch.Tensor> _mixer;

    public NemotronHBlock(NemotronHConfig config, ModelWeights weights, string prefix, int block)
    {
        (_config, _block) = (config, block);
        _norm = weights.Vector($"{prefix}.norm.weight", config.hidden_size);
        var name = $"{prefix}.mixer";
        _mixer = config.mixers[block] switch
        {
            NemotronHMixerKind.Mamba => new NemotronHMamba2Mixer(config, weights, name, block).Forward,
            NemotronHMixerKind.Attention => new NemotronHAttention(config, weights, name, block).Forward,
            NemotronHMixerKind.Experts => new NemotronHMoE(config, weights, name).Forward,
            _ => new NemotronHMLP(weights, name, config.hidden_size, config.intermediate_size, config.mlp_bias).Forward,
        };
    }

    public void Forward(torch.Tensor x, ForwardPass pass) =>
        pass.AddBranch(SiteKind.AttentionOutput, _block, x, _mixer(pass.RmsNorm(x, _norm, _config.layer_norm_epsilon), pass));
}

/// <summary>The model.</summary>
internal sealed class NemotronHForCausalLM : CausalModel
{
    /// <summary>Keys that files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq", "mtp.*"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly NemotronHConfig _config;
    private readonly torch.Tensor _embed;
    private readonly NemotronHBlock[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _head;

    public NemotronHForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new NemotronHConfig(file);
        var prefix = weights.Prefix("backbone.", "embeddings.weight");
        _embed = weights.Table($"{prefix}embeddings.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new NemotronHBlock(_config, weights, $"{prefix}layers.{block}", block)),
        ];
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

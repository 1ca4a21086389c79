// Granite 4 (IBM 2025): layers of attention and of Mamba 2, Granite's multipliers, and after each an MLP that works on every token, beside a mixture of experts
// where there is one. Read beside transformers' modeling_granitemoehybrid.py. Tensors are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a Granite 4.</summary>
internal sealed class GraniteMoeHybridConfig
{
    public GraniteMoeHybridConfig(ModelConfig config)
    {
        config.Ignore("router_aux_loss_coef", "output_router_logits");
        config.Ignore("mamba_chunk_size");
        config.Require("normalization_function", "rmsnorm");
        config.Require("position_embedding_type", "rope", "nope");
        config.Require("hidden_act", "silu");
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        intermediate_size = config.Count("intermediate_size", 0);
        shared_intermediate_size = config.Size("shared_intermediate_size");
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 2048;
        rms_norm_eps = (float)config.Number("rms_norm_eps", 1e-6);
        (embedding_multiplier, logits_scaling) = ((float)config.Number("embedding_multiplier", 1), (float)config.Positive("logits_scaling", 1));
        residual_multiplier = (float)config.Number("residual_multiplier", 1);
        attention_multiplier = (float)config.Positive("attention_multiplier", 1);
        (num_local_experts, num_experts_per_tok) = (config.Count("num_local_experts", 8), config.Count("num_experts_per_tok", 2));
        (attention_bias, tie_word_embeddings) = (config.Flag("attention_bias", false), config.Flag("tie_word_embeddings", false));
        heads = HeadLayout.Read(config, hidden_size);
        var turning = RotaryConfig.FromConfig(config, heads.Size, 10000);
        rotary = config.Text("position_embedding_type") == "rope" ? turning : null;
        var types = config.Texts("layer_types") ?? [.. Enumerable.Repeat("mamba", num_hidden_layers)];
        attends = types.Count == num_hidden_layers && types.All(type => type is "attention" or "mamba")
            ? [.. types.Select(type => type == "attention")]
            : throw config.Unsupported("layer_types other than attention or mamba for each layer");
        (mamba_n_heads, mamba_n_groups) = (config.OptionalSize("mamba_n_heads") ?? 128, config.OptionalSize("mamba_n_groups") ?? 1);
        (mamba_d_state, mamba_d_conv) = (config.OptionalSize("mamba_d_state") ?? 256, config.OptionalSize("mamba_d_conv") ?? 4);
        mamba_width = (config.OptionalSize("mamba_expand") ?? 2) * hidden_size;
        mamba_d_head = config.IsText("mamba_d_head", "auto") ? mamba_width / mamba_n_heads : config.OptionalSize("mamba_d_head") ?? mamba_width / mamba_n_heads;
        (mamba_conv_bias, mamba_proj_bias) = (config.Flag("mamba_conv_bias", true), config.Flag("mamba_proj_bias", false));
        if (num_experts_per_tok > num_local_experts && num_local_experts > 0)
        {
            throw config.Broken($"a token cannot go to {num_experts_per_tok} of {num_local_experts} experts");
        }

        if (mamba_n_heads * mamba_d_head != mamba_width || mamba_n_heads % mamba_n_groups != 0)
        {
            throw config.Broken($"{mamba_n_heads} heads of {mamba_d_head} in {mamba_n_groups} groups do not make {mamba_width} channels");
        }
    }

    public int vocab_size { get; }

    public int hidden_size { get; }

    public int num_hidden_layers { get; }

    public int intermediate_size { get; }

    public int shared_intermediate_size { get; }

    public int max_position_embeddings { get; }

    public float rms_norm_eps { get; }

    public float embedding_multiplier { get; }

    public float residual_multiplier { get; }

    public float attention_multiplier { get; }

    public float logits_scaling { get; }

    /// <summary>Number of experts; 0: there are none.</summary>
    public int num_local_experts { get; }

    public int num_experts_per_tok { get; }

    public bool attention_bias { get; }

    public bool tie_word_embeddings { get; }

    public HeadLayout heads { get; }

    /// <summary>null: heads do not turn.</summary>
    public RotaryEmbedding? rotary { get; }

    /// <summary>Whether each layer attends; otherwise it has states.</summary>
    public IReadOnlyList<bool> attends { get; }

    public int mamba_n_heads { get; }

    public int mamba_n_groups { get; }

    public int mamba_d_state { get; }

    public int mamba_d_conv { get; }

    public int mamba_d_head { get; }

    /// <summary>Channels of a mixer.</summary>
    public int mamba_width { get; }

    public bool mamba_conv_bias { get; }

    public bool mamba_proj_bias { get; }

    public ModelSizes Sizes(long parameters) =>
        new()
        {
            Blocks = num_hidden_layers,
            Width = hidden_size,
            Vocabulary = vocab_size,
            QueryHeads = heads.Queries,
            KeyValueHeads = heads.KeyValues,
            HeadSize = heads.Size,
            Context = (int)(max_position_embeddings * (rotary?.Stretch ?? 1)),
            RotaryByLengthAbove = rotary?.ByLengthAbove,
            Parameters = parameters,
            Shapes = [.. attends.Select(own => own ? new BlockShape(heads.Queries, heads.KeyValues, heads.Size, heads.Size) : BlockShape.OfState(StateSize))],
        };

    private long StateSize => ((long)mamba_width * mamba_d_state) + ((long)Convolved * (mamba_d_conv - 1));

    /// <summary>Channels that are convolved: what goes in, and what goes into and out of the states of each group.</summary>
    public int Convolved => mamba_width + (2 * mamba_n_groups * mamba_d_state);
}

/// <summary>Attention: grouped queries, rotary positions, causal within each sequence.</summary>
internal sealed class GraniteMoeHybridAttention(GraniteMoeHybridConfig config, ModelWeights weights, string prefix, int block)
{
    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _qkv_proj = config.heads.Projection(weights, config.hidden_size, config.attention_bias, prefix);
    private readonly Linear _o_proj = weights.Linear(config.heads.Width, config.attention_bias, ($"{prefix}.o_proj", config.hidden_size));
    private readonly AttentionRule _rule = new(config.attention_multiplier);

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, (heads + 2 * keyValueHeads) * size]
        var (query, key) = (config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv));
        if (config.rotary is not null)
        {
            pass.Rotate(query, config.rotary);
            pass.Rotate(key, config.rotary);
        }

        return pass.Linear(_o_proj, pass.Attend(block, query, key, config.heads.ValuesOf(qkv), _rule));
    }
}

/// <summary>A selective state space whose channels are grouped in heads.</summary>
internal sealed class GraniteMoeHybridMambaLayer(GraniteMoeHybridConfig config, ModelWeights weights, string prefix, int block)
{
    private readonly Linear _in_proj = weights.Linear(
        config.hidden_size,
        config.mamba_proj_bias,
        ($"{prefix}.in_proj", config.mamba_width + config.Convolved + config.mamba_n_heads));

    private readonly float[] _conv1d = weights.Numbers($"{prefix}.conv1d.weight", config.Convolved, 1, config.mamba_d_conv);
    private readonly float[]? _convBias = config.mamba_conv_bias ? weights.Numbers($"{prefix}.conv1d.bias", config.Convolved) : null;

    private readonly SelectiveScan _scan = new(config.mamba_n_heads, config.mamba_d_head, config.mamba_n_groups, config.mamba_d_state)
    {
        StepBias = weights.Numbers($"{prefix}.dt_bias", config.mamba_n_heads),
        Fading = [.. weights.Numbers($"{prefix}.A_log", config.mamba_n_heads).Select(a => -MathF.Exp(a))],
        Passing = weights.Numbers($"{prefix}.D", config.mamba_n_heads),
    };

    private readonly torch.Tensor _norm = weights.Vector($"{prefix}.norm.weight", config.mamba_width);
    private readonly Linear _out_proj = weights.Linear(config.mamba_width, config.mamba_proj_bias, ($"{prefix}.out_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var (width, convolved, heads) = (config.mamba_width, config.Convolved, config.mamba_n_heads);
        var projected = pass.Linear(_in_proj, x); // [tokens, width + convolved + heads]: a gate, what goes in, a step of each head
        var inner = pass.Convolve(projected.narrow(1, width, convolved), _conv1d, _convBias, block);
        var all = torch.cat([inner, projected.narrow(1, 0, width), projected.narrow(1, width + convolved, heads)], 1);
        var gated = pass.Recur(all, block, width * config.mamba_d_state, heads, width, _scan.Step); // [tokens, width]
        return pass.Linear(_out_proj, pass.RmsNorm(gated, _norm, config.rms_norm_eps));
    }
}

/// <summary>Feed-forward part: an MLP that works on every token, and experts where there are any.</summary>
internal sealed class GraniteMoeHybridFeedForward
{
    private readonly GraniteMoeHybridConfig _config;
    private readonly Linear _input;
    private readonly Linear _output;
    private readonly Linear? _router;
    private readonly Linear[] _inputs = [];
    private readonly Linear[] _outputs = [];

    public GraniteMoeHybridFeedForward(GraniteMoeHybridConfig config, ModelWeights weights, string prefix)
    {
        _config = config;
        var (width, shared, inner) = (config.hidden_size, config.shared_intermediate_size, config.intermediate_size);
        _input = weights.Linear(width, bias: false, ($"{prefix}.shared_mlp.input_linear", 2 * shared));
        _output = weights.Linear(shared, bias: false, ($"{prefix}.shared_mlp.output_linear", width));
        if (config.num_local_experts > 0)
        {
            var (name, experts) = ($"{prefix}.block_sparse_moe", config.num_local_experts);
            _router = weights.Linear(width, bias: false, ($"{name}.router.layer", experts));
            _inputs = weights.Experts($"{name}.input_linear.weight", experts, width, 2 * inner, transposed: false);
            _outputs = weights.Experts($"{name}.output_linear.weight", experts, inner, width, transposed: false);
        }
    }

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var result = pass.SwiGlu(_input, _output, x);
        if (_router is not null)
        {
            var scores = pass.Linear(_router, x);
            pass.Add(result, pass.Experts(x, scores, _config.num_experts_per_tok, renormalise: true, Expert));
        }

        return result;

        torch.Tensor Expert(int expert, torch.Tensor rows) => pass.SwiGlu(_inputs[expert], _outputs[expert], rows);
    }
}

/// <summary>A block: x + mixer(norm(x)), then x + feed-forward(norm(x)), both times residual_multiplier.</summary>
internal sealed class GraniteMoeHybridDecoderLayer(GraniteMoeHybridConfig config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly torch.Tensor _input_layernorm = weights.Vector($"{prefix}.input_layernorm.weight", config.hidden_size);
    private readonly GraniteMoeHybridAttention? _self_attn = config.attends[block] ? new(config, weights, $"{prefix}.self_attn", block) : null;
    private readonly GraniteMoeHybridMambaLayer? _mamba = config.attends[block] ? null : new(config, weights, $"{prefix}.mamba", block);
    private readonly torch.Tensor _post_attention_layernorm = weights.Vector($"{prefix}.post_attention_layernorm.weight", config.hidden_size);
    private readonly GraniteMoeHybridFeedForward _feedForward = new(config, weights, prefix);

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        var normed = pass.RmsNorm(x, _input_layernorm, config.rms_norm_eps);
        var mixed = _self_attn?.Forward(normed, pass) ?? _mamba!.Forward(normed, pass);
        pass.Scale(mixed, config.residual_multiplier);
        pass.AddBranch(SiteKind.AttentionOutput, block, x, mixed);
        var feedForward = _feedForward.Forward(pass.RmsNorm(x, _post_attention_layernorm, config.rms_norm_eps), pass);
        pass.Scale(feedForward, config.residual_multiplier);
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, feedForward);
    }
}

/// <summary>The model.</summary>
internal sealed class GraniteMoeHybridForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly GraniteMoeHybridConfig _config;
    private readonly torch.Tensor _embed;
    private readonly GraniteMoeHybridDecoderLayer[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _head;

    public GraniteMoeHybridForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new GraniteMoeHybridConfig(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers)
                .Select(block => new GraniteMoeHybridDecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
        ];
        _norm = weights.Vector($"{prefix}norm.weight", _config.hidden_size);
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
        pass.Run(x, _layers, last => pass.RmsNorm(last, _norm, _config.rms_norm_eps), _head, logits => pass.Scale(logits, 1 / _config.logits_scaling));
    }
}

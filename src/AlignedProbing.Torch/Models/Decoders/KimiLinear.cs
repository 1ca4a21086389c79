// Kimi Linear (Kimi Team 2025): layers of delta nets whose states fade by key channel, and layers of attention over latent keys and values, without positions;
// after the first layers mixtures of experts as DeepSeek V3's. Read beside the modeling_kimi.py of its repository. Tensors are float32; [tokens, ...] is a
// packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a Kimi Linear.</summary>
internal sealed class KimiLinearConfig
{
    public KimiLinearConfig(ModelConfig config)
    {
        // Layers that predict further tokens, and positions and heads, which its attention does not have.
        config.Ignore("num_nextn_predict_layers", "rope_theta", "rope_scaling", "head_dim", "num_key_value_heads", "qk_head_dim", "router_aux_loss_coef");
        config.Require("hidden_act", "silu");
        config.Require("mla_use_nope", "true");
        config.Require("moe_layer_freq", "1");
        config.Require("moe_router_activation_func", "sigmoid");
        if (config.OptionalSize("q_lora_rank") is { } rank)
        {
            throw config.Unsupported($"q_lora_rank is {rank}");
        }

        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        intermediate_size = config.Size("intermediate_size");
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? config.OptionalSize("model_max_length") ?? 4096;
        rms_norm_eps = (float)config.Number("rms_norm_eps", 1e-6);
        tie_word_embeddings = config.Flag("tie_word_embeddings", false);
        (kv_lora_rank, num_attention_heads) = (config.Size("kv_lora_rank"), config.Size("num_attention_heads"));
        (qk_nope_head_dim, qk_rope_head_dim, v_head_dim) = (config.Size("qk_nope_head_dim"), config.Size("qk_rope_head_dim"), config.Size("v_head_dim"));
        moe_intermediate_size = config.Size("moe_intermediate_size");
        (num_experts, num_experts_per_token) = (config.Size("num_experts"), config.Size("num_experts_per_token"));
        (num_shared_experts, first_k_dense_replace) = (config.Count("num_shared_experts", 0), config.Count("first_k_dense_replace", 0));
        (num_expert_group, topk_group) = (config.OptionalSize("num_expert_group") ?? 1, config.OptionalSize("topk_group") ?? 1);
        (moe_renormalize, routed_scaling_factor) = (config.Flag("moe_renormalize", true), (float)config.Positive("routed_scaling_factor", 1));
        if (!config.Flag("use_grouped_topk", true) && num_expert_group > 1)
        {
            throw config.Unsupported($"use_grouped_topk is false, and num_expert_group {num_expert_group}");
        }

        if (num_experts % num_expert_group != 0 || topk_group > num_expert_group || num_experts_per_token > num_experts / num_expert_group * topk_group)
        {
            throw config.Broken($"a token cannot go to {num_experts_per_token} of {num_experts} experts in {topk_group} of {num_expert_group} groups");
        }

        var linear = config.Part("linear_attn_config");
        (linear_heads, linear_head_dim) = (linear.Size("num_heads"), linear.Size("head_dim"));
        short_conv_kernel_size = linear.OptionalSize("short_conv_kernel_size") ?? 4;
        // Layers count from 1 here.
        var (full, nets) = (linear.Numbers("full_attn_layers") ?? [], linear.Numbers("kda_layers") ?? []);
        attends = [.. Enumerable.Range(1, num_hidden_layers).Select(full.Contains)];
        if (Enumerable.Range(1, num_hidden_layers).Any(layer => full.Contains(layer) == nets.Contains(layer)))
        {
            throw config.Unsupported("linear_attn_config that does not say of each layer whether it attends or is a delta net");
        }
    }

    public int vocab_size { get; }

    public int hidden_size { get; }

    public int num_hidden_layers { get; }

    public int intermediate_size { get; }

    public int max_position_embeddings { get; }

    public float rms_norm_eps { get; }

    public bool tie_word_embeddings { get; }

    public int kv_lora_rank { get; }

    public int num_attention_heads { get; }

    public int qk_nope_head_dim { get; }

    public int qk_rope_head_dim { get; }

    public int v_head_dim { get; }

    public int moe_intermediate_size { get; }

    public int num_experts { get; }

    public int num_experts_per_token { get; }

    public int num_shared_experts { get; }

    /// <summary>The first layers, whose feed-forward part is one MLP.</summary>
    public int first_k_dense_replace { get; }

    public int num_expert_group { get; }

    public int topk_group { get; }

    public bool moe_renormalize { get; }

    public float routed_scaling_factor { get; }

    public int linear_heads { get; }

    public int linear_head_dim { get; }

    public int short_conv_kernel_size { get; }

    /// <summary>Whether each layer attends; otherwise it is a delta net.</summary>
    public IReadOnlyList<bool> attends { get; }

    public ModelSizes Sizes(long parameters) =>
        new()
        {
            Blocks = num_hidden_layers,
            Width = hidden_size,
            Vocabulary = vocab_size,
            QueryHeads = num_attention_heads,
            KeyValueHeads = num_attention_heads,
            HeadSize = qk_nope_head_dim + qk_rope_head_dim,
            Context = max_position_embeddings,
            Parameters = parameters,
            Shapes =
            [
                .. attends.Select(own => own
                    ? new BlockShape(num_attention_heads, num_attention_heads, qk_nope_head_dim + qk_rope_head_dim, v_head_dim)
                    : BlockShape.OfState(((long)LinearWidth * linear_head_dim) + (3L * LinearWidth * (short_conv_kernel_size - 1)))),
            ],
        };

    /// <summary>Columns of a delta net's queries, of its keys and of its values.</summary>
    public int LinearWidth => linear_heads * linear_head_dim;

    /// <summary>Stored rows of a part of each head's keys and values.</summary>
    public IEnumerable<int> KeyValueRows(int first, int count) =>
        Enumerable.Range(0, num_attention_heads).SelectMany(head => Enumerable.Range((head * (qk_nope_head_dim + v_head_dim)) + first, count));
}

/// <summary>
/// A delta net (Kimi Team 2025): each head has a state [key, value] whose key channels fade on their own, and that a token corrects at its key.
/// </summary>
internal sealed class KimiDeltaAttention(KimiLinearConfig config, ModelWeights weights, string prefix, int block)
{
    // Rows of the fused weight: queries, keys, values; how much is corrected; narrow layers of fading and of the gate.
    private readonly Linear _in_proj = weights.Linear(
        config.hidden_size,
        bias: false,
        ($"{prefix}.q_proj", config.LinearWidth),
        ($"{prefix}.k_proj", config.LinearWidth),
        ($"{prefix}.v_proj", config.LinearWidth),
        ($"{prefix}.b_proj", config.linear_heads),
        ($"{prefix}.f_a_proj", config.linear_head_dim),
        ($"{prefix}.g_a_proj", config.linear_head_dim));

    private readonly Linear _f_b_proj = weights.Linear(config.linear_head_dim, bias: false, ($"{prefix}.f_b_proj", config.LinearWidth));
    private readonly Linear _g_b_proj = weights.Linear(config.linear_head_dim, bias: false, ($"{prefix}.g_b_proj", config.LinearWidth));

    // Each channel has weights of its own, so that three convolutions are one.
    private readonly float[] _conv1d =
    [
        .. weights.Numbers($"{prefix}.q_conv1d.weight", config.LinearWidth, 1, config.short_conv_kernel_size),
        .. weights.Numbers($"{prefix}.k_conv1d.weight", config.LinearWidth, 1, config.short_conv_kernel_size),
        .. weights.Numbers($"{prefix}.v_conv1d.weight", config.LinearWidth, 1, config.short_conv_kernel_size),
    ];

    private readonly DeltaRule _rule = new(config.linear_heads, config.linear_heads, config.linear_head_dim, config.linear_head_dim)
    {
        Fading = [.. weights.Numbers($"{prefix}.A_log", 1, 1, config.linear_heads, 1).Select(a => -MathF.Exp(a))],
        StepBias = weights.Numbers($"{prefix}.dt_bias", config.LinearWidth),
        ByChannel = true,
    };

    private readonly torch.Tensor _o_norm = weights.Vector($"{prefix}.o_norm.weight", config.linear_head_dim);
    private readonly Linear _o_proj = weights.Linear(config.LinearWidth, bias: false, ($"{prefix}.o_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var (width, heads, size) = (config.LinearWidth, config.linear_heads, config.linear_head_dim);
        var projected = pass.Linear(_in_proj, x);
        var inner = pass.Convolve(projected.narrow(1, 0, 3 * width), _conv1d, null, block);
        var fading = pass.Linear(_f_b_proj, projected.narrow(1, (3 * width) + heads, size).contiguous());
        var all = torch.cat([inner, projected.narrow(1, 3 * width, heads), fading], 1);
        var read = pass.Recur(all, block, _rule.Size, heads, width, _rule.Step); // [tokens, width]
        pass.NormHeads(new Heads(read, 0, heads, size), _o_norm, config.rms_norm_eps);
        var gate = pass.Linear(_g_b_proj, projected.narrow(1, (3 * width) + heads + size, size).contiguous());
        pass.Activate(gate, Activation.Sigmoid);
        pass.Multiply(read, gate);
        return pass.Linear(_o_proj, read);
    }
}

/// <summary>Attention over latent keys and values (DeepSeek-AI 2024) without positions; all heads share a part of the key.</summary>
internal sealed class KimiMLAAttention(KimiLinearConfig config, ModelWeights weights, string prefix, int block)
{
    // The published code has this number, not the configuration.
    private const float Epsilon = 1e-6f;

    private readonly Linear _q_proj = weights.Linear(
        config.hidden_size,
        bias: false,
        ($"{prefix}.q_proj", config.num_attention_heads * (config.qk_nope_head_dim + config.qk_rope_head_dim)));

    private readonly Linear _kv_a_proj_with_mqa = weights.Linear(
        config.hidden_size,
        bias: false,
        ($"{prefix}.kv_a_proj_with_mqa", config.kv_lora_rank + config.qk_rope_head_dim));

    private readonly torch.Tensor _kv_a_layernorm = weights.Vector($"{prefix}.kv_a_layernorm.weight", config.kv_lora_rank);

    // Outputs: the keys of all heads, then the values.
    private readonly Linear _kv_b_proj = weights.Ordered(
        config.kv_lora_rank,
        $"{prefix}.kv_b_proj",
        config.KeyValueRows(0, config.qk_nope_head_dim).Concat(config.KeyValueRows(config.qk_nope_head_dim, config.v_head_dim)));

    private readonly Linear _o_proj = weights.Linear(
        config.num_attention_heads * config.v_head_dim,
        bias: false,
        ($"{prefix}.o_proj", config.hidden_size));

    private readonly AttentionRule _rule = new(1 / MathF.Sqrt(config.qk_nope_head_dim + config.qk_rope_head_dim));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var (heads, own, common) = (config.num_attention_heads, config.qk_nope_head_dim, config.qk_rope_head_dim);
        var query = new Heads(pass.Linear(_q_proj, x), 0, heads, own + common); // [tokens, heads * (own + common)]
        var narrow = pass.Linear(_kv_a_proj_with_mqa, x); // [tokens, kv_lora_rank + common]
        var shared = narrow.narrow(1, config.kv_lora_rank, common);
        var latent = pass.RmsNorm(narrow.narrow(1, 0, config.kv_lora_rank).contiguous(), _kv_a_layernorm, Epsilon);
        var keysAndValues = pass.Linear(_kv_b_proj, latent); // [tokens, heads * (own + v_head_dim)]
        var keys = torch.cat([keysAndValues.narrow(1, 0, heads * own).unflatten(1, heads, own), shared.unsqueeze(1).expand(-1, heads, -1)], 2).flatten(1);
        var (key, value) = (new Heads(keys, 0, heads, own + common), new Heads(keysAndValues, heads * own, heads, config.v_head_dim));
        return pass.Linear(_o_proj, pass.Attend(block, query, key, value, _rule));
    }
}

/// <summary>An MLP, or an expert: down(silu(gate(x)) * up(x)), whose three layers have names of their own in experts.</summary>
internal sealed class KimiMLP(KimiLinearConfig config, ModelWeights weights, int width, string gate, string up, string down)
{
    private readonly Linear _gate_up = weights.Linear(config.hidden_size, bias: false, (gate, width), (up, width));
    private readonly Linear _down = weights.Linear(width, bias: false, (down, config.hidden_size));

    public static KimiMLP Of(KimiLinearConfig config, ModelWeights weights, string prefix, int width) =>
        new(config, weights, width, $"{prefix}.gate_proj", $"{prefix}.up_proj", $"{prefix}.down_proj");

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.SwiGlu(_gate_up, _down, x);
}

/// <summary>A mixture of experts beside one MLP that works on every token.</summary>
internal sealed class KimiSparseMoeBlock(KimiLinearConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _gate = weights.Linear(config.hidden_size, bias: false, ($"{prefix}.gate", config.num_experts));

    private readonly RoutingRule _rule = new(config.num_experts_per_token, config.moe_renormalize && config.num_experts_per_token > 1)
    {
        Sigmoid = true,
        Bias = weights.Numbers($"{prefix}.gate.e_score_correction_bias", config.num_experts),
        Groups = config.num_expert_group,
        GroupsChosen = config.topk_group,
        GroupsByTwo = true,
        Epsilon = 1e-20f,
        Factor = config.routed_scaling_factor,
    };

    private readonly KimiMLP[] _experts =
    [
        .. Enumerable.Range(0, config.num_experts)
            .Select(expert => $"{prefix}.experts.{expert}")
            .Select(name => new KimiMLP(config, weights, config.moe_intermediate_size, $"{name}.w1", $"{name}.w3", $"{name}.w2")),
    ];

    private readonly KimiMLP? _shared_experts = config.num_shared_experts == 0
        ? null
        : KimiMLP.Of(config, weights, $"{prefix}.shared_experts", config.moe_intermediate_size * config.num_shared_experts);

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var routed = pass.Experts(x, pass.Linear(_gate, x), _rule, (expert, rows) => _experts[expert].Forward(rows, pass));
        if (_shared_experts is not null)
        {
            pass.Add(routed, _shared_experts.Forward(x, pass));
        }

        return routed;
    }
}

/// <summary>A block: x + mixer(norm(x)), then x + feed-forward(norm(x)), which is a mixture of experts or one MLP.</summary>
internal sealed class KimiDecoderLayer(KimiLinearConfig config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly torch.Tensor _input_layernorm = weights.Vector($"{prefix}.input_layernorm.weight", config.hidden_size);
    private readonly KimiMLAAttention? _attention = config.attends[block] ? new(config, weights, $"{prefix}.self_attn", block) : null;
    private readonly KimiDeltaAttention? _net = config.attends[block] ? null : new(config, weights, $"{prefix}.self_attn", block);
    private readonly torch.Tensor _post_attention_layernorm = weights.Vector($"{prefix}.post_attention_layernorm.weight", config.hidden_size);

    private readonly KimiMLP? _dense = block < config.first_k_dense_replace
        ? KimiMLP.Of(config, weights, $"{prefix}.mlp", config.intermediate_size)
        : null;

    private readonly KimiSparseMoeBlock? _sparse = block < config.first_k_dense_replace ? null : new(config, weights, $"{prefix}.block_sparse_moe");

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        var normed = pass.RmsNorm(x, _input_layernorm, config.rms_norm_eps);
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _attention?.Forward(normed, pass) ?? _net!.Forward(normed, pass));
        normed = pass.RmsNorm(x, _post_attention_layernorm, config.rms_norm_eps);
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, _dense?.Forward(normed, pass) ?? _sparse!.Forward(normed, pass));
    }
}

/// <summary>The model.</summary>
internal sealed class KimiLinearForCausalLM : CausalModel
{
    /// <summary>Keys that files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly KimiLinearConfig _config;
    private readonly torch.Tensor _embed;
    private readonly KimiDecoderLayer[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _head;

    public KimiLinearForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new KimiLinearConfig(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new KimiDecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
        ];
        _norm = weights.Vector($"{prefix}norm.weight", _config.hidden_size);
        _head = weights.Head(_config.hidden_size, _config.vocab_size, "lm_head", _config.tie_word_embeddings ? $"{prefix}embed_tokens" : null);
        weights.RefuseTheRest([.. _config.tie_word_embeddings ? LeftOverWhenTied : LeftOver, $"*layers.{_config.num_hidden_layers}.*"]);
        Sizes = _config.Sizes(weights.Parameters);
        Sites = Site.OfDecoder(_config.num_hidden_layers);
    }

    public override ModelSizes Sizes { get; }

    public override IReadOnlyList<Site> Sites { get; }

    public override void Forward(TokenBatch batch, KeyValueCache cache, IForwardObserver observer, ISiteEditor? editor = null)
    {
        using var pass = new ForwardPass(this, batch, cache, observer, editor);
        var x = pass.Embed(_embed); // [tokens, width]
        pass.Run(x, _layers, last => pass.RmsNorm(last, _norm, _config.rms_norm_eps), _head);
    }
}

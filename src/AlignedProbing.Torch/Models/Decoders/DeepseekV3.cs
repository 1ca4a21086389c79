// DeepSeek V3, V3.1 and R1 (DeepSeek-AI 2024): attention over latent keys and values, and after the first layers mixtures of experts that a sigmoid scores,
// chosen by groups with a bias that their weights do not have. Layers that predict further tokens are left alone. Read beside transformers'
// modeling_deepseek_v3.py. Tensors are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a DeepSeek V3.</summary>
internal sealed class DeepseekV3Config
{
    public DeepseekV3Config(ModelConfig config)
    {
        config.Ignore("num_nextn_predict_layers", "ep_size", "aux_loss_alpha", "seq_aux", "router_aux_loss_coef", "output_router_logits");
        config.Require("moe_layer_freq", "1");
        config.Ignore("num_key_value_heads", "head_dim", "qk_head_dim");
        config.Require("scoring_func", "sigmoid");
        config.Require("topk_method", "noaux_tc");
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        intermediate_size = config.Size("intermediate_size");
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 2048;
        rms_norm_eps = (float)config.Number("rms_norm_eps", 1e-6);
        hidden_act = Activations.FromConfig(config, "hidden_act", "silu");
        norm_topk_prob = config.Flag("norm_topk_prob", true);
        moe_intermediate_size = config.Size("moe_intermediate_size");
        (n_routed_experts, num_experts_per_tok) = (config.Size("n_routed_experts"), config.Size("num_experts_per_tok"));
        (n_shared_experts, first_k_dense_replace) = (config.Count("n_shared_experts", 0), config.Count("first_k_dense_replace", 0));
        (n_group, topk_group) = (config.OptionalSize("n_group") ?? 1, config.OptionalSize("topk_group") ?? 1);
        routed_scaling_factor = (float)config.Positive("routed_scaling_factor", 1);
        if (n_routed_experts % n_group != 0 || topk_group > n_group || num_experts_per_tok > n_routed_experts / n_group * topk_group)
        {
            throw config.Broken($"a token cannot go to {num_experts_per_tok} of {n_routed_experts} experts in {topk_group} of {n_group} groups");
        }

        (q_lora_rank, kv_lora_rank) = (config.OptionalSize("q_lora_rank"), config.Size("kv_lora_rank"));
        (qk_nope_head_dim, qk_rope_head_dim, v_head_dim) = (config.Size("qk_nope_head_dim"), config.Size("qk_rope_head_dim"), config.Size("v_head_dim"));
        num_attention_heads = config.Size("num_attention_heads");
        attention_bias = config.Flag("attention_bias", false);
        tie_word_embeddings = config.Flag("tie_word_embeddings", false);
        var turning = RotaryConfig.FromConfig(config, qk_rope_head_dim, 10000);
        rotary = config.Flag("rope_interleave", true) ? turning.OfNeighbours() : turning;
        var factor = RotaryConfig.NumberOf(config, "factor") ?? 1;
        var stretch = factor > 1 && RotaryConfig.NumberOf(config, "mscale_all_dim") is { } all ? (0.1 * all * Math.Log(factor)) + 1 : 1;
        scale = (float)(stretch * stretch / Math.Sqrt(qk_nope_head_dim + qk_rope_head_dim));
    }

    public int vocab_size { get; }

    public int hidden_size { get; }

    public int num_hidden_layers { get; }

    public int intermediate_size { get; }

    public int max_position_embeddings { get; }

    public float rms_norm_eps { get; }

    public Activation hidden_act { get; }

    public int moe_intermediate_size { get; }

    public int n_routed_experts { get; }

    public int num_experts_per_tok { get; }

    public int n_shared_experts { get; }

    /// <summary>The first layers, whose feed-forward part is one MLP.</summary>
    public int first_k_dense_replace { get; }

    public int n_group { get; }

    public int topk_group { get; }

    public float routed_scaling_factor { get; }

    public bool norm_topk_prob { get; }

    /// <summary>What scores are multiplied by.</summary>
    public float scale { get; }

    /// <summary>Width of the narrow layer of queries; null: there is none.</summary>
    public int? q_lora_rank { get; }

    public int kv_lora_rank { get; }

    public int qk_nope_head_dim { get; }

    public int qk_rope_head_dim { get; }

    public int v_head_dim { get; }

    public int num_attention_heads { get; }

    public bool attention_bias { get; }

    public bool tie_word_embeddings { get; }

    public RotaryEmbedding rotary { get; }

    public ModelSizes Sizes(long parameters) =>
        new()
        {
            Blocks = num_hidden_layers,
            Width = hidden_size,
            Vocabulary = vocab_size,
            QueryHeads = num_attention_heads,
            KeyValueHeads = num_attention_heads,
            HeadSize = qk_nope_head_dim + qk_rope_head_dim,
            Context = (int)(max_position_embeddings * rotary.Stretch),
            RotaryByLengthAbove = rotary.ByLengthAbove,
            Parameters = parameters,
            Shapes =
            [
                .. Enumerable.Repeat(
                    new BlockShape(num_attention_heads, num_attention_heads, qk_nope_head_dim + qk_rope_head_dim, v_head_dim),
                    num_hidden_layers),
            ],
        };

    /// <summary>The heads' numbers.</summary>
    public IEnumerable<int> Heads => Enumerable.Range(0, num_attention_heads);

    /// <summary>Rows of a head's queries.</summary>
    public IEnumerable<int> Rows(int head, int first, int count) =>
        Enumerable.Range((head * (qk_nope_head_dim + qk_rope_head_dim)) + first, count);

    /// <summary>Rows of a head's keys and values.</summary>
    public IEnumerable<int> KeyValueRows(int head, int first, int count) => Enumerable.Range((head * (qk_nope_head_dim + v_head_dim)) + first, count);
}

/// <summary>
/// Attention over latent keys and values (DeepSeek-AI 2024): queries, and keys with values, come through a narrow layer each; a part of each head turns with
/// the position, and all heads share that part of the key.
/// </summary>
internal sealed class DeepseekV3Attention(DeepseekV3Config config, ModelWeights weights, string prefix, int block)
{
    // transformers has this number in its code, not in the configuration.
    private const float Epsilon = 1e-6f;

    private readonly Linear? _q_a_proj = config.q_lora_rank is { } rank
        ? weights.Linear(config.hidden_size, config.attention_bias, ($"{prefix}.q_a_proj", rank))
        : null;

    private readonly torch.Tensor? _q_a_layernorm = config.q_lora_rank is { } rank ? weights.Vector($"{prefix}.q_a_layernorm.weight", rank) : null;

    // Outputs: of each head first the part that turns.
    private readonly Linear _q_proj = weights.Ordered(
        config.q_lora_rank ?? config.hidden_size,
        config.q_lora_rank is null ? $"{prefix}.q_proj" : $"{prefix}.q_b_proj",
        config.Heads.SelectMany(head => config.Rows(head, config.qk_nope_head_dim, config.qk_rope_head_dim)
            .Concat(config.Rows(head, 0, config.qk_nope_head_dim))));

    private readonly Linear _kv_a_proj_with_mqa = weights.Linear(
        config.hidden_size,
        config.attention_bias,
        ($"{prefix}.kv_a_proj_with_mqa", config.kv_lora_rank + config.qk_rope_head_dim));

    private readonly torch.Tensor _kv_a_layernorm = weights.Vector($"{prefix}.kv_a_layernorm.weight", config.kv_lora_rank);

    // Outputs: the keys of all heads, then the values.
    private readonly Linear _kv_b_proj = weights.Ordered(
        config.kv_lora_rank,
        $"{prefix}.kv_b_proj",
        config.Heads.SelectMany(head => config.KeyValueRows(head, 0, config.qk_nope_head_dim))
            .Concat(config.Heads.SelectMany(head => config.KeyValueRows(head, config.qk_nope_head_dim, config.v_head_dim))));

    private readonly Linear _o_proj = weights.Linear(
        config.num_attention_heads * config.v_head_dim,
        config.attention_bias,
        ($"{prefix}.o_proj", config.hidden_size));

    private readonly AttentionRule _rule = new(config.scale);

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var (heads, still, turning) = (config.num_attention_heads, config.qk_nope_head_dim, config.qk_rope_head_dim);
        var asked = _q_a_proj is null ? x : pass.RmsNorm(pass.Linear(_q_a_proj, x), _q_a_layernorm!, Epsilon);
        var query = new Heads(pass.Linear(_q_proj, asked), 0, heads, turning + still); // [tokens, heads * (turning + still)]
        pass.Rotate(query, config.rotary);

        var narrow = pass.Linear(_kv_a_proj_with_mqa, x); // [tokens, kv_lora_rank + turning]
        var shared = narrow.narrow(1, config.kv_lora_rank, turning).contiguous();
        pass.Rotate(new Heads(shared, 0, 1, turning), config.rotary);
        var latent = pass.RmsNorm(narrow.narrow(1, 0, config.kv_lora_rank).contiguous(), _kv_a_layernorm, Epsilon);
        var keysAndValues = pass.Linear(_kv_b_proj, latent); // [tokens, heads * (still + v_head_dim)]
        var keys = torch.cat([shared.unsqueeze(1).expand(-1, heads, -1), keysAndValues.narrow(1, 0, heads * still).unflatten(1, heads, still)], 2).flatten(1);
        var key = new Heads(keys, 0, heads, turning + still);
        var value = new Heads(keysAndValues, heads * still, heads, config.v_head_dim);
        return pass.Linear(_o_proj, pass.Attend(block, query, key, value, _rule));
    }
}

/// <summary>An MLP, or an expert: down_proj(silu(gate_proj(x)) * up_proj(x)).</summary>
internal sealed class DeepseekV3MLP(DeepseekV3Config config, ModelWeights weights, string prefix, int width)
{
    private readonly Linear _gate_up = weights.Linear(config.hidden_size, bias: false, ($"{prefix}.gate_proj", width), ($"{prefix}.up_proj", width));
    private readonly Linear _down = weights.Linear(width, bias: false, ($"{prefix}.down_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.Gated(_gate_up, _down, x, config.hidden_act);
}

/// <summary>A mixture of experts: a router scores them, and the best work on the token.</summary>
internal sealed class DeepseekV3MoE(DeepseekV3Config config, ModelWeights weights, string prefix)
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

    private readonly DeepseekV3MLP[] _experts =
    [
        .. Enumerable.Range(0, config.n_routed_experts)
            .Select(expert => new DeepseekV3MLP(config, weights, $"{prefix}.experts.{expert}", config.moe_intermediate_size)),
    ];

    private readonly DeepseekV3MLP? _shared_experts = config.n_shared_experts == 0
        ? null
        : new(config, weights, $"{prefix}.shared_experts", config.moe_intermediate_size * config.n_shared_experts);

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

/// <summary>A block: x + attention(norm(x)), then x + feed-forward(norm(x)), which is a mixture of experts or one MLP.</summary>
internal sealed class DeepseekV3DecoderLayer(DeepseekV3Config config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly torch.Tensor _input_layernorm = weights.Vector($"{prefix}.input_layernorm.weight", config.hidden_size);
    private readonly DeepseekV3Attention _self_attn = new(config, weights, $"{prefix}.self_attn", block);
    private readonly torch.Tensor _post_attention_layernorm = weights.Vector($"{prefix}.post_attention_layernorm.weight", config.hidden_size);
    private readonly DeepseekV3MLP? _dense = block >= config.first_k_dense_replace ? null : new(config, weights, $"{prefix}.mlp", config.intermediate_size);
    private readonly DeepseekV3MoE? _sparse = block >= config.first_k_dense_replace ? new(config, weights, $"{prefix}.mlp") : null;

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _self_attn.Forward(pass.RmsNorm(x, _input_layernorm, config.rms_norm_eps), pass));
        var normed = pass.RmsNorm(x, _post_attention_layernorm, config.rms_norm_eps);
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, _dense?.Forward(normed, pass) ?? _sparse!.Forward(normed, pass));
    }
}

/// <summary>The model.</summary>
internal sealed class DeepseekV3ForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly DeepseekV3Config _config;
    private readonly torch.Tensor _embed;
    private readonly DeepseekV3DecoderLayer[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _head;

    public DeepseekV3ForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new DeepseekV3Config(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new DeepseekV3DecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
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

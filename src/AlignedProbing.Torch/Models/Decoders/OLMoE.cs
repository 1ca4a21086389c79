// OLMoE (Muennighoff et al. 2024): as Mixtral except no window, norms over the whole query and key projections, clip_qkv after them, and weights of experts
// that are not made to sum to 1. Read beside transformers' modeling_olmoe.py. Tensors are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of an OLMoE.</summary>
internal sealed record OlmoeConfig
{
    public required int vocab_size { get; init; }

    public required int hidden_size { get; init; }

    public required int intermediate_size { get; init; }

    public required int num_hidden_layers { get; init; }

    public required int num_attention_heads { get; init; }

    public required int num_key_value_heads { get; init; }

    public required int head_dim { get; init; }

    public required int num_experts { get; init; }

    public required int num_experts_per_tok { get; init; }

    public required int max_position_embeddings { get; init; }

    public required float rms_norm_eps { get; init; }

    public required bool norm_topk_prob { get; init; }

    public required bool attention_bias { get; init; }

    /// <summary>Queries, keys and values are held within this; null: they are not.</summary>
    public required float? clip_qkv { get; init; }

    public required bool tie_word_embeddings { get; init; }

    public required RotaryEmbedding rotary { get; init; }

    public static OlmoeConfig Read(ModelConfig config)
    {
        config.Require("hidden_act", "silu");
        // They change training and what is returned beside the logits.
        config.Ignore("router_aux_loss_coef", "output_router_logits");
        var (width, heads) = (config.Size("hidden_size"), config.Size("num_attention_heads"));
        var head_dim = config.OptionalSize("head_dim") ?? width / heads;
        var read = new OlmoeConfig
        {
            vocab_size = config.Size("vocab_size"),
            hidden_size = width,
            intermediate_size = config.Size("intermediate_size"),
            num_hidden_layers = config.Size("num_hidden_layers"),
            num_attention_heads = heads,
            num_key_value_heads = config.OptionalSize("num_key_value_heads") ?? heads,
            head_dim = head_dim,
            num_experts = config.OptionalSize("num_experts") ?? 64,
            num_experts_per_tok = config.OptionalSize("num_experts_per_tok") ?? 8,
            max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 4096,
            rms_norm_eps = (float)config.Number("rms_norm_eps", 1e-5),
            norm_topk_prob = config.Flag("norm_topk_prob", false),
            attention_bias = config.Flag("attention_bias", false),
            clip_qkv = (float?)config.OptionalPositive("clip_qkv"),
            tie_word_embeddings = config.Flag("tie_word_embeddings", false),
            rotary = RotaryConfig.FromConfig(config, head_dim),
        };
        return heads % read.num_key_value_heads != 0 ? throw config.Broken($"{heads} query heads cannot share {read.num_key_value_heads} key-value heads")
            : read.num_experts_per_tok > read.num_experts
                ? throw config.Broken($"a token cannot go to {read.num_experts_per_tok} of {read.num_experts} experts")
            : read;
    }

    public ModelSizes Sizes(long parameters) => new()
    {
        Blocks = num_hidden_layers,
        Width = hidden_size,
        Vocabulary = vocab_size,
        QueryHeads = num_attention_heads,
        KeyValueHeads = num_key_value_heads,
        HeadSize = head_dim,
        Context = (int)(max_position_embeddings * rotary.Stretch),
        RotaryByLengthAbove = rotary.ByLengthAbove,
        Parameters = parameters,
    };
}

/// <summary>Attention: grouped queries, normed queries and keys, rotary positions, causal within each sequence.</summary>
internal sealed class OlmoeAttention(OlmoeConfig config, ModelWeights weights, string prefix, int block)
{
    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _qkv_proj = weights.Linear(config.hidden_size, config.attention_bias,
        ($"{prefix}.q_proj", config.num_attention_heads * config.head_dim),
        ($"{prefix}.k_proj", config.num_key_value_heads * config.head_dim),
        ($"{prefix}.v_proj", config.num_key_value_heads * config.head_dim));

    private readonly Linear _o_proj = weights.Linear(
        config.num_attention_heads * config.head_dim,
        config.attention_bias,
        ($"{prefix}.o_proj", config.hidden_size));
    private readonly torch.Tensor _q_norm = weights.Vector($"{prefix}.q_norm.weight", config.num_attention_heads * config.head_dim);
    private readonly torch.Tensor _k_norm = weights.Vector($"{prefix}.k_norm.weight", config.num_key_value_heads * config.head_dim);
    private readonly AttentionRule _rule = new(1 / MathF.Sqrt(config.head_dim));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var (heads, keyValueHeads, size) = (config.num_attention_heads, config.num_key_value_heads, config.head_dim);
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, (heads + 2 * keyValueHeads) * size]
        pass.NormHeads(new Heads(qkv, 0, 1, heads * size), _q_norm, config.rms_norm_eps);
        pass.NormHeads(new Heads(qkv, heads * size, 1, keyValueHeads * size), _k_norm, config.rms_norm_eps);
        if (config.clip_qkv is { } limit)
        {
            pass.Clamp(qkv, limit);
        }

        var query = new Heads(qkv, 0, heads, size);
        var key = new Heads(qkv, heads * size, keyValueHeads, size);
        var value = new Heads(qkv, (heads + keyValueHeads) * size, keyValueHeads, size);
        pass.Rotate(query, config.rotary);
        pass.Rotate(key, config.rotary);
        var mixed = pass.Attend(block, query, key, value, _rule); // [tokens, heads * size]
        return pass.Linear(_o_proj, mixed);
    }
}

/// <summary>An expert: down_proj(silu(gate_proj(x)) * up_proj(x)).</summary>
internal sealed class OlmoeMLP(OlmoeConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _gate_up = weights.Linear(config.hidden_size, bias: false,
        ($"{prefix}.gate_proj", config.intermediate_size),
        ($"{prefix}.up_proj", config.intermediate_size));

    private readonly Linear _down = weights.Linear(config.intermediate_size, bias: false, ($"{prefix}.down_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.SwiGlu(_gate_up, _down, x);
}

/// <summary>A mixture of experts: a router scores them, and the best work on the token.</summary>
internal sealed class OlmoeSparseMoeBlock(OlmoeConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _gate = weights.Linear(config.hidden_size, bias: false, ($"{prefix}.gate", config.num_experts));
    private readonly OlmoeMLP[] _experts =
    [
        .. Enumerable.Range(0, config.num_experts).Select(expert => new OlmoeMLP(config, weights, $"{prefix}.experts.{expert}")),
    ];

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var scores = pass.Linear(_gate, x); // [tokens, num_experts]
        return pass.Experts(x, scores, config.num_experts_per_tok, renormalise: config.norm_topk_prob, (expert, rows) => _experts[expert].Forward(rows, pass));
    }
}

/// <summary>A block: x + attention(norm(x)), then x + experts(norm(x)).</summary>
internal sealed class OlmoeDecoderLayer(OlmoeConfig config, ModelWeights weights, string prefix, int block)
{
    private readonly torch.Tensor _input_layernorm = weights.Vector($"{prefix}.input_layernorm.weight", config.hidden_size);
    private readonly OlmoeAttention _self_attn = new(config, weights, $"{prefix}.self_attn", block);
    private readonly torch.Tensor _post_attention_layernorm = weights.Vector($"{prefix}.post_attention_layernorm.weight", config.hidden_size);
    private readonly OlmoeSparseMoeBlock _mlp = new(config, weights, $"{prefix}.mlp");

    /// <summary>Changes the stream x [tokens, width] in place.</summary>
    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        using var scope = torch.NewDisposeScope();
        pass.At(SiteKind.BlockInput, block, x);

        var attention = _self_attn.Forward(pass.RmsNorm(x, _input_layernorm, config.rms_norm_eps), pass);
        pass.At(SiteKind.AttentionOutput, block, attention);
        pass.Add(x, attention);

        var feedForward = _mlp.Forward(pass.RmsNorm(x, _post_attention_layernorm, config.rms_norm_eps), pass);
        pass.At(SiteKind.FeedForwardOutput, block, feedForward);
        pass.Add(x, feedForward);

        pass.At(SiteKind.BlockOutput, block, x);
    }
}

/// <summary>The model.</summary>
internal sealed class OlmoeForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly OlmoeConfig _config;
    private readonly ModelKernels _kernels;
    private readonly torch.Tensor _embed_tokens;
    private readonly OlmoeDecoderLayer[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _lm_head;

    public OlmoeForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = OlmoeConfig.Read(file);
        _kernels = weights.Kernels;
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed_tokens = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new OlmoeDecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
        ];
        _norm = weights.Vector($"{prefix}norm.weight", _config.hidden_size);
        _lm_head = weights.Head(_config.hidden_size, _config.vocab_size, "lm_head", tiedTo: _config.tie_word_embeddings ? $"{prefix}embed_tokens" : null);
        weights.RefuseTheRest(_config.tie_word_embeddings ? LeftOverWhenTied : LeftOver);
        Sizes = _config.Sizes(weights.Parameters);
        Sites = Site.OfDecoder(_config.num_hidden_layers);
    }

    public override ModelSizes Sizes { get; }

    public override IReadOnlyList<Site> Sites { get; }

    public override void Forward(TokenBatch batch, KeyValueCache cache, IForwardObserver observer, ISiteEditor? editor = null)
    {
        using var pass = new ForwardPass(Sizes, batch, cache, observer, editor, _norm.device, _kernels);
        var x = pass.Embed(_embed_tokens); // [tokens, width]
        pass.At(SiteKind.Embedding, -1, x);
        for (var block = 0; block < _layers.Length; block++)
        {
            pass.States(block, x);
            _layers[block].Forward(x, pass);
        }

        var last = pass.RmsNorm(x, _norm, _config.rms_norm_eps);
        pass.At(SiteKind.FinalNorm, -1, last);
        pass.States(_layers.Length, last);
        pass.Logits(_lm_head, last);
        cache.Advance(batch);
    }
}

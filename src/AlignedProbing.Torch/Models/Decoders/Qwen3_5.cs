// Qwen 3.5 (Qwen Team 2026), its dense language model: layers of gated delta nets, whose states a token corrects where they remember its key otherwise, and
// layers of attention whose result is multiplied by the sigmoid of a gate; norms are stored as their difference from 1. Read beside transformers'
// modeling_qwen3_5.py. Tensors are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a Qwen 3.5.</summary>
internal sealed class Qwen3_5Config
{
    public Qwen3_5Config(ModelConfig config)
    {
        // In which precision states are kept by other programs (float32 here), layers that predict further tokens, and what layer_types was made of.
        config.Ignore("mamba_ssm_dtype", "mtp_num_hidden_layers", "mtp_use_dedicated_embeddings");
        config.Require("attn_output_gate", "true");
        config.Require("attention_bias", "false");
        config.Require("hidden_act", "silu");
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        intermediate_size = config.Size("intermediate_size");
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 32768;
        rms_norm_eps = (float)config.Number("rms_norm_eps", 1e-6);
        tie_word_embeddings = config.Flag("tie_word_embeddings", false);
        var (queries, keyValues) = (config.Size("num_attention_heads"), config.Size("num_key_value_heads"));
        heads = HeadLayout.Of(config, hidden_size, queries, keyValues, config.SizeUnlessNull("head_dim", 256));
        // Texts have one position, whatever sections an image's three are divided into.
        rotary = RotaryConfig.PartialFromConfig(config, heads.Size, 0.25, 10000, "mrope_section", "mrope_interleaved");
        var interval = config.OptionalSize("full_attention_interval") ?? 4;
        var types = config.Texts("layer_types");
        attends = types is null ? [.. Enumerable.Range(0, num_hidden_layers).Select(layer => (layer + 1) % interval == 0)]
            : types.Count == num_hidden_layers && types.All(type => type is "full_attention" or "linear_attention")
                ? [.. types.Select(type => type == "full_attention")]
            : throw config.Unsupported("layer_types other than full_attention or linear_attention for each layer");
        linear_conv_kernel_dim = config.OptionalSize("linear_conv_kernel_dim") ?? 4;
        (linear_num_key_heads, linear_key_head_dim) = (config.OptionalSize("linear_num_key_heads") ?? 16, config.OptionalSize("linear_key_head_dim") ?? 128);
        linear_num_value_heads = config.OptionalSize("linear_num_value_heads") ?? 32;
        linear_value_head_dim = config.OptionalSize("linear_value_head_dim") ?? 128;
        if (linear_num_value_heads % linear_num_key_heads != 0)
        {
            throw config.Broken($"{linear_num_value_heads} value heads cannot share {linear_num_key_heads} key heads");
        }
    }

    public int vocab_size { get; }

    public int hidden_size { get; }

    public int num_hidden_layers { get; }

    public int intermediate_size { get; }

    public int max_position_embeddings { get; }

    public float rms_norm_eps { get; }

    public bool tie_word_embeddings { get; }

    public HeadLayout heads { get; }

    public RotaryEmbedding rotary { get; }

    /// <summary>Whether each layer attends; otherwise it is a delta net.</summary>
    public IReadOnlyList<bool> attends { get; }

    public int linear_conv_kernel_dim { get; }

    public int linear_num_key_heads { get; }

    public int linear_key_head_dim { get; }

    public int linear_num_value_heads { get; }

    public int linear_value_head_dim { get; }

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
            Shapes = [.. attends.Select(own => own ? new BlockShape(heads.Queries, heads.KeyValues, heads.Size, heads.Size) : BlockShape.OfState(StateSize))],
        };

    /// <summary>Numbers of a delta net's state, with the inputs that its convolution looks back at.</summary>
    private long StateSize => ((long)ValueWidth * linear_key_head_dim) + (((2L * KeyWidth) + ValueWidth) * (linear_conv_kernel_dim - 1));

    /// <summary>Columns of a delta net's keys.</summary>
    public int KeyWidth => linear_num_key_heads * linear_key_head_dim;

    /// <summary>Columns of a delta net's values.</summary>
    public int ValueWidth => linear_num_value_heads * linear_value_head_dim;
}

/// <summary>Attention: grouped queries, normed heads, rotary positions on a part of each, and a gate.</summary>
internal sealed class Qwen3_5Attention(Qwen3_5Config config, ModelWeights weights, string prefix, int block)
{
    // Stored head by head, its queries and then its gate; outputs: all queries, all gates.
    private readonly Linear _q_proj = weights.Ordered(
        config.hidden_size,
        $"{prefix}.q_proj",
        Enumerable.Range(0, 2 * config.heads.Queries)
            .SelectMany(i => Enumerable.Range(((2 * (i % config.heads.Queries)) + (i / config.heads.Queries)) * config.heads.Size, config.heads.Size)));

    private readonly Linear _kv_proj = weights.Linear(
        config.hidden_size,
        bias: false,
        ($"{prefix}.k_proj", config.heads.KeyWidth),
        ($"{prefix}.v_proj", config.heads.KeyWidth));

    private readonly Linear _o_proj = weights.Linear(config.heads.Width, bias: false, ($"{prefix}.o_proj", config.hidden_size));
    private readonly torch.Tensor _q_norm = weights.VectorFromOne($"{prefix}.q_norm.weight", config.heads.Size);
    private readonly torch.Tensor _k_norm = weights.VectorFromOne($"{prefix}.k_norm.weight", config.heads.Size);

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var (queries, keyValues, size, width) = (config.heads.Queries, config.heads.KeyValues, config.heads.Size, config.heads.Width);
        var (asked, kept) = (pass.Linear(_q_proj, x), pass.Linear(_kv_proj, x)); // [tokens, 2 * width], [tokens, 2 * keyWidth]
        var (query, key) = (new Heads(asked, 0, queries, size), new Heads(kept, 0, keyValues, size));
        pass.NormHeads(query, _q_norm, config.rms_norm_eps);
        pass.NormHeads(key, _k_norm, config.rms_norm_eps);
        pass.Rotate(query, config.rotary);
        pass.Rotate(key, config.rotary);
        var value = new Heads(kept, config.heads.KeyWidth, keyValues, size);
        var mixed = pass.Attend(block, query, key, value, new AttentionRule(1 / MathF.Sqrt(size)));
        var gate = asked.narrow(1, width, width).contiguous();
        pass.Activate(gate, Activation.Sigmoid);
        pass.Multiply(mixed, gate);
        return pass.Linear(_o_proj, mixed);
    }
}

/// <summary>A gated delta net (Yang et al. 2025): each value head has a state [key, value] that fades, and that a token corrects at its key.</summary>
internal sealed class Qwen3_5GatedDeltaNet(Qwen3_5Config config, ModelWeights weights, string prefix, int block)
{
    // Rows of the fused weight: queries, keys and values; a gate; how much is corrected; how fast it fades.
    private readonly Linear _in_proj = weights.Linear(
        config.hidden_size,
        bias: false,
        ($"{prefix}.in_proj_qkv", (2 * config.KeyWidth) + config.ValueWidth),
        ($"{prefix}.in_proj_z", config.ValueWidth),
        ($"{prefix}.in_proj_b", config.linear_num_value_heads),
        ($"{prefix}.in_proj_a", config.linear_num_value_heads));

    private readonly float[] _conv1d = weights.Numbers(
        $"{prefix}.conv1d.weight",
        (2 * config.KeyWidth) + config.ValueWidth,
        1,
        config.linear_conv_kernel_dim);

    private readonly DeltaRule _rule = new(
        config.linear_num_key_heads,
        config.linear_num_value_heads,
        config.linear_key_head_dim,
        config.linear_value_head_dim)
    {
        Fading = [.. weights.Numbers($"{prefix}.A_log", config.linear_num_value_heads).Select(a => -MathF.Exp(a))],
        StepBias = weights.Numbers($"{prefix}.dt_bias", config.linear_num_value_heads),
    };

    private readonly torch.Tensor _norm = weights.Vector($"{prefix}.norm.weight", config.linear_value_head_dim);
    private readonly Linear _out_proj = weights.Linear(config.ValueWidth, bias: false, ($"{prefix}.out_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var (convolved, width, heads) = ((2 * config.KeyWidth) + config.ValueWidth, config.ValueWidth, config.linear_num_value_heads);
        var projected = pass.Linear(_in_proj, x);
        var inner = pass.Convolve(projected.narrow(1, 0, convolved), _conv1d, null, block);
        var all = torch.cat([inner, projected.narrow(1, convolved + width, 2 * heads)], 1);
        var read = pass.Recur(all, block, _rule.Size, heads, width, _rule.Step); // [tokens, width]
        pass.NormHeads(new Heads(read, 0, heads, config.linear_value_head_dim), _norm, config.rms_norm_eps);
        var gate = projected.narrow(1, convolved, width).contiguous();
        pass.Activate(gate, Activation.Silu);
        pass.Multiply(read, gate);
        return pass.Linear(_out_proj, read);
    }
}

/// <summary>Feed-forward part: down_proj(silu(gate_proj(x)) * up_proj(x)).</summary>
internal sealed class Qwen3_5MLP(Qwen3_5Config config, ModelWeights weights, string prefix)
{
    private readonly Linear _gate_up_proj = weights.Linear(
        config.hidden_size,
        bias: false,
        ($"{prefix}.gate_proj", config.intermediate_size),
        ($"{prefix}.up_proj", config.intermediate_size));

    private readonly Linear _down_proj = weights.Linear(config.intermediate_size, bias: false, ($"{prefix}.down_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.Gated(_gate_up_proj, _down_proj, x, Activation.Silu);
}

/// <summary>A block: x + mixer(norm(x)), then x + feed-forward(norm(x)).</summary>
internal sealed class Qwen3_5DecoderLayer(Qwen3_5Config config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly torch.Tensor _input_layernorm = weights.VectorFromOne($"{prefix}.input_layernorm.weight", config.hidden_size);
    private readonly Qwen3_5Attention? _self_attn = config.attends[block] ? new(config, weights, $"{prefix}.self_attn", block) : null;
    private readonly Qwen3_5GatedDeltaNet? _linear_attn = config.attends[block] ? null : new(config, weights, $"{prefix}.linear_attn", block);
    private readonly torch.Tensor _post_attention_layernorm = weights.VectorFromOne($"{prefix}.post_attention_layernorm.weight", config.hidden_size);
    private readonly Qwen3_5MLP _mlp = new(config, weights, $"{prefix}.mlp");

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        var normed = pass.RmsNorm(x, _input_layernorm, config.rms_norm_eps);
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _self_attn?.Forward(normed, pass) ?? _linear_attn!.Forward(normed, pass));
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, _mlp.Forward(pass.RmsNorm(x, _post_attention_layernorm, config.rms_norm_eps), pass));
    }
}

/// <summary>The model.</summary>
internal sealed class Qwen3_5ForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq", "mtp.*"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly Qwen3_5Config _config;
    private readonly torch.Tensor _embed;
    private readonly Qwen3_5DecoderLayer[] _layers;
    private readonly torch.Tensor _norm;
    private readonly Linear _head;

    public Qwen3_5ForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new Qwen3_5Config(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new Qwen3_5DecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
        ];
        _norm = weights.VectorFromOne($"{prefix}norm.weight", _config.hidden_size);
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
        pass.Run(x, _layers, last => pass.RmsNorm(last, _norm, _config.rms_norm_eps), _head);
    }
}

// GPT-BigCode (Ben Allal et al. 2023, Li et al. 2023: SantaCoder, StarCoder): as GPT-2 except that its weights are plain linear layers and that all query
// heads share one key and one value (multi_query), or have their own, stored head by head. Read beside transformers' modeling_gpt_bigcode.py. Tensors are
// float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a GPT-BigCode.</summary>
internal sealed class GPTBigCodeConfig
{
    public GPTBigCodeConfig(ModelConfig config)
    {
        // Which kernels ran, and in which precision the softmax is taken: float32 here.
        config.Ignore(
            "attention_softmax_in_fp32",
            "inference_runner",
            "max_batch_size",
            "max_sequence_length",
            "n_ctx",
            "num_key_value_heads",
            "pad_key_length",
            "pre_allocate_kv_cache",
            "scale_attention_softmax_in_fp32",
            "summary_activation",
            "summary_first_dropout",
            "summary_proj_to_labels",
            "summary_type",
            "summary_use_proj",
            "validate_runner_input");
        (vocab_size, n_embd, n_layer) = (config.Size("vocab_size"), config.Size("n_embd"), config.Size("n_layer"));
        (n_positions, n_inner) = (config.OptionalSize("n_positions") ?? 1024, config.OptionalSize("n_inner") ?? 4 * n_embd);
        layer_norm_epsilon = (float)config.Number("layer_norm_epsilon", 1e-5);
        activation_function = Activations.FromConfig(config, "activation_function", "gelu_pytorch_tanh");
        scale_attn_weights = config.Flag("scale_attn_weights", true);
        tie_word_embeddings = config.Flag("tie_word_embeddings", true);
        var queries = config.Size("n_head");
        heads = HeadLayout.Of(config, n_embd, queries, config.Flag("multi_query", true) ? 1 : queries);
    }

    public int vocab_size { get; }

    public int n_embd { get; }

    public int n_layer { get; }

    public int n_positions { get; }

    public int n_inner { get; }

    public float layer_norm_epsilon { get; }

    public Activation activation_function { get; }

    public bool scale_attn_weights { get; }

    public bool tie_word_embeddings { get; }

    public HeadLayout heads { get; }

    public ModelSizes Sizes(long parameters) => heads.Sizes(n_layer, n_embd, vocab_size, n_positions, null, parameters);
}

/// <summary>Attention: causal within each sequence.</summary>
internal sealed class GPTBigCodeAttention(GPTBigCodeConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _c_attn = weights.GroupByGroup(config.n_embd, bias: true, $"{prefix}.c_attn", config.heads);
    private readonly Linear _c_proj = weights.Linear(config.n_embd, bias: true, ($"{prefix}.c_proj", config.n_embd));

    public torch.Tensor Forward(torch.Tensor x, int block, ForwardPass pass)
    {
        var qkv = pass.Linear(_c_attn, x); // [tokens, (heads + 2 * keyValueHeads) * size]
        var rule = new AttentionRule(config.scale_attn_weights ? 1 / MathF.Sqrt(config.heads.Size) : 1);
        var mixed = pass.Attend(block, config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv), config.heads.ValuesOf(qkv), rule);
        return pass.Linear(_c_proj, mixed);
    }
}

/// <summary>Feed-forward part: c_proj(gelu(c_fc(x))).</summary>
internal sealed class GPTBigCodeMLP(GPTBigCodeConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _c_fc = weights.Linear(config.n_embd, bias: true, ($"{prefix}.c_fc", config.n_inner));
    private readonly Linear _c_proj = weights.Linear(config.n_inner, bias: true, ($"{prefix}.c_proj", config.n_embd));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.FeedForward(_c_fc, _c_proj, x, config.activation_function);
}

/// <summary>A block: x + attention(norm(x)), then x + feed-forward(norm(x)).</summary>
internal sealed class GPTBigCodeBlock(GPTBigCodeConfig config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly LayerNormWeights _ln_1 = weights.LayerNorm($"{prefix}.ln_1", config.n_embd, config.layer_norm_epsilon);
    private readonly GPTBigCodeAttention _attn = new(config, weights, $"{prefix}.attn");
    private readonly LayerNormWeights _ln_2 = weights.LayerNorm($"{prefix}.ln_2", config.n_embd, config.layer_norm_epsilon);
    private readonly GPTBigCodeMLP _mlp = new(config, weights, $"{prefix}.mlp");

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _attn.Forward(pass.LayerNorm(x, _ln_1), block, pass));
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, _mlp.Forward(pass.LayerNorm(x, _ln_2), pass));
    }
}

/// <summary>The model.</summary>
internal sealed class GPTBigCodeForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.attn.bias", "*.attn.masked_bias"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly GPTBigCodeConfig _config;
    private readonly torch.Tensor _embed;
    private readonly torch.Tensor _wpe;
    private readonly GPTBigCodeBlock[] _layers;
    private readonly LayerNormWeights _norm;
    private readonly Linear _head;

    public GPTBigCodeForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new GPTBigCodeConfig(file);
        var prefix = weights.Prefix("transformer.", "wte.weight");
        _embed = weights.Table($"{prefix}wte.weight", _config.vocab_size, _config.n_embd);
        _wpe = weights.Table($"{prefix}wpe.weight", _config.n_positions, _config.n_embd);
        _layers = [.. Enumerable.Range(0, _config.n_layer).Select(block => new GPTBigCodeBlock(_config, weights, $"{prefix}h.{block}", block))];
        _norm = weights.LayerNorm($"{prefix}ln_f", _config.n_embd, _config.layer_norm_epsilon);
        _head = weights.Head(_config.n_embd, _config.vocab_size, "lm_head", _config.tie_word_embeddings ? $"{prefix}wte" : null);
        weights.RefuseTheRest(_config.tie_word_embeddings ? LeftOverWhenTied : LeftOver);
        Sizes = _config.Sizes(weights.Parameters);
        Sites = Site.OfDecoder(_config.n_layer);
    }

    public override ModelSizes Sizes { get; }

    public override IReadOnlyList<Site> Sites { get; }

    public override void Forward(TokenBatch batch, KeyValueCache cache, IForwardObserver observer, ISiteEditor? editor = null)
    {
        using var pass = new ForwardPass(this, batch, cache, observer, editor);
        var x = pass.Embed(_embed); // [tokens, width]
        pass.Add(x, pass.EmbedPositions(_wpe));
        pass.Run(x, _layers, last => pass.LayerNorm(last, _norm), _head);
    }
}

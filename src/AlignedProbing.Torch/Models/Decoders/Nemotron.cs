// Nemotron (NVIDIA 2024): as Llama except layer norms whose weight is stored as its difference from 1, rotary positions on a part of each head, and a feed-
// forward part without gate, through max(x, 0) squared. Read beside transformers' modeling_nemotron.py. Tensors are float32; [tokens, ...] is a packed batch of
// several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a Nemotron.</summary>
internal sealed class NemotronConfig
{
    public NemotronConfig(ModelConfig config)
    {
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        intermediate_size = config.Size("intermediate_size");
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 4096;
        norm_eps = (float)config.Number("norm_eps", 1e-5);
        hidden_act = Activations.FromConfig(config, "hidden_act", "relu2");
        (attention_bias, mlp_bias) = (config.Flag("attention_bias", false), config.Flag("mlp_bias", false));
        tie_word_embeddings = config.Flag("tie_word_embeddings", false);
        heads = HeadLayout.Read(config, hidden_size);
        rotary = RotaryConfig.PartialFromConfig(config, heads.Size, 0.5);
    }

    public int vocab_size { get; }

    public int hidden_size { get; }

    public int num_hidden_layers { get; }

    public int intermediate_size { get; }

    public int max_position_embeddings { get; }

    public float norm_eps { get; }

    public Activation hidden_act { get; }

    public bool attention_bias { get; }

    public bool mlp_bias { get; }

    public bool tie_word_embeddings { get; }

    public HeadLayout heads { get; }

    public RotaryEmbedding rotary { get; }

    public ModelSizes Sizes(long parameters) =>
        heads.Sizes(num_hidden_layers, hidden_size, vocab_size, max_position_embeddings, rotary, parameters);
}

/// <summary>Attention: grouped queries, rotary positions, causal within each sequence.</summary>
internal sealed class NemotronAttention(NemotronConfig config, ModelWeights weights, string prefix, int block)
{
    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _qkv_proj = config.heads.Projection(weights, config.hidden_size, config.attention_bias, prefix);
    private readonly Linear _o_proj = weights.Linear(config.heads.Width, config.attention_bias, ($"{prefix}.o_proj", config.hidden_size));
    private readonly AttentionRule _rule = new(1 / MathF.Sqrt(config.heads.Size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, (heads + 2 * keyValueHeads) * size]
        var (query, key) = (config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv));
        pass.Rotate(query, config.rotary);
        pass.Rotate(key, config.rotary);
        return pass.Linear(_o_proj, pass.Attend(block, query, key, config.heads.ValuesOf(qkv), _rule));
    }
}

/// <summary>Feed-forward part: down_proj(act(up_proj(x))).</summary>
internal sealed class NemotronMLP(NemotronConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _up_proj = weights.Linear(config.hidden_size, config.mlp_bias, ($"{prefix}.up_proj", config.intermediate_size));
    private readonly Linear _down_proj = weights.Linear(config.intermediate_size, config.mlp_bias, ($"{prefix}.down_proj", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.FeedForward(_up_proj, _down_proj, x, config.hidden_act);
}

/// <summary>A block: x + attention(norm(x)), then x + feed-forward(norm(x)).</summary>
internal sealed class NemotronDecoderLayer(NemotronConfig config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly LayerNormWeights _input_layernorm = weights.LayerNormFromOne($"{prefix}.input_layernorm", config.hidden_size, config.norm_eps);
    private readonly NemotronAttention _self_attn = new(config, weights, $"{prefix}.self_attn", block);
    private readonly LayerNormWeights _post_attention_layernorm =
        weights.LayerNormFromOne($"{prefix}.post_attention_layernorm", config.hidden_size, config.norm_eps);
    private readonly NemotronMLP _mlp = new(config, weights, $"{prefix}.mlp");

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _self_attn.Forward(pass.LayerNorm(x, _input_layernorm), pass));
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, _mlp.Forward(pass.LayerNorm(x, _post_attention_layernorm), pass));
    }
}

/// <summary>The model.</summary>
internal sealed class NemotronForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly NemotronConfig _config;
    private readonly torch.Tensor _embed;
    private readonly NemotronDecoderLayer[] _layers;
    private readonly LayerNormWeights _norm;
    private readonly Linear _head;

    public NemotronForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new NemotronConfig(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new NemotronDecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
        ];
        _norm = weights.LayerNormFromOne($"{prefix}norm", _config.hidden_size, _config.norm_eps);
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
        pass.Run(x, _layers, last => pass.LayerNorm(last, _norm), _head);
    }
}

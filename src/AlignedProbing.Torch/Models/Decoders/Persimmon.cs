// Persimmon (Adept 2023): queries, keys and values stored head by head, layer norms of each query's and key's head, rotary positions on a part of each head,
// biases everywhere, a feed-forward part without gate, through max(x, 0) squared. Read beside transformers' modeling_persimmon.py. Tensors are float32;
// [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Decoders;

/// <summary>What <c>config.json</c> says of a Persimmon.</summary>
internal sealed class PersimmonConfig
{
    public PersimmonConfig(ModelConfig config)
    {
        (vocab_size, hidden_size, num_hidden_layers) = (config.Size("vocab_size"), config.Size("hidden_size"), config.Size("num_hidden_layers"));
        intermediate_size = config.Size("intermediate_size");
        max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 16384;
        layer_norm_eps = (float)config.Number("layer_norm_eps", 1e-5);
        hidden_act = Activations.FromConfig(config, "hidden_act", "relu2");
        (qk_layernorm, tie_word_embeddings) = (config.Flag("qk_layernorm", true), config.Flag("tie_word_embeddings", false));
        heads = HeadLayout.Of(config, hidden_size, config.Size("num_attention_heads"), config.Size("num_attention_heads"));
        rotary = RotaryConfig.PartialFromConfig(config, heads.Size, 0.5, 25000);
    }

    public int vocab_size { get; }

    public int hidden_size { get; }

    public int num_hidden_layers { get; }

    public int intermediate_size { get; }

    public int max_position_embeddings { get; }

    public float layer_norm_eps { get; }

    public Activation hidden_act { get; }

    public bool qk_layernorm { get; }

    public bool tie_word_embeddings { get; }

    public HeadLayout heads { get; }

    public RotaryEmbedding rotary { get; }

    public ModelSizes Sizes(long parameters) =>
        heads.Sizes(num_hidden_layers, hidden_size, vocab_size, max_position_embeddings, rotary, parameters);
}

/// <summary>Attention: grouped queries, rotary positions, causal within each sequence.</summary>
internal sealed class PersimmonAttention(PersimmonConfig config, ModelWeights weights, string prefix, int block)
{
    private readonly Linear _qkv_proj = weights.GroupByGroup(config.hidden_size, bias: true, $"{prefix}.query_key_value", config.heads);
    private readonly Linear _o_proj = weights.Linear(config.heads.Width, bias: true, ($"{prefix}.dense", config.hidden_size));
    private readonly LayerNormWeights? _q_layernorm =
        config.qk_layernorm ? weights.LayerNorm($"{prefix}.q_layernorm", config.heads.Size, config.layer_norm_eps) : null;

    private readonly LayerNormWeights? _k_layernorm =
        config.qk_layernorm ? weights.LayerNorm($"{prefix}.k_layernorm", config.heads.Size, config.layer_norm_eps) : null;

    private readonly AttentionRule _rule = new(1 / MathF.Sqrt(config.heads.Size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass)
    {
        var qkv = pass.Linear(_qkv_proj, x); // [tokens, (heads + 2 * keyValueHeads) * size]
        var (query, key) = (config.heads.QueriesOf(qkv), config.heads.KeysOf(qkv));
        if (_q_layernorm is not null && _k_layernorm is not null)
        {
            pass.NormHeads(query, _q_layernorm);
            pass.NormHeads(key, _k_layernorm);
        }

        pass.Rotate(query, config.rotary);
        pass.Rotate(key, config.rotary);
        return pass.Linear(_o_proj, pass.Attend(block, query, key, config.heads.ValuesOf(qkv), _rule));
    }
}

/// <summary>Feed-forward part: dense_4h_to_h(act(dense_h_to_4h(x))).</summary>
internal sealed class PersimmonMLP(PersimmonConfig config, ModelWeights weights, string prefix)
{
    private readonly Linear _dense_h_to_4h = weights.Linear(config.hidden_size, bias: true, ($"{prefix}.dense_h_to_4h", config.intermediate_size));
    private readonly Linear _dense_4h_to_h = weights.Linear(config.intermediate_size, bias: true, ($"{prefix}.dense_4h_to_h", config.hidden_size));

    public torch.Tensor Forward(torch.Tensor x, ForwardPass pass) => pass.FeedForward(_dense_h_to_4h, _dense_4h_to_h, x, config.hidden_act);
}

/// <summary>A block: x + attention(norm(x)), then x + feed-forward(norm(x)).</summary>
internal sealed class PersimmonDecoderLayer(PersimmonConfig config, ModelWeights weights, string prefix, int block) : IDecoderBlock
{
    private readonly LayerNormWeights _input_layernorm = weights.LayerNorm($"{prefix}.input_layernorm", config.hidden_size, config.layer_norm_eps);
    private readonly PersimmonAttention _self_attn = new(config, weights, $"{prefix}.self_attn", block);
    private readonly LayerNormWeights _post_attention_layernorm =
        weights.LayerNorm($"{prefix}.post_attention_layernorm", config.hidden_size, config.layer_norm_eps);
    private readonly PersimmonMLP _mlp = new(config, weights, $"{prefix}.mlp");

    public void Forward(torch.Tensor x, ForwardPass pass)
    {
        pass.AddBranch(SiteKind.AttentionOutput, block, x, _self_attn.Forward(pass.LayerNorm(x, _input_layernorm), pass));
        pass.AddBranch(SiteKind.FeedForwardOutput, block, x, _mlp.Forward(pass.LayerNorm(x, _post_attention_layernorm), pass));
    }
}

/// <summary>The model.</summary>
internal sealed class PersimmonForCausalLM : CausalModel
{
    /// <summary>Keys that older files carry and nothing reads.</summary>
    private static readonly string[] LeftOver = ["*.rotary_emb.inv_freq"];

    private static readonly string[] LeftOverWhenTied = [.. LeftOver, "lm_head.weight"];

    private readonly PersimmonConfig _config;
    private readonly torch.Tensor _embed;
    private readonly PersimmonDecoderLayer[] _layers;
    private readonly LayerNormWeights _norm;
    private readonly Linear _head;

    public PersimmonForCausalLM(ModelConfig file, ModelWeights weights)
    {
        _config = new PersimmonConfig(file);
        var prefix = weights.Prefix("model.", "embed_tokens.weight");
        _embed = weights.Table($"{prefix}embed_tokens.weight", _config.vocab_size, _config.hidden_size);
        _layers =
        [
            .. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new PersimmonDecoderLayer(_config, weights, $"{prefix}layers.{block}", block)),
        ];
        _norm = weights.LayerNorm($"{prefix}final_layernorm", _config.hidden_size, _config.layer_norm_eps);
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

// ModernBERT (Warner et al. 2024) for sequence classification: pre-norm blocks with rotary positions and a gated feed-forward part; every third block sees the
// whole text, the others the tokens near each. Norms without bias; the first block has no norm before its attention. Read beside transformers'
// modeling_modernbert.py.
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Kernels.Encoders;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Encoders;

/// <summary>What <c>config.json</c> says of a ModernBERT.</summary>
internal sealed record ModernBertConfig
{
    public required int vocab_size { get; init; }

    public required int hidden_size { get; init; }

    public required int intermediate_size { get; init; }

    public required int num_hidden_layers { get; init; }

    public required int num_attention_heads { get; init; }

    public required int max_position_embeddings { get; init; }

    /// <summary>Whether each block sees the whole text.</summary>
    public required IReadOnlyList<bool> global_attention { get; init; }

    public required int local_attention { get; init; }

    public required double norm_eps { get; init; }

    public required bool norm_bias { get; init; }

    public required bool attention_bias { get; init; }

    public required bool mlp_bias { get; init; }

    public required bool classifier_bias { get; init; }

    public required bool mean_pooling { get; init; }

    public required RotaryEmbedding global_rotary { get; init; }

    public required RotaryEmbedding local_rotary { get; init; }

    public required int labels { get; init; }

    public static ModernBertConfig Read(ModelConfig config)
    {
        config.Require("hidden_activation", "gelu");
        config.Require("classifier_activation", "gelu");
        config.Require("classifier_pooling", "mean", "cls");
        // Of the head for masked words, and of how training goes about it.
        config.Ignore(
            "decoder_bias",
            "sparse_prediction",
            "sparse_pred_ignore_index",
            "deterministic_flash_attn",
            "reference_compile",
            "repad_logits_with_grad",
            "initializer_cutoff_factor");
        config.Ignore("mlp_dropout", "cls_token_id", "gradient_checkpointing", "position_embedding_type", "tie_word_embeddings", "layer_norm_eps");
        var (width, heads) = (config.Size("hidden_size"), config.Size("num_attention_heads"));
        if (width % heads != 0 || width / heads % 2 != 0)
        {
            throw config.Broken($"a width of {width} cannot be divided among {heads} heads with an even number of elements");
        }

        var blocks = config.Size("num_hidden_layers");
        var global = Theta("global_rope_theta", 160000);
        var local = Theta("local_rope_theta", global);
        return new ModernBertConfig
        {
            vocab_size = config.Size("vocab_size"),
            hidden_size = width,
            intermediate_size = config.Size("intermediate_size"),
            num_hidden_layers = blocks,
            num_attention_heads = heads,
            max_position_embeddings = config.OptionalSize("max_position_embeddings") ?? 8192,
            global_attention = Global(config, blocks),
            local_attention = config.OptionalSize("local_attention") ?? 128,
            norm_eps = config.Number("norm_eps", 1e-5),
            norm_bias = config.Flag("norm_bias", false),
            attention_bias = config.Flag("attention_bias", false),
            mlp_bias = config.Flag("mlp_bias", false),
            classifier_bias = config.Flag("classifier_bias", false),
            mean_pooling = config.Text("classifier_pooling") == "mean",
            global_rotary = RotaryConfig.OfLayers(config, "full_attention", width / heads, global) ?? RotaryEmbedding.Unscaled(global, width / heads),
            local_rotary = RotaryConfig.OfLayers(config, "sliding_attention", width / heads, local) ?? RotaryEmbedding.Unscaled(local, width / heads),
            labels = ClassifierLabels.Count(config),
        };

        double Theta(string name, double otherwise) =>
            config.Number(name, otherwise) is > 0 and var theta ? theta : throw config.Broken($"{name} is not above 0");
    }

    public EncoderSizes Sizes(long parameters) => new()
    {
        Blocks = num_hidden_layers,
        Width = hidden_size,
        Heads = num_attention_heads,
        Vocabulary = vocab_size,
        Context = max_position_embeddings,
        Labels = labels,
        Parameters = parameters,
    };

    /// <summary>Newer files list the blocks' types, older ones say that every third one sees the whole text.</summary>
    private static IReadOnlyList<bool> Global(ModelConfig config, int blocks)
    {
        var types = config.Words("layer_types");
        var every = config.OptionalSize("global_attn_every_n_layers") ?? 3;
        return types.Count == 0 ? [.. Enumerable.Range(0, blocks).Select(block => block % every == 0)]
            : types.Count == blocks && types.All(type => type is "full_attention" or "sliding_attention") ? [.. types.Select(type => type == "full_attention")]
            : throw config.Broken($"layer_types does not say of {blocks} blocks whether each has full_attention or sliding_attention");
    }
}

/// <summary>A block: x + attention(norm(x)), then x + feed-forward(norm(x)).</summary>
internal sealed class ModernBertEncoderLayer(ModernBertConfig config, EncoderWeights weights, int block)
{
    private readonly LayerNorm? _attn_norm =
        block == 0 ? null : weights.Norm($"model.layers.{block}.attn_norm", config.hidden_size, config.norm_eps, config.norm_bias);
    private readonly Linear _Wqkv = weights.Linear(config.hidden_size, config.attention_bias, ($"model.layers.{block}.attn.Wqkv", 3 * config.hidden_size));
    private readonly Linear _attn_Wo = weights.Linear(config.hidden_size, config.attention_bias, ($"model.layers.{block}.attn.Wo", config.hidden_size));
    private readonly LayerNorm _mlp_norm = weights.Norm($"model.layers.{block}.mlp_norm", config.hidden_size, config.norm_eps, config.norm_bias);

    // Rows of Wi: the input of the activation, then the gate.
    private readonly Linear _Wi = weights.Linear(config.hidden_size, config.mlp_bias, ($"model.layers.{block}.mlp.Wi", 2 * config.intermediate_size));
    private readonly Linear _mlp_Wo = weights.Linear(config.intermediate_size, config.mlp_bias, ($"model.layers.{block}.mlp.Wo", config.hidden_size));

    /// <summary>Changes the stream x [tokens, width] in place.</summary>
    public void Forward(torch.Tensor x, EncoderPass pass)
    {
        using var scope = torch.NewDisposeScope();
        var (heads, global) = (config.num_attention_heads, config.global_attention[block]);
        var size = config.hidden_size / heads;
        var qkv = _Wqkv.Forward(_attn_norm is null ? x : EncoderPass.Normed(x, _attn_norm)); // [tokens, 3 * width]
        pass.Rotate(new Heads(qkv, 0, 2 * heads, size), global ? config.global_rotary : config.local_rotary);
        var rule = new EncoderAttentionRule(1 / MathF.Sqrt(size), global ? int.MaxValue : config.local_attention / 2);
        EncoderPass.Add(x, _attn_Wo.Forward(pass.Attend(qkv, heads, rule)));
        EncoderPass.Add(x, _mlp_Wo.Forward(EncoderPass.GeluGate(_Wi.Forward(EncoderPass.Normed(x, _mlp_norm)))));
    }
}

/// <summary>The model.</summary>
internal sealed class ModernBertForSequenceClassification : SequenceClassifier
{
    private static readonly string[] LeftOver = ["decoder.*"];

    private readonly ModernBertConfig _config;
    private readonly torch.Tensor _tok_embeddings;
    private readonly LayerNorm _norm;
    private readonly ModernBertEncoderLayer[] _layers;
    private readonly LayerNorm _final_norm;
    private readonly Linear _head_dense;
    private readonly LayerNorm _head_norm;
    private readonly Linear _classifier;

    public ModernBertForSequenceClassification(ModelConfig file, EncoderWeights weights)
    {
        _config = ModernBertConfig.Read(file);
        file.RefuseTheRest();
        var (width, epsilon, bias) = (_config.hidden_size, _config.norm_eps, _config.norm_bias);
        _tok_embeddings = weights.Table("model.embeddings.tok_embeddings.weight", _config.vocab_size, width);
        _norm = weights.Norm("model.embeddings.norm", width, epsilon, bias);
        _layers = [.. Enumerable.Range(0, _config.num_hidden_layers).Select(block => new ModernBertEncoderLayer(_config, weights, block))];
        _final_norm = weights.Norm("model.final_norm", width, epsilon, bias);
        _head_dense = weights.Linear(width, _config.classifier_bias, ("head.dense", width));
        _head_norm = weights.Norm("head.norm", width, epsilon, bias);
        _classifier = weights.Linear(width, bias: true, ("classifier", _config.labels));
        weights.RefuseTheRest(LeftOver);
        Sizes = _config.Sizes(weights.Parameters);
    }

    public override EncoderSizes Sizes { get; }

    public override torch.Tensor Forward(SequenceBatch batch, Action<int, torch.Tensor>? states = null)
    {
        using var scope = torch.NewDisposeScope();
        var pass = new EncoderPass(Sizes, batch, states);
        var x = EncoderPass.Embed(_tok_embeddings, batch.Ids); // [tokens, width]
        EncoderPass.Norm(x, _norm);
        pass.States(0, x);
        for (var block = 0; block < _layers.Length; block++)
        {
            _layers[block].Forward(x, pass);
            pass.States(block + 1, x);
        }

        EncoderPass.Norm(x, _final_norm);
        var pooled = _head_dense.Forward(_config.mean_pooling ? pass.MeanTokens(x) : pass.FirstTokens(x)); // [sequences, width]
        EncoderPass.Gelu(pooled);
        EncoderPass.Norm(pooled, _head_norm);
        return _classifier.Forward(pooled).MoveToOuterDisposeScope();
    }
}

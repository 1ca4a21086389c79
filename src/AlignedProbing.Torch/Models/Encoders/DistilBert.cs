// DistilBERT (Sanh et al. 2019) for sequence classification: as BERT except that there are no segments, and that the head reads the first token's state through
// a ReLU layer. Read beside transformers' modeling_distilbert.py.
using AlignedProbing.Torch.Kernels.Encoders;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Encoders;

/// <summary>What <c>config.json</c> says of a DistilBERT.</summary>
internal sealed record DistilBertConfig
{
    public required int vocab_size { get; init; }

    public required int dim { get; init; }

    public required int hidden_dim { get; init; }

    public required int n_layers { get; init; }

    public required int n_heads { get; init; }

    public required int max_position_embeddings { get; init; }

    public required int labels { get; init; }

    public static DistilBertConfig Read(ModelConfig config)
    {
        config.Require("activation", "gelu");
        // Sinusoidal positions lie in the weights like learned ones.
        config.Ignore("sinusoidal_pos_embds", "tie_weights_", "dropout", "qa_dropout", "seq_classif_dropout");
        var read = new DistilBertConfig
        {
            vocab_size = config.Size("vocab_size"),
            dim = config.Size("dim"),
            hidden_dim = config.Size("hidden_dim"),
            n_layers = config.Size("n_layers"),
            n_heads = config.Size("n_heads"),
            max_position_embeddings = config.Size("max_position_embeddings"),
            labels = ClassifierLabels.Count(config),
        };
        return read.dim % read.n_heads == 0 ? read : throw config.Broken($"a width of {read.dim} cannot be divided among {read.n_heads} heads");
    }

    public EncoderSizes Sizes(long parameters) => new()
    {
        Blocks = n_layers,
        Width = dim,
        Heads = n_heads,
        Vocabulary = vocab_size,
        Context = max_position_embeddings,
        Labels = labels,
        Parameters = parameters,
    };
}

/// <summary>A block: norm(x + attention(x)), then norm(x + feed-forward(x)).</summary>
internal sealed class DistilBertBlock(DistilBertConfig config, EncoderWeights weights, string prefix)
{
    // transformers has this number in its code, not in the configuration.
    internal const double Epsilon = 1e-12;

    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _q_k_v_lin = weights.Linear(config.dim, bias: true,
        ($"{prefix}.attention.q_lin", config.dim),
        ($"{prefix}.attention.k_lin", config.dim),
        ($"{prefix}.attention.v_lin", config.dim));

    private readonly Linear _out_lin = weights.Linear(config.dim, bias: true, ($"{prefix}.attention.out_lin", config.dim));
    private readonly LayerNorm _sa_layer_norm = weights.Norm($"{prefix}.sa_layer_norm", config.dim, Epsilon);
    private readonly Linear _lin1 = weights.Linear(config.dim, bias: true, ($"{prefix}.ffn.lin1", config.hidden_dim));
    private readonly Linear _lin2 = weights.Linear(config.hidden_dim, bias: true, ($"{prefix}.ffn.lin2", config.dim));
    private readonly LayerNorm _output_layer_norm = weights.Norm($"{prefix}.output_layer_norm", config.dim, Epsilon);

    /// <summary>Changes the stream x [tokens, width] in place.</summary>
    public void Forward(torch.Tensor x, EncoderPass pass)
    {
        using var scope = torch.NewDisposeScope();
        var rule = new EncoderAttentionRule(1 / MathF.Sqrt(config.dim / config.n_heads));
        EncoderPass.AddAndNorm(x, _out_lin.Forward(pass.Attend(_q_k_v_lin.Forward(x), config.n_heads, rule)), _sa_layer_norm);

        var inner = _lin1.Forward(x); // [tokens, hidden_dim]
        EncoderPass.Gelu(inner);
        EncoderPass.AddAndNorm(x, _lin2.Forward(inner), _output_layer_norm);
    }
}

/// <summary>The model.</summary>
internal sealed class DistilBertForSequenceClassification : SequenceClassifier
{
    private static readonly string[] LeftOver = ["distilbert.embeddings.position_ids", "vocab_transform.*", "vocab_layer_norm.*", "vocab_projector.*"];

    private readonly torch.Tensor _word_embeddings;
    private readonly torch.Tensor _position_embeddings;
    private readonly LayerNorm _LayerNorm;
    private readonly DistilBertBlock[] _layer;
    private readonly Linear _pre_classifier;
    private readonly Linear _classifier;

    public DistilBertForSequenceClassification(ModelConfig file, EncoderWeights weights)
    {
        var config = DistilBertConfig.Read(file);
        file.RefuseTheRest();
        _word_embeddings = weights.Table("distilbert.embeddings.word_embeddings.weight", config.vocab_size, config.dim);
        _position_embeddings = weights.Table("distilbert.embeddings.position_embeddings.weight", config.max_position_embeddings, config.dim);
        _LayerNorm = weights.Norm("distilbert.embeddings.LayerNorm", config.dim, DistilBertBlock.Epsilon);
        _layer = [.. Enumerable.Range(0, config.n_layers).Select(block => new DistilBertBlock(config, weights, $"distilbert.transformer.layer.{block}"))];
        _pre_classifier = weights.Linear(config.dim, bias: true, ("pre_classifier", config.dim));
        _classifier = weights.Linear(config.dim, bias: true, ("classifier", config.labels));
        weights.RefuseTheRest(LeftOver);
        Sizes = config.Sizes(weights.Parameters);
    }

    public override EncoderSizes Sizes { get; }

    public override torch.Tensor Forward(SequenceBatch batch, Action<int, torch.Tensor>? states = null)
    {
        using var scope = torch.NewDisposeScope();
        var pass = new EncoderPass(Sizes, batch, states);
        var x = EncoderPass.Embed(_word_embeddings, batch.Ids); // [tokens, width]
        EncoderPass.AddAndNorm(x, EncoderPass.Embed(_position_embeddings, batch.Positions), _LayerNorm);
        pass.States(0, x);
        for (var block = 0; block < _layer.Length; block++)
        {
            _layer[block].Forward(x, pass);
            pass.States(block + 1, x);
        }

        var pooled = _pre_classifier.Forward(pass.FirstTokens(x)); // [sequences, width]
        EncoderPass.Apply(pooled, value => MathF.Max(value, 0));
        return _classifier.Forward(pooled).MoveToOuterDisposeScope();
    }
}

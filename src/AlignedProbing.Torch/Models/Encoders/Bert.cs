// BERT (Devlin et al. 2019) for sequence classification: post-norm blocks of bidirectional attention with learned positions; the first token's state, through a
// tanh layer, is classified. Read beside transformers' modeling_bert.py. Tensors are float32; [tokens, ...] is a packed batch of several sequences.
using AlignedProbing.Torch.Kernels.Encoders;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Encoders;

/// <summary>What <c>config.json</c> says of a BERT or a RoBERTa.</summary>
internal sealed record BertConfig
{
    public required int vocab_size { get; init; }

    public required int hidden_size { get; init; }

    public required int intermediate_size { get; init; }

    public required int num_hidden_layers { get; init; }

    public required int num_attention_heads { get; init; }

    public required int max_position_embeddings { get; init; }

    public required int type_vocab_size { get; init; }

    public required double layer_norm_eps { get; init; }

    public required int labels { get; init; }

    public static BertConfig Read(ModelConfig config)
    {
        config.Require("hidden_act", "gelu");
        config.Require("position_embedding_type", "absolute");
        config.Require("is_decoder", "false");
        config.Require("add_cross_attention", "false");
        // Of multilingual BERT's file; the pooler's real options are fixed.
        config.Ignore(
            "directionality",
            "pooler_fc_size",
            "pooler_num_attention_heads",
            "pooler_num_fc_layers",
            "pooler_size_per_head",
            "pooler_type",
            "output_past");
        config.Ignore("attention_probs_dropout_prob", "hidden_dropout_prob", "gradient_checkpointing", "adapters", "embedding_size");
        var read = new BertConfig
        {
            vocab_size = config.Size("vocab_size"),
            hidden_size = config.Size("hidden_size"),
            intermediate_size = config.Size("intermediate_size"),
            num_hidden_layers = config.Size("num_hidden_layers"),
            num_attention_heads = config.Size("num_attention_heads"),
            max_position_embeddings = config.Size("max_position_embeddings"),
            type_vocab_size = config.OptionalSize("type_vocab_size") ?? 2,
            layer_norm_eps = config.Number("layer_norm_eps", 1e-12),
            labels = ClassifierLabels.Count(config),
        };
        return read.hidden_size % read.num_attention_heads == 0
            ? read
            : throw config.Broken($"a width of {read.hidden_size} cannot be divided among {read.num_attention_heads} heads");
    }

    public EncoderSizes Sizes(int context, long parameters) => new()
    {
        Blocks = num_hidden_layers,
        Width = hidden_size,
        Heads = num_attention_heads,
        Vocabulary = vocab_size,
        Context = context,
        Labels = labels,
        Parameters = parameters,
    };
}

/// <summary>Embeddings: norm(word + position + segment).</summary>
internal sealed class BertEmbeddings(BertConfig config, EncoderWeights weights, string prefix)
{
    private readonly torch.Tensor _word_embeddings = weights.Table($"{prefix}.word_embeddings.weight", config.vocab_size, config.hidden_size);
    private readonly torch.Tensor _position_embeddings = weights.Table(
        $"{prefix}.position_embeddings.weight",
        config.max_position_embeddings,
        config.hidden_size);
    private readonly torch.Tensor _token_type_embeddings = weights.Table($"{prefix}.token_type_embeddings.weight", config.type_vocab_size, config.hidden_size);
    private readonly LayerNorm _LayerNorm = weights.Norm($"{prefix}.LayerNorm", config.hidden_size, config.layer_norm_eps);

    public torch.Tensor Forward(SequenceBatch batch, int[] positions)
    {
        using var scope = torch.NewDisposeScope();
        var x = EncoderPass.Embed(_word_embeddings, batch.Ids);
        EncoderPass.Add(x, EncoderPass.Embed(_token_type_embeddings, batch.Segments));
        EncoderPass.AddAndNorm(x, EncoderPass.Embed(_position_embeddings, positions), _LayerNorm);
        return x.MoveToOuterDisposeScope();
    }
}

/// <summary>A block: norm(x + attention(x)), then norm(x + feed-forward(x)).</summary>
internal sealed class BertLayer(BertConfig config, EncoderWeights weights, string prefix)
{
    // Rows of the fused weight: queries, keys, values.
    private readonly Linear _query_key_value = weights.Linear(config.hidden_size, bias: true,
        ($"{prefix}.attention.self.query", config.hidden_size),
        ($"{prefix}.attention.self.key", config.hidden_size),
        ($"{prefix}.attention.self.value", config.hidden_size));

    private readonly Linear _attention_output = weights.Linear(config.hidden_size, bias: true, ($"{prefix}.attention.output.dense", config.hidden_size));
    private readonly LayerNorm _attention_norm = weights.Norm($"{prefix}.attention.output.LayerNorm", config.hidden_size, config.layer_norm_eps);
    private readonly Linear _intermediate = weights.Linear(config.hidden_size, bias: true, ($"{prefix}.intermediate.dense", config.intermediate_size));
    private readonly Linear _output = weights.Linear(config.intermediate_size, bias: true, ($"{prefix}.output.dense", config.hidden_size));
    private readonly LayerNorm _output_norm = weights.Norm($"{prefix}.output.LayerNorm", config.hidden_size, config.layer_norm_eps);

    /// <summary>Changes the stream x [tokens, width] in place.</summary>
    public void Forward(torch.Tensor x, EncoderPass pass)
    {
        using var scope = torch.NewDisposeScope();
        var heads = config.num_attention_heads;
        var rule = new EncoderAttentionRule(1 / MathF.Sqrt(config.hidden_size / heads));
        EncoderPass.AddAndNorm(x, _attention_output.Forward(pass.Attend(_query_key_value.Forward(x), heads, rule)), _attention_norm);

        var inner = _intermediate.Forward(x); // [tokens, intermediate]
        EncoderPass.Gelu(inner);
        EncoderPass.AddAndNorm(x, _output.Forward(inner), _output_norm);
    }
}

/// <summary>The model.</summary>
internal sealed class BertForSequenceClassification : SequenceClassifier
{
    /// <summary>Keys that files carry and nothing reads: a buffer of 0, 1, 2, ..., and the head of the training before.</summary>
    private static readonly string[] LeftOver = ["bert.embeddings.position_ids", "cls.*"];

    private readonly BertEmbeddings _embeddings;
    private readonly BertLayer[] _layer;
    private readonly Linear _pooler;
    private readonly Linear _classifier;

    public BertForSequenceClassification(ModelConfig file, EncoderWeights weights)
    {
        var config = BertConfig.Read(file);
        file.RefuseTheRest();
        _embeddings = new BertEmbeddings(config, weights, "bert.embeddings");
        _layer = [.. Enumerable.Range(0, config.num_hidden_layers).Select(block => new BertLayer(config, weights, $"bert.encoder.layer.{block}"))];
        _pooler = weights.Linear(config.hidden_size, bias: true, ("bert.pooler.dense", config.hidden_size));
        _classifier = weights.Linear(config.hidden_size, bias: true, ("classifier", config.labels));
        weights.RefuseTheRest(LeftOver);
        Sizes = config.Sizes(config.max_position_embeddings, weights.Parameters);
    }

    public override EncoderSizes Sizes { get; }

    public override torch.Tensor Forward(SequenceBatch batch, Action<int, torch.Tensor>? states = null)
    {
        using var scope = torch.NewDisposeScope();
        var pass = new EncoderPass(Sizes, batch, states);
        var x = _embeddings.Forward(batch, batch.Positions); // [tokens, width]
        pass.States(0, x);
        for (var block = 0; block < _layer.Length; block++)
        {
            _layer[block].Forward(x, pass);
            pass.States(block + 1, x);
        }

        var pooled = _pooler.Forward(pass.FirstTokens(x)); // [sequences, width]
        EncoderPass.Apply(pooled, MathF.Tanh);
        return _classifier.Forward(pooled).MoveToOuterDisposeScope();
    }
}

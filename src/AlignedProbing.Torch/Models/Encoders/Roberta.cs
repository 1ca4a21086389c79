// RoBERTa (Liu et al. 2019) and XLM-RoBERTa (Conneau et al. 2020) for sequence classification: as BERT except that positions begin after the padding token's
// id, and that the head reads the first token's state without a pooler: out(tanh(dense(x))). Read beside transformers' modeling_roberta.py.
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Encoders;

/// <summary>The model.</summary>
internal sealed class RobertaForSequenceClassification : SequenceClassifier
{
    /// <summary>Keys that files carry and nothing reads: a buffer of 0, 1, 2, ..., the pooler of the pre-trained model, and its head.</summary>
    private static readonly string[] LeftOver = ["roberta.embeddings.position_ids", "roberta.pooler.*", "lm_head.*"];

    private readonly int _padding;
    private readonly BertEmbeddings _embeddings;
    private readonly BertLayer[] _layer;
    private readonly Linear _dense;
    private readonly Linear _out_proj;

    public RobertaForSequenceClassification(ModelConfig file, EncoderWeights weights)
    {
        var config = BertConfig.Read(file);
        _padding = file.OptionalSize("pad_token_id") ?? 1;
        file.RefuseTheRest();
        _embeddings = new BertEmbeddings(config, weights, "roberta.embeddings");
        _layer = [.. Enumerable.Range(0, config.num_hidden_layers).Select(block => new BertLayer(config, weights, $"roberta.encoder.layer.{block}"))];
        _dense = weights.Linear(config.hidden_size, bias: true, ("classifier.dense", config.hidden_size));
        _out_proj = weights.Linear(config.hidden_size, bias: true, ("classifier.out_proj", config.labels));
        weights.RefuseTheRest(LeftOver);
        Sizes = config.Sizes(config.max_position_embeddings - _padding - 1, weights.Parameters);
    }

    public override EncoderSizes Sizes { get; }

    public override torch.Tensor Forward(SequenceBatch batch, Action<int, torch.Tensor>? states = null)
    {
        using var scope = torch.NewDisposeScope();
        var pass = new EncoderPass(Sizes, batch, states);
        var x = _embeddings.Forward(batch, Positions(batch, _padding)); // [tokens, width]
        pass.States(0, x);
        for (var block = 0; block < _layer.Length; block++)
        {
            _layer[block].Forward(x, pass);
            pass.States(block + 1, x);
        }

        var pooled = _dense.Forward(pass.FirstTokens(x)); // [sequences, width]
        EncoderPass.Apply(pooled, MathF.Tanh);
        return _out_proj.Forward(pooled).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Tokens are counted from 1 after the padding's id; a padding token that the text itself spells out is not counted and has the padding's own position.
    /// </summary>
    internal static int[] Positions(SequenceBatch batch, int padding)
    {
        var positions = new int[batch.Tokens];
        for (var sequence = 0; sequence < batch.Count; sequence++)
        {
            var count = 0;
            for (var row = batch.FirstRows[sequence]; row < batch.FirstRows[sequence] + batch.Lengths[sequence]; row++)
            {
                positions[row] = batch.Ids[row] == padding ? padding : padding + ++count;
            }
        }

        return positions;
    }
}

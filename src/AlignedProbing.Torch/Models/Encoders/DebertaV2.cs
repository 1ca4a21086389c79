// DeBERTa v2 and v3 (He et al. 2021, 2023) for sequence classification: as BERT except that nothing is added for a position; attention instead scores relative
// places, from the query's side and from the key's (disentangled attention), in buckets that grow with the distance. The pooler's activation is the
// configuration's. Read beside transformers' modeling_deberta_v2.py.
using AlignedProbing.Torch.Kernels.Encoders;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Encoders;

/// <summary>What <c>config.json</c> says of a DeBERTa v2 or v3.</summary>
internal sealed record DebertaV2Config
{
    public required int vocab_size { get; init; }

    public required int hidden_size { get; init; }

    public required int intermediate_size { get; init; }

    public required int num_hidden_layers { get; init; }

    public required int num_attention_heads { get; init; }

    public required int max_position_embeddings { get; init; }

    public required int max_relative_positions { get; init; }

    public required int position_buckets { get; init; }

    public required bool c2p { get; init; }

    public required bool p2c { get; init; }

    public required bool share_att_key { get; init; }

    public required bool norm_rel_ebd { get; init; }

    public required bool position_biased_input { get; init; }

    public required int type_vocab_size { get; init; }

    public required double layer_norm_eps { get; init; }

    public required string pooler_hidden_act { get; init; }

    public required int labels { get; init; }

    /// <summary>Buckets on each side.</summary>
    public int Span => position_buckets > 0 ? position_buckets : max_relative_positions;

    public static DebertaV2Config Read(ModelConfig config)
    {
        config.Require("hidden_act", "gelu");
        config.Require("relative_attention", "true");
        config.Require("pooler_hidden_act", "gelu", "tanh");
        config.Require("norm_rel_ebd", "layer_norm", "none");
        config.Require("conv_kernel_size", "0");
        config.Ignore(
            "attention_probs_dropout_prob",
            "hidden_dropout_prob",
            "pooler_dropout",
            "cls_dropout",
            "legacy",
            "conv_act",
            "conv_groups",
            "gradient_checkpointing");
        var width = config.Size("hidden_size");
        foreach (var same in (ReadOnlySpan<string>)["embedding_size", "pooler_hidden_size"])
        {
            if (config.OptionalSize(same) is { } other && other != width)
            {
                throw config.Unsupported($"{same} is {other} and hidden_size {width}; implemented: both alike");
            }
        }

        var context = config.OptionalSize("max_position_embeddings") ?? 512;
        var kinds = config.Words("pos_att_type");
        var longest = (int)config.Number("max_relative_positions", -1);
        var read = new DebertaV2Config
        {
            vocab_size = config.Size("vocab_size"),
            hidden_size = width,
            intermediate_size = config.Size("intermediate_size"),
            num_hidden_layers = config.Size("num_hidden_layers"),
            num_attention_heads = config.Size("num_attention_heads"),
            max_position_embeddings = context,
            max_relative_positions = longest < 1 ? context : longest,
            position_buckets = (int)config.Number("position_buckets", -1),
            c2p = kinds.Contains("c2p"),
            p2c = kinds.Contains("p2c"),
            share_att_key = config.Flag("share_att_key", false),
            norm_rel_ebd = config.Text("norm_rel_ebd") == "layer_norm",
            position_biased_input = config.Flag("position_biased_input", true),
            type_vocab_size = (int)config.Number("type_vocab_size", 0),
            layer_norm_eps = config.Number("layer_norm_eps", 1e-7),
            pooler_hidden_act = config.Text("pooler_hidden_act") ?? "gelu",
            labels = ClassifierLabels.Count(config),
        };
        return kinds.Any(kind => kind is not ("c2p" or "p2c")) || kinds.Count == 0
                ? throw config.Unsupported($"pos_att_type is {string.Join(", ", kinds)}; implemented: c2p, p2c or both")
            : width % read.num_attention_heads != 0 ? throw config.Broken($"a width of {width} cannot be divided among {read.num_attention_heads} heads")
            : read.Span is < 2 or > 1 << 16 ? throw config.Broken($"{read.Span} buckets of distances are not possible")
            : read;
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

    /// <summary>The bucket of each distance from 0 on: itself up to half the buckets, then on a logarithmic scale. In float32, as there.</summary>
    public int[] Buckets()
    {
        var middle = position_buckets / 2;
        var buckets = new int[max_position_embeddings];
        for (var distance = 0; distance < buckets.Length; distance++)
        {
            buckets[distance] = position_buckets <= 0 || distance <= middle
                ? distance
                : (int)MathF.Ceiling(MathF.Log((float)distance / middle) / MathF.Log((float)(max_relative_positions - 1) / middle) * (middle - 1)) + middle;
        }

        return buckets;
    }
}

/// <summary>A block: norm(x + attention(x)), then norm(x + feed-forward(x)).</summary>
internal sealed class DebertaV2Layer
{
    private readonly DebertaV2Config _config;
    private readonly RelativePlaces _places;
    private readonly Linear _query_key_value_proj;
    private readonly Linear _attention_output;
    private readonly LayerNorm _attention_norm;
    private readonly Linear _intermediate;
    private readonly Linear _output;
    private readonly LayerNorm _output_norm;

    /// <summary>Takes a block's weights; <paramref name="relative"/> [2 * span, width] are the embeddings of the buckets, which all blocks share.</summary>
    public DebertaV2Layer(DebertaV2Config config, EncoderWeights weights, string prefix, torch.Tensor relative, int[] buckets)
    {
        _config = config;
        var (width, self) = (config.hidden_size, $"{prefix}.attention.self");
        _query_key_value_proj = weights.Linear(width, bias: true, ($"{self}.query_proj", width), ($"{self}.key_proj", width), ($"{self}.value_proj", width));
        _attention_output = weights.Linear(width, bias: true, ($"{prefix}.attention.output.dense", width));
        _attention_norm = weights.Norm($"{prefix}.attention.output.LayerNorm", width, config.layer_norm_eps);
        _intermediate = weights.Linear(width, bias: true, ($"{prefix}.intermediate.dense", config.intermediate_size));
        _output = weights.Linear(config.intermediate_size, bias: true, ($"{prefix}.output.dense", width));
        _output_norm = weights.Norm($"{prefix}.output.LayerNorm", width, config.layer_norm_eps);

        using var scope = torch.NewDisposeScope();
        torch.Tensor? keys = null, queries = null;
        if (config.share_att_key)
        {
            var all = _query_key_value_proj.Forward(relative); // [2 * span, 3 * width]
            (queries, keys) = (all.narrow(1, 0, width).contiguous(), all.narrow(1, width, width).contiguous());
        }

        _places = new RelativePlaces(
            config.c2p ? keys ?? Own("pos_key_proj") : null,
            config.p2c ? queries ?? Own("pos_query_proj") : null,
            width / config.num_attention_heads,
            buckets);

        torch.Tensor Own(string name)
        {
            var projection = weights.Linear(width, bias: true, ($"{self}.{name}", width));
            return projection.Forward(relative);
        }
    }

    /// <summary>Changes the stream x [tokens, width] in place.</summary>
    public void Forward(torch.Tensor x, EncoderPass pass)
    {
        using var scope = torch.NewDisposeScope();
        var heads = _config.num_attention_heads;
        var terms = 1 + (_config.c2p ? 1 : 0) + (_config.p2c ? 1 : 0);
        var rule = new EncoderAttentionRule(1 / MathF.Sqrt(_config.hidden_size / heads * terms), Places: _places);
        EncoderPass.AddAndNorm(x, _attention_output.Forward(pass.Attend(_query_key_value_proj.Forward(x), heads, rule)), _attention_norm);

        var inner = _intermediate.Forward(x); // [tokens, intermediate]
        EncoderPass.Gelu(inner);
        EncoderPass.AddAndNorm(x, _output.Forward(inner), _output_norm);
    }
}

/// <summary>The model.</summary>
internal sealed class DebertaV2ForSequenceClassification : SequenceClassifier
{
    private static readonly string[] LeftOver = ["deberta.embeddings.position_ids", "lm_predictions.*", "mask_predictions.*", "cls.*"];
    private static readonly string[] LeftOverWithoutPositions = [.. LeftOver, "deberta.embeddings.position_embeddings.weight"];

    private readonly DebertaV2Config _config;
    private readonly torch.Tensor _word_embeddings;
    private readonly torch.Tensor? _position_embeddings;
    private readonly torch.Tensor? _token_type_embeddings;
    private readonly LayerNorm _LayerNorm;
    private readonly DebertaV2Layer[] _layer;
    private readonly Linear _pooler;
    private readonly Linear _classifier;

    public DebertaV2ForSequenceClassification(ModelConfig file, EncoderWeights weights)
    {
        _config = DebertaV2Config.Read(file);
        file.RefuseTheRest();
        var width = _config.hidden_size;
        _word_embeddings = weights.Table("deberta.embeddings.word_embeddings.weight", _config.vocab_size, width);
        _position_embeddings = _config.position_biased_input
            ? weights.Table("deberta.embeddings.position_embeddings.weight", _config.max_position_embeddings, width)
            : null;
        _token_type_embeddings =
            _config.type_vocab_size > 0 ? weights.Table("deberta.embeddings.token_type_embeddings.weight", _config.type_vocab_size, width) : null;
        _LayerNorm = weights.Norm("deberta.embeddings.LayerNorm", width, _config.layer_norm_eps);
        using (torch.NewDisposeScope())
        {
            var table = weights.Table("deberta.encoder.rel_embeddings.weight", 2 * _config.Span, width);
            var relative = table.to(torch.ScalarType.Float32).clone();
            if (_config.norm_rel_ebd)
            {
                var norm = weights.Norm("deberta.encoder.LayerNorm", width, _config.layer_norm_eps);
                EncoderPass.Norm(relative, norm);
            }

            var buckets = _config.Buckets();
            _layer =
            [
                .. Enumerable
                    .Range(0, _config.num_hidden_layers)
                    .Select(block => new DebertaV2Layer(_config, weights, $"deberta.encoder.layer.{block}", relative, buckets)),
            ];
        }

        _pooler = weights.Linear(width, bias: true, ("pooler.dense", width));
        _classifier = weights.Linear(width, bias: true, ("classifier", _config.labels));
        weights.RefuseTheRest(_config.position_biased_input ? LeftOver : LeftOverWithoutPositions);
        Sizes = _config.Sizes(weights.Parameters);
    }

    public override EncoderSizes Sizes { get; }

    public override torch.Tensor Forward(SequenceBatch batch, Action<int, torch.Tensor>? states = null)
    {
        using var scope = torch.NewDisposeScope();
        var pass = new EncoderPass(Sizes, batch, states);
        var x = EncoderPass.Embed(_word_embeddings, batch.Ids); // [tokens, width]
        if (_position_embeddings is not null)
        {
            EncoderPass.Add(x, EncoderPass.Embed(_position_embeddings, batch.Positions));
        }

        if (_token_type_embeddings is not null)
        {
            EncoderPass.Add(x, EncoderPass.Embed(_token_type_embeddings, batch.Segments));
        }

        EncoderPass.Norm(x, _LayerNorm);
        pass.States(0, x);
        for (var block = 0; block < _layer.Length; block++)
        {
            _layer[block].Forward(x, pass);
            pass.States(block + 1, x);
        }

        var pooled = _pooler.Forward(pass.FirstTokens(x)); // [sequences, width]
        if (_config.pooler_hidden_act == "tanh")
        {
            EncoderPass.Apply(pooled, MathF.Tanh);
        }
        else
        {
            EncoderPass.Gelu(pooled);
        }

        return _classifier.Forward(pooled).MoveToOuterDisposeScope();
    }
}

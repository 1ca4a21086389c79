using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Encoders;

/// <summary>The architectures of sequence classifiers that can be run, by <c>model_type</c>.</summary>
public static class ClassifierCatalog
{
    private static readonly SortedDictionary<string, Func<ModelConfig, EncoderWeights, SequenceClassifier>> Known = new(StringComparer.Ordinal)
    {
        ["bert"] = static (config, weights) => new BertForSequenceClassification(config, weights),
        ["deberta-v2"] = static (config, weights) => new DebertaV2ForSequenceClassification(config, weights),
        ["distilbert"] = static (config, weights) => new DistilBertForSequenceClassification(config, weights),
        ["modernbert"] = static (config, weights) => new ModernBertForSequenceClassification(config, weights),
        ["roberta"] = static (config, weights) => new RobertaForSequenceClassification(config, weights),
        ["xlm-roberta"] = static (config, weights) => new RobertaForSequenceClassification(config, weights),
    };

    /// <summary>Names of the architectures.</summary>
    public static IReadOnlyCollection<string> Architectures => Known.Keys;

    /// <summary>Loads a classifier from a folder with <c>config.json</c> and weights, to run on the CPU.</summary>
    /// <param name="folder">The folder, as Hugging Face writes it.</param>
    /// <param name="precision">What the weights of linear layers are rounded to.</param>
    /// <exception cref="InputException"> <c>config-missing</c>, <c>config-broken</c>; <c>model-type-unknown</c>: the architecture is not implemented;
    /// <c>config-unsupported</c>: a field of it is not; and the errors of reading weights. </exception>
    public static SequenceClassifier Load(string folder, WeightPrecision precision)
    {
        var config = ModelConfig.FromFolder(folder);
        var construct = Of(config, folder);
        TorchRuntime.EnsureLoaded();
        using var checkpoint = Checkpoint.Open(folder);
        using var scope = torch.NewDisposeScope();
        var weights = new EncoderWeights(checkpoint, new LinearOptions { Precision = precision });
        try
        {
            var model = construct(config, weights);
            model.Weights = weights;
            return model;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>Refuses a model that is no classifier that can be run.</summary>
    /// <exception cref="InputException"><c>model-type-unknown</c>.</exception>
    internal static void Check(ModelConfig config, string folder) => Of(config, folder);

    private static Func<ModelConfig, EncoderWeights, SequenceClassifier> Of(ModelConfig config, string folder) =>
        Known.TryGetValue(config.ModelType, out var construct)
            ? construct
            : throw new InputException(
                "model-type-unknown",
                $"loading the classifier '{folder}'",
                $"its model_type is '{config.ModelType}', which is not implemented for classifiers",
                $"Choose a sequence classifier of one of these types: {string.Join(", ", Architectures)}; a language model can judge texts instead " +
                "(docs/reference/scorers/judges.md)");
}

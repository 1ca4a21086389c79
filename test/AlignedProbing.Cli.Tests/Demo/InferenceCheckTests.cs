using AlignedProbing.Tools.TrainDemo;
using AlignedProbing.Torch.Native;

namespace AlignedProbing.Cli.Tests.Demo;

[Collection(LiveTensorCollection.Name)]
public sealed class InferenceCheckTests : IDisposable
{
    private static readonly DemoModelSizes Small = new()
    {
        VocabularySize = 257,
        Width = 32,
        FeedForwardWidth = 48,
        Layers = 2,
        Heads = 4,
        KeyValueHeads = 2,
        Context = 16,
    };
    private const string Embedding = "model.embed_tokens.weight";

    private static readonly int[][] Texts = [[5, 6, 7, 250, 9, 11, 5, 5], [1]];
    private readonly string _folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public InferenceCheckTests() => TorchRuntime.EnsureLoaded();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_model_read_back_computes_what_the_trained_one_does()
    {
        using var model = Written(sizes => sizes);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var live = LiveTensors.Count;
        Assert.InRange(InferenceCheck.LargestDifference(_folder, model, Texts), 0, 1e-4);
        Assert.Equal(live, LiveTensors.Count);
    }

    [Fact]
    public void A_configuration_that_says_otherwise_is_noticed()
    {
        using var model = Written(sizes => sizes with { RopeTheta = 100 });
        Assert.InRange(InferenceCheck.LargestDifference(_folder, model, Texts), InferenceCheck.Tolerance, double.MaxValue);
    }

    [Theory]
    [InlineData(1 / 8f)]
    [InlineData(4f)]
    public void A_model_with_scaled_states_computes_what_the_trained_one_does(float factor)
    {
        var scaled = Small;
        using var model = Written(_ => scaled, weights =>
        {
            (scaled, var values) = ResidualStream.Scale(Small, weights, factor);
            Assert.Equal([.. weights[Embedding].Values.Select(value => factor * value)], values[Embedding].Values);
            return values;
        });
        Assert.InRange(InferenceCheck.LargestDifference(_folder, model, Texts), 0, 1e-4);
    }

    private TrainingLlama Written(
        Func<DemoModelSizes, DemoModelSizes> change,
        Func<SortedDictionary<string, (long[] Shape, float[] Values)>, SortedDictionary<string, (long[] Shape, float[] Values)>>? changeWeights = null)
    {
        var model = new TrainingLlama(Small, seed: 5);
        var weights = new SortedDictionary<string, (long[] Shape, float[] Values)>(StringComparer.Ordinal);
        foreach (var (key, weight) in model.Weights)
        {
            // Larger than at the start of training, so that every part of the model counts.
            float[] values = [.. AdamW.Floats(weight).ToArray().Select(value => SafetensorsWriter.Round(value * 4))];
            values.CopyTo(AdamW.Floats(weight));
            weights.Add(key, (weight.shape, values));
        }

        weights = changeWeights?.Invoke(weights) ?? weights;
        DemoFolder.Write(_folder, change(Small), BytePairTokenizer.Train([], 257), weights);
        return model;
    }
}

using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Tools.TrainDemo;

/// <summary>Reads a written model as a run does, and compares its logits with those of the model that was trained.</summary>
internal static class InferenceCheck
{
    /// <summary>The largest difference that may be: both compute in float32 from the same weights, in another order.</summary>
    public const double Tolerance = 1e-3;

    /// <summary>The largest difference of two logits, over all positions of some texts.</summary>
    /// <param name="folder">The folder of the written model.</param>
    /// <param name="model">The model that was trained, its weights rounded as written.</param>
    /// <param name="texts">Token ids.</param>
    public static double LargestDifference(string folder, TrainingLlama model, IEnumerable<int[]> texts)
    {
        using var read = ModelCatalog.Load(folder, new ModelLoadOptions());
        var largest = 0.0;
        foreach (var ids in texts)
        {
            using var scope = NewDisposeScope();
            using var off = no_grad();
            var expected = AdamW.Floats(model.Forward(tensor(ids.Select(id => (long)id).ToArray(), [1, ids.Length]), 0)).ToArray();
            using var cache = new KeyValueCache(CacheLayout.Uniform([ids.Length], 0, 0));
            var logits = new LogitComparison(expected);
            read.Forward(new TokenBatch(cache, [new TokenSegment(0, -1, ids)], [.. Enumerable.Range(0, ids.Length)]), cache, logits);
            largest = Math.Max(largest, logits.LargestDifference);
        }

        return largest;
    }

    private sealed class LogitComparison(float[] expected) : IForwardObserver
    {
        private double _largest;
        private int _seen;

        // Logits that never came differ by any amount.
        public double LargestDifference => _seen == expected.Length ? _largest : double.PositiveInfinity;

        public void OnStates(int layer, Tensor states)
        {
        }

        public void OnLogits(int first, Tensor logits)
        {
            var values = TensorMemory.Span<float>(logits);
            var start = first * (int)logits.size(1);
            for (var i = 0; i < values.Length; i++)
            {
                // What is not a number propagates through Max.
                _largest = Math.Max(_largest, Math.Abs(values[i] - expected[start + i]));
            }

            _seen += values.Length;
        }
    }
}

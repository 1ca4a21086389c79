using System.Numerics;
using AlignedProbing.Torch.Kernels;

namespace AlignedProbing.Torch.Generation.Sampling;

/// <summary>Log-probabilities from raw logits.</summary>
internal static class LogProbability
{
    /// <summary>Natural logarithm of a token's probability under the softmax of a row of logits.</summary>
    public static double Of(ReadOnlySpan<float> logits, int token)
    {
        var max = System.Numerics.Tensors.TensorPrimitives.Max(logits);
        var tops = Vector.Create(max);
        // Sums of float32 within a stretch, of float64 between: 50,000 small terms lose nothing beside a large one.
        double sum = 0;
        var i = 0;
        while (i + Vector<float>.Count <= logits.Length)
        {
            Vector<float> part = default;
            for (var end = Math.Min(logits.Length - Vector<float>.Count, i + (64 * Vector<float>.Count)); i <= end; i += Vector<float>.Count)
            {
                part += VectorMath.Exp(new Vector<float>(logits[i..]) - tops);
            }

            sum += Vector.Sum(part);
        }

        for (; i < logits.Length; i++)
        {
            sum += VectorMath.Exp(logits[i] - max);
        }

        return logits[token] - (double)max - Math.Log(sum);
    }
}

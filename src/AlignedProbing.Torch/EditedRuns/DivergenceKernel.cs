using System.Numerics.Tensors;

namespace AlignedProbing.Torch.EditedRuns;

/// <summary>KL of two distributions given as logits, in float64 and nats.</summary>
internal static class DivergenceKernel
{
    /// <summary>KL(unedited || edited); exactly 0 for equal logits, NaN where one is not finite.</summary>
    public static double Between(ReadOnlySpan<float> unedited, ReadOnlySpan<float> edited)
    {
        var (first, second) = (LogTotal(unedited), LogTotal(edited));
        var sum = 0.0;
        for (var i = 0; i < unedited.Length; i++)
        {
            var (p, q) = (unedited[i] - first, edited[i] - second);
            // A token that the unedited model excludes adds nothing.
            sum += double.IsNegativeInfinity(p) ? 0 : Math.Exp(p) * (p - q);
        }

        return sum;
    }

    private static double LogTotal(ReadOnlySpan<float> logits)
    {
        double max = TensorPrimitives.Max(logits);
        var sum = 0.0;
        foreach (var logit in logits)
        {
            sum += Math.Exp(logit - max);
        }

        return max + Math.Log(sum);
    }
}

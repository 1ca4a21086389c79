namespace AlignedProbing.Probing.Probes;

/// <summary>What logits say of one row: of two classes one logit, that of the second; of several one each; of a single class none.</summary>
internal static class ClassLogits
{
    /// <summary>The logarithm of the probability of a class; from the largest logit, so that nothing overflows.</summary>
    /// <param name="logits">The row's logits.</param>
    /// <param name="k">The class.</param>
    public static double LogProbability(ReadOnlySpan<double> logits, int k)
    {
        if (logits.Length < 2)
        {
            var z = logits.IsEmpty ? double.PositiveInfinity : k == 1 ? logits[0] : -logits[0];
            return -(Math.Max(-z, 0) + Math.Log(1 + Math.Exp(-Math.Abs(z))));
        }

        var (largest, sum) = (Largest(logits), 0.0);
        foreach (var z in logits)
        {
            sum += Math.Exp(z - largest);
        }

        return logits[k] - largest - Math.Log(sum);
    }

    /// <summary>The probabilities: of two classes that of the second, of several one each.</summary>
    /// <param name="logits">The row's logits.</param>
    /// <param name="chances">Where to: as many as there are logits.</param>
    public static void Chances(ReadOnlySpan<double> logits, Span<double> chances)
    {
        if (logits.Length == 1)
        {
            chances[0] = 1 / (1 + Math.Exp(-logits[0]));
            return;
        }

        var (largest, sum) = (Largest(logits), 0.0);
        for (var k = 0; k < logits.Length; k++)
        {
            sum += chances[k] = Math.Exp(logits[k] - largest);
        }

        for (var k = 0; k < logits.Length; k++)
        {
            chances[k] /= sum;
        }
    }

    private static double Largest(ReadOnlySpan<double> logits)
    {
        var largest = double.NegativeInfinity;
        foreach (var z in logits)
        {
            largest = Math.Max(largest, z);
        }

        return largest;
    }
}

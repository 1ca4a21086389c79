namespace AlignedProbing.Statistics;

/// <summary>Student's t distribution.</summary>
public static class StudentT
{
    /// <summary>The quantile: the value below which a share <paramref name="probability"/> of the distribution lies.</summary>
    /// <param name="probability">In (0, 1).</param>
    /// <param name="degreesOfFreedom">At least 1.</param>
    public static double Quantile(double probability, int degreesOfFreedom)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(probability, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(probability, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(degreesOfFreedom, 1);
        if (probability < 0.5)
        {
            return -Quantile(1 - probability, degreesOfFreedom);
        }

        var (low, high) = (0.0, 1.0);
        while (Probability(high, degreesOfFreedom) < probability)
        {
            high *= 2;
        }

        for (var i = 0; i < 200 && high - low > 1e-14 * high; i++)
        {
            var middle = (low + high) / 2;
            if (Probability(middle, degreesOfFreedom) < probability)
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }

        return (low + high) / 2;
    }

    // The distribution function for whole degrees of freedom: a finite sum (Abramowitz and Stegun, 26.7.3 and 26.7.4).
    private static double Probability(double t, int degreesOfFreedom)
    {
        var angle = Math.Atan(t / Math.Sqrt(degreesOfFreedom));
        var (sine, cosine) = Math.SinCos(angle);
        var (term, sum) = (1.0, 0.0);
        if (degreesOfFreedom % 2 == 1)
        {
            term = cosine;
            for (var i = 1; i <= degreesOfFreedom - 2; i += 2)
            {
                sum += term;
                term *= cosine * cosine * (i + 1) / (i + 2);
            }

            return 0.5 + ((angle + (sine * sum)) / Math.PI);
        }

        for (var i = 0; i <= degreesOfFreedom - 2; i += 2)
        {
            sum += term;
            term *= cosine * cosine * (i + 1) / (i + 2);
        }

        return 0.5 + (sine * sum / 2);
    }
}

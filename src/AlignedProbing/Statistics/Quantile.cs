namespace AlignedProbing.Statistics;

/// <summary>Quantiles by linear interpolation between order statistics (NumPy's default; type 7 of Hyndman and Fan 1996).</summary>
public static class Quantile
{
    /// <summary>The quantile of values in any order.</summary>
    /// <param name="values">The values.</param>
    /// <param name="probability">In [0, 1]; 0.5 is the median.</param>
    /// <returns>Undefined for no values and for values that are not finite.</returns>
    public static Statistic Of(ReadOnlySpan<double> values, double probability)
    {
        var sorted = values.ToArray();
        Array.Sort(sorted);
        return OfSorted(sorted, probability);
    }

    /// <summary>The quantile of values in ascending order (NaN, which sorts first, included).</summary>
    /// <param name="sorted">The values.</param>
    /// <param name="probability">In [0, 1].</param>
    public static Statistic OfSorted(ReadOnlySpan<double> sorted, double probability)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(probability);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(probability, 1);
        if (sorted.IsEmpty)
        {
            return Statistic.None(Undefined.TooFewRows);
        }

        if (!double.IsFinite(sorted[0]) || !double.IsFinite(sorted[^1]))
        {
            return Statistic.None(Undefined.NotFinite);
        }

        var position = probability * (sorted.Length - 1);
        var below = (int)Math.Floor(position);
        var above = Math.Min(below + 1, sorted.Length - 1);
        return Statistic.Of(sorted[below] + ((position - below) * (sorted[above] - sorted[below])));
    }
}

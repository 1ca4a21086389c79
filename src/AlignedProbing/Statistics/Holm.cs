namespace AlignedProbing.Statistics;

/// <summary>
/// Holm's step-down correction for several comparisons (Holm 1979): it holds the chance of even one false finding in the family, whatever the comparisons'
/// dependence.
/// </summary>
public static class Holm
{
    /// <summary>Adjusted p values, in the order given: the i-th smallest of m times (m - i + 1), at least as large as those before it, at most 1.</summary>
    /// <param name="p">The family's p values in [0, 1].</param>
    /// <exception cref="ArgumentException">One is NaN: leave out what was not compared.</exception>
    public static double[] Adjusted(ReadOnlySpan<double> p)
    {
        var (sorted, places) = PValues.Sorted(p);
        var adjusted = new double[p.Length];
        var largest = 0.0;
        for (var i = 0; i < sorted.Length; i++)
        {
            largest = Math.Max(largest, Math.Min(1, sorted[i] * (sorted.Length - i)));
            adjusted[places[i]] = largest;
        }

        return adjusted;
    }
}

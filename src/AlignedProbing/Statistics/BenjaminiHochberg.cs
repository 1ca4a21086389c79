namespace AlignedProbing.Statistics;

/// <summary>
/// Benjamini and Hochberg's step-up correction for several comparisons (1995): it holds the expected share of false findings among those found, which allows
/// more of them than <see cref="Holm"/>; for comparisons that are independent or depend positively, as differences against one layer do.
/// </summary>
public static class BenjaminiHochberg
{
    /// <summary>Adjusted p values, in the order given: the i-th smallest of m times m / i, at most as large as those after it, at most 1.</summary>
    /// <param name="p">The family's p values in [0, 1].</param>
    /// <exception cref="ArgumentException">One is NaN: leave out what was not compared.</exception>
    public static double[] Adjusted(ReadOnlySpan<double> p)
    {
        var (sorted, places) = PValues.Sorted(p);
        var adjusted = new double[p.Length];
        var smallest = 1.0;
        for (var i = sorted.Length - 1; i >= 0; i--)
        {
            smallest = Math.Min(smallest, sorted[i] * sorted.Length / (i + 1));
            adjusted[places[i]] = smallest;
        }

        return adjusted;
    }
}

namespace AlignedProbing.Statistics;

/// <summary>The p values of a family of comparisons, as corrections for their number take them.</summary>
internal static class PValues
{
    /// <summary>The values from the smallest on, and the place each had.</summary>
    /// <param name="p">p values in [0, 1].</param>
    /// <exception cref="ArgumentException">One is NaN.</exception>
    public static (double[] Sorted, int[] Places) Sorted(ReadOnlySpan<double> p)
    {
        var sorted = p.ToArray();
        var places = new int[p.Length];
        for (var i = 0; i < places.Length; i++)
        {
            places[i] = double.IsNaN(p[i]) ? throw new ArgumentException($"p value {i} is NaN.", nameof(p)) : i;
        }

        Array.Sort(sorted, places);
        return (sorted, places);
    }
}

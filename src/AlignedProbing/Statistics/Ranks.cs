
namespace AlignedProbing.Statistics;

/// <summary>Ranks from 1; equal values share the mean of their ranks (mid-ranks).</summary>
public static class Ranks
{
    /// <summary>The rank of each value, in the values' order. Values must not be NaN.</summary>
    /// <exception cref="ArgumentException">A value is NaN: it has no rank.</exception>
    public static double[] Of(ReadOnlySpan<double> values)
    {
        var sorted = values.ToArray();
        var order = new int[values.Length];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = double.IsNaN(values[i]) ? throw new ArgumentException($"Value {i} is NaN.", nameof(values)) : i;
        }

        Array.Sort(sorted, order);
        var ranks = new double[values.Length];
        for (var start = 0; start < sorted.Length;)
        {
            var end = start + 1;
            while (end < sorted.Length && sorted[end] == sorted[start])
            {
                end++;
            }

            // Ranks start + 1 .. end.
            var rank = (start + 1 + end) / 2.0;
            for (var i = start; i < end; i++)
            {
                ranks[order[i]] = rank;
            }

            start = end;
        }

        return ranks;
    }
}

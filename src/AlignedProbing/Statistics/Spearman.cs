namespace AlignedProbing.Statistics;

/// <summary>Spearman's rank correlation: Pearson's of the mid-ranks.</summary>
public static class Spearman
{
    /// <summary>The correlation of two series, in [-1, 1].</summary>
    /// <returns>Undefined for fewer than two pairs, for a constant series, and for values that are not finite.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static Statistic Of(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        foreach (var value in x)
        {
            if (!double.IsFinite(value))
            {
                return Statistic.None(Undefined.NotFinite);
            }
        }

        foreach (var value in y)
        {
            if (!double.IsFinite(value))
            {
                return Statistic.None(Undefined.NotFinite);
            }
        }

        return Pearson.Of(Ranks.Of(x), Ranks.Of(y));
    }
}

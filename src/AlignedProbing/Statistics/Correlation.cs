namespace AlignedProbing.Statistics;

/// <summary>A correlation of the kind that is asked for.</summary>
public static class Correlation
{
    /// <summary>The correlation of two series, in [-1, 1].</summary>
    /// <param name="kind">Which.</param>
    /// <param name="x">One series.</param>
    /// <param name="y">The other, of the same length.</param>
    /// <returns>Undefined for fewer than two pairs, for a constant series, and for values that are not finite.</returns>
    public static Statistic Of(CorrelationKind kind, ReadOnlySpan<double> x, ReadOnlySpan<double> y) => kind switch
    {
        CorrelationKind.Pearson => Pearson.Of(x, y),
        CorrelationKind.Spearman => Spearman.Of(x, y),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such correlation."),
    };
}

namespace AlignedProbing.Statistics;

/// <summary>
/// The interval of a share (Wilson 1927): it stays within [0, 1] and has a width even where no row, or every row, counts, which a bootstrap's has not.
/// </summary>
public static class Wilson
{
    /// <summary>The name that <see cref="Estimate.Estimator"/> gets.</summary>
    public const string Estimator = "wilson";

    // The standard normal distribution's 0.975 quantile.
    private const double Z = 1.959963984540054;

    /// <summary>The 95 % interval of a share.</summary>
    /// <param name="share">The share, in [0, 1].</param>
    /// <param name="rows">Rows it is of, at least 1.</param>
    /// <returns>Both ends, in [0, 1].</returns>
    public static (double Low, double High) Of(double share, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        var scale = 1 + (Z * Z / rows);
        var centre = (share + (Z * Z / (2 * rows))) / scale;
        var half = Z / scale * Math.Sqrt((share * (1 - share) / rows) + (Z * Z / (4.0 * rows * rows)));
        // A share of 0 or 1 is an end itself; rounding must not say otherwise.
        return (share == 0 ? 0 : Math.Max(0, centre - half), share == 1 ? 1 : Math.Min(1, centre + half));
    }
}

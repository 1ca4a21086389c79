namespace AlignedProbing.Statistics;

/// <summary>
/// The 95 % interval of a correlation of rows (Fisher 1921): z = artanh r is nearly normal, with variance 1 / (rows - 3). Over few rows it holds the truth more
/// often than a bootstrap does (docs/reference/coverage.md).
/// </summary>
public static class FisherInterval
{
    /// <summary>Its name in tables.</summary>
    public const string Estimator = "fisher-z";

    private const double Z = 1.959963984540054;

    /// <summary>Both ends, in (-1, 1); neither below 4 rows and one more for each covariate.</summary>
    /// <param name="r">The correlation, in [-1, 1].</param>
    /// <param name="rows">Rows it is of; a mean over folds need not be whole.</param>
    /// <param name="covariates">Series that a partial correlation holds fixed.</param>
    public static (double? Low, double? High) Of(double r, double rows, int covariates = 0)
    {
        if (!(rows >= 4 + covariates) || !double.IsFinite(r))
        {
            return (null, null);
        }

        // An r of 1 has no z; what it is rounded from has.
        var (z, half) = (Math.Atanh(Math.Clamp(r, -1 + 1e-12, 1 - 1e-12)), Z / Math.Sqrt(rows - 3 - covariates));
        return (Math.Min(r, Math.Tanh(z - half)), Math.Max(r, Math.Tanh(z + half)));
    }
}

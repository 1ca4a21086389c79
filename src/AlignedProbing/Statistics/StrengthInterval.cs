namespace AlignedProbing.Statistics;

/// <summary>
/// The 95 % interval of a cross-validated correlation: Fisher's z with the number of rows that each probe was trained on. Of all that were tried it holds the
/// truth most nearly as often as it says (docs/reference/coverage.md): an interval over the rows tested alone leaves out that other rows would have trained
/// another
/// probe.
/// </summary>
public static class StrengthInterval
{
    /// <summary>Its name in tables.</summary>
    public const string Estimator = "fisher-z-training-rows";

    /// <summary>Fewer training rows than this have no interval.</summary>
    public const int FewestRows = 7;

    private const double Z = 1.959963984540054;

    /// <summary>Both ends, in (-1, 1); neither below <see cref="FewestRows"/> training rows.</summary>
    /// <param name="r">The mean r over folds and seeds, in [-1, 1].</param>
    /// <param name="trainingRows">Rows that each probe was trained on; their mean over folds.</param>
    /// <param name="covariates">Series that a partial correlation holds fixed.</param>
    public static (double? Low, double? High) Of(double r, double trainingRows, int covariates = 0)
    {
        if (!(trainingRows >= FewestRows + covariates) || !double.IsFinite(r))
        {
            return (null, null);
        }

        // An r of 1 has no z; what it is rounded from has.
        var (z, half) = (Math.Atanh(Math.Clamp(r, -1 + 1e-12, 1 - 1e-12)), Z / Math.Sqrt(trainingRows - 3 - covariates));
        return (Math.Min(r, Math.Tanh(z - half)), Math.Max(r, Math.Tanh(z + half)));
    }
}

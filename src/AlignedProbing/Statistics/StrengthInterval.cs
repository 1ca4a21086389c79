namespace AlignedProbing.Statistics;

/// <summary>
/// The 95 % interval of a cross-validated correlation: Fisher's z with the number of rows that each probe was trained on. Of all that were tried it holds the
/// truth most nearly as often as it says (docs/reference/coverage.md): an interval over the rows tested alone leaves out that other rows would have trained
/// another probe.
/// </summary>
public static class StrengthInterval
{
    /// <summary>Its name in tables.</summary>
    public const string Estimator = "fisher-z-training-rows";

    /// <summary>Fewer training rows than this have no interval.</summary>
    public const int FewestRows = 7;

    /// <summary>Both ends, in (-1, 1); neither below <see cref="FewestRows"/> training rows.</summary>
    /// <param name="r">The mean r over folds and seeds, in [-1, 1].</param>
    /// <param name="trainingRows">Rows that each probe was trained on; their mean over folds.</param>
    /// <param name="covariates">Series that a partial correlation holds fixed.</param>
    public static (double? Low, double? High) Of(double r, double trainingRows, int covariates = 0) =>
        trainingRows >= FewestRows + covariates ? FisherInterval.Of(r, trainingRows, covariates) : (null, null);

    /// <summary>
    /// The interval of what is made of cross-validated predictions but is no correlation (a difference, a mean over classes): the percentile bootstrap over the
    /// rows tested, widened about the value as Fisher's z is when the training rows take the place of all rows. It holds the truth as often as that does.
    /// </summary>
    /// <param name="value">In the sample.</param>
    /// <param name="resampled">In each resample of the rows tested, predictions kept.</param>
    /// <param name="rows">Rows tested: all folds together.</param>
    /// <param name="trainingRows">Rows that each probe was trained on.</param>
    /// <returns>Both ends; neither below <see cref="FewestRows"/>, and none without width or where more than a tenth of the resamples have no value.</returns>
    public static (double? Low, double? High) Widened(double value, ReadOnlySpan<double> resampled, double rows, double trainingRows)
    {
        if (!(trainingRows >= FewestRows) || Bootstrap.Interval(resampled) is not ({ } low, { } high) || low == high)
        {
            return (null, null);
        }

        var scale = Scale(rows, trainingRows);
        return (Math.Min(value, value + (scale * (low - value))), Math.Max(value, value + (scale * (high - value))));
    }

    /// <summary>By how much an interval over the rows tested is widened, at least 1.</summary>
    /// <param name="rows">Rows tested: all folds together.</param>
    /// <param name="trainingRows">Rows that each probe was trained on.</param>
    public static double Scale(double rows, double trainingRows) => Math.Max(1, Math.Sqrt((rows - 3) / (trainingRows - 3)));
}

namespace AlignedProbing.Statistics;

/// <summary>
/// How much larger an effect is than those of its controls, on the same rows. The interval allows for both that other rows and that other controls could have
/// been drawn: it holds 0 where the effect may be one of the controls'.
/// </summary>
/// <remarks>
/// The two parts are added as squares: the distances of the percentile bootstrap over rows of (effect less the controls' mean), and those of the prediction
/// interval of one more control (Crawford and Howell 1998), t(n - 1) s sqrt(1 + 1/n) with s the standard deviation of the n controls' means.
/// </remarks>
public static class ControlExcess
{
    /// <summary>The name that <see cref="Estimate.Estimator"/> gets.</summary>
    public const string Estimator = "rows-and-controls";

    private const int FewestControls = 2;
    private const double Level = 0.95;

    /// <summary>Mean effect less the mean over controls of theirs, with its 95 % interval.</summary>
    /// <param name="effect">The effect on each row; finite.</param>
    /// <param name="controls">For each control its effect on each row; at least one.</param>
    /// <param name="resamples">Resamples of rows, at least 1.</param>
    /// <param name="seed">The seed.</param>
    /// <returns>The excess; undefined without a row or a control. No interval below two controls.</returns>
    /// <exception cref="ArgumentException">A control has other rows.</exception>
    public static Estimate Of(double[] effect, double[][] controls, int resamples = 1000, int seed = 0)
    {
        ArgumentNullException.ThrowIfNull(effect);
        ArgumentNullException.ThrowIfNull(controls);
        if (controls.Any(control => control.Length != effect.Length))
        {
            throw new ArgumentException($"A control has other rows than the {effect.Length} of the effect.", nameof(controls));
        }

        if (effect.Length == 0 || controls.Length == 0)
        {
            return new Estimate { N = effect.Length, Estimator = Estimator, Reason = Undefined.TooFewRows };
        }

        double[] differences = [.. effect.Index().Select(row => row.Item - controls.Average(control => control[row.Index]))];
        var overRows = Bootstrap.Percentile(differences.Length, rows => MeanAt(differences, rows), resamples, seed, Level);
        if (overRows.Value is not { } excess || controls.Length < FewestControls || overRows.Low is not { } low || overRows.High is not { } high)
        {
            return overRows with { Low = null, High = null, Estimator = Estimator, Reason = overRows.Reason ?? Undefined.TooFewRows };
        }

        var deviation = Moments.StandardDeviation([.. controls.Select(control => control.Average())]).Value ?? 0;
        var other = StudentT.Quantile((1 + Level) / 2, controls.Length - 1) * deviation * Math.Sqrt(1 + (1.0 / controls.Length));
        return overRows with
        {
            Low = excess - double.Hypot(excess - low, other),
            High = excess + double.Hypot(high - excess, other),
            Estimator = Estimator,
        };
    }

    private static double MeanAt(double[] values, ReadOnlySpan<int> rows)
    {
        var sum = 0.0;
        foreach (var row in rows)
        {
            sum += values[row];
        }

        return sum / rows.Length;
    }
}

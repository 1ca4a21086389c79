using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.Strength;

/// <summary>Intervals and p values of differences, and their correction for the number of comparisons.</summary>
internal static class DifferenceFamily
{
    private const double Rounding = 1e-13;

    /// <summary>A difference with its interval and p, both widened to the training rows (<see cref="StrengthInterval.Widened"/>).</summary>
    /// <param name="difference">The difference.</param>
    /// <param name="resampled">The same in each resample.</param>
    /// <param name="rows">Rows tested.</param>
    /// <param name="trainingRows">Rows that each probe was trained on.</param>
    public static StrengthDifference Of(StrengthDifference difference, double[] resampled, double rows, double trainingRows)
    {
        var value = difference.Value!.Value;
        var scale = trainingRows >= StrengthInterval.FewestRows ? StrengthInterval.Scale(rows, trainingRows) : double.NaN;
        // Two equal series differ by nothing in every resample: that is a finding, not one without a width.
        var (low, high, p) = double.IsNaN(scale) ? (null, null, null) : Test(value, resampled, scale);
        return difference with
        {
            Low = low,
            High = high,
            P = p,
            Estimator = low is null ? "" : difference.Estimator,
            Reason = low is null ? MissingReason.TooFewRows : null,
        };
    }

    /// <summary>The interval of a difference, and its p: over its bootstrap standard error, against the normal distribution, two-sided.</summary>
    /// <param name="difference">The difference.</param>
    /// <param name="resampled">The same in each resample.</param>
    /// <param name="scale">By how much the interval and the standard error are widened.</param>
    public static (double? Low, double? High, double? P) Test(double difference, double[] resampled, double scale = 1)
    {
        var (low, high) = Bootstrap.Interval(resampled);
        double? error = low is null ? null : Moments.StandardDeviation([.. resampled.Where(double.IsFinite)]).Value;
        // Two equal series differ by nothing, or by rounding, in every resample: there is nothing to find.
        double? p =
            error is not { } deviation ? null
            : deviation > Rounding ? Normal.TwoSided(difference / (scale * deviation))
            : Math.Abs(difference) <= Rounding ? 1
            : 0;
        return (low, high) is ({ } from, { } to) && scale > 1
            ? (difference + (scale * (from - difference)), difference + (scale * (to - difference)), p)
            : (low, high, p);
    }

    /// <summary>The same with p values corrected over all of them that have one.</summary>
    /// <param name="family">The differences that are looked at together.</param>
    /// <param name="correction">One of <see cref="AnalysisOptions.Corrections"/>.</param>
    public static IReadOnlyList<StrengthDifference> Corrected(IReadOnlyList<StrengthDifference> family, string correction)
    {
        double[] p = [.. family.Select(difference => difference.P).OfType<double>()];
        var adjusted = new Queue<double>(correction == AnalysisOptions.FalseDiscoveryRate ? BenjaminiHochberg.Adjusted(p) : Holm.Adjusted(p));
        var comparisons = adjusted.Count;
        return [.. family.Select(difference => difference with { AdjustedP = difference.P is null ? null : adjusted.Dequeue(), Comparisons = comparisons })];
    }
}

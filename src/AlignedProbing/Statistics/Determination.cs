
namespace AlignedProbing.Statistics;

/// <summary>
/// The coefficient of determination R² = 1 - (sum of squared errors) / (sum of squares about the mean of the actual values): 1 for perfect predictions, 0 for
/// those of the mean, below 0 for worse ones.
/// </summary>
public static class Determination
{
    /// <summary>R² of predictions, at most 1.</summary>
    /// <returns>Undefined for fewer than two pairs, for actual values that are constant beyond rounding, and for values that are not finite.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static Statistic Of(ReadOnlySpan<double> predicted, ReadOnlySpan<double> actual)
    {
        // What Pearson says of the actual values alone tells whether they vary.
        var variation = Pearson.Of(actual, actual);
        if (variation.Value is null)
        {
            return predicted.Length == actual.Length
                ? variation
                : throw new ArgumentException($"{predicted.Length} predictions, {actual.Length} values.", nameof(actual));
        }

        return Moments.MeanSquaredError(predicted, actual) is { Value: { } error } && Moments.Variance(actual, degreesOfFreedomLost: 0).Value is { } variance
            ? Statistic.Of(1 - (error / variance))
            : Statistic.None(Undefined.NotFinite);
    }
}

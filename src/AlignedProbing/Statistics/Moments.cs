
namespace AlignedProbing.Statistics;

/// <summary>Mean and variance, in two passes over float64.</summary>
public static class Moments
{
    /// <summary>The arithmetic mean; undefined for no values and for values that are not finite.</summary>
    public static Statistic Mean(ReadOnlySpan<double> values)
    {
        if (values.IsEmpty)
        {
            return Statistic.None(Undefined.TooFewRows);
        }

        var sum = 0.0;
        foreach (var value in values)
        {
            sum += value;
        }

        return Statistic.Of(sum / values.Length);
    }

    /// <summary>The variance about the mean.</summary>
    /// <param name="values">The values.</param>
    /// <param name="degreesOfFreedomLost">1 for the unbiased estimate from a sample (the default), 0 for the variance of the values themselves.</param>
    /// <returns>Undefined where no more values are there than are lost, and for values that are not finite.</returns>
    public static Statistic Variance(ReadOnlySpan<double> values, int degreesOfFreedomLost = 1)
    {
        if (values.Length <= degreesOfFreedomLost)
        {
            return Statistic.None(Undefined.TooFewRows);
        }

        var mean = Mean(values);
        if (mean.Value is not { } center)
        {
            return mean;
        }

        var squares = 0.0;
        foreach (var value in values)
        {
            squares += (value - center) * (value - center);
        }

        return Statistic.Of(squares / (values.Length - degreesOfFreedomLost));
    }

    /// <summary>The square root of <see cref="Variance"/>.</summary>
    public static Statistic StandardDeviation(ReadOnlySpan<double> values, int degreesOfFreedomLost = 1) =>
        Variance(values, degreesOfFreedomLost) is { Value: { } variance } ? Statistic.Of(Math.Sqrt(variance)) : Variance(values, degreesOfFreedomLost);

    /// <summary>The mean of the squared differences of two series; undefined for none and where a difference is not finite.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static Statistic MeanSquaredError(ReadOnlySpan<double> predicted, ReadOnlySpan<double> actual)
    {
        if (predicted.Length != actual.Length)
        {
            throw new ArgumentException($"{predicted.Length} predictions, {actual.Length} values.", nameof(actual));
        }

        if (predicted.IsEmpty)
        {
            return Statistic.None(Undefined.TooFewRows);
        }

        var squares = 0.0;
        for (var i = 0; i < predicted.Length; i++)
        {
            squares += (predicted[i] - actual[i]) * (predicted[i] - actual[i]);
        }

        return Statistic.Of(squares / predicted.Length);
    }
}

namespace AlignedProbing.Statistics;

/// <summary>Pearson's correlation coefficient, in float64.</summary>
public static class Pearson
{
    // Differences below this share of the largest value are rounding, not variation.
    private const double Rounding = 1e-13;

    /// <summary>The correlation r of two series, in [-1, 1].</summary>
    /// <returns>Undefined for fewer than two pairs, for a series that is constant beyond rounding, and for values that are not finite.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static Statistic Of(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        if (x.Length != y.Length)
        {
            throw new ArgumentException($"{x.Length} values against {y.Length}.", nameof(y));
        }

        if (x.Length < 2)
        {
            return Statistic.None(Undefined.TooFewRows);
        }

        var (sumX, sumY, largestX, largestY) = (0.0, 0.0, 0.0, 0.0);
        for (var i = 0; i < x.Length; i++)
        {
            sumX += x[i];
            sumY += y[i];
            largestX = Math.Max(largestX, Math.Abs(x[i]));
            largestY = Math.Max(largestY, Math.Abs(y[i]));
        }

        var (meanX, meanY) = (sumX / x.Length, sumY / x.Length);
        var (xx, yy, xy) = (0.0, 0.0, 0.0);
        for (var i = 0; i < x.Length; i++)
        {
            var (dx, dy) = (x[i] - meanX, y[i] - meanY);
            xx += dx * dx;
            yy += dy * dy;
            xy += dx * dy;
        }

        if (!double.IsFinite(xx) || !double.IsFinite(yy))
        {
            return Statistic.None(Undefined.NotFinite);
        }

        return IsConstant(xx, largestX, x.Length) || IsConstant(yy, largestY, x.Length)
            ? Statistic.None(Undefined.Constant)
            : Statistic.Of(Math.Clamp(xy / (Math.Sqrt(xx) * Math.Sqrt(yy)), -1, 1));
    }

    /// <summary>The correlation of two series in which the i-th pair occurs <paramref name="weights"/>[i] times: the bootstrap's form.</summary>
    /// <returns>As <see cref="Of"/> says of the expanded series.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static Statistic Weighted(ReadOnlySpan<double> x, ReadOnlySpan<double> y, ReadOnlySpan<double> weights)
    {
        if (x.Length != y.Length || x.Length != weights.Length)
        {
            throw new ArgumentException($"{x.Length} values against {y.Length}, with {weights.Length} weights.", nameof(y));
        }

        var (count, sumX, sumY, largestX, largestY) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (var i = 0; i < x.Length; i++)
        {
            count += weights[i];
            sumX += weights[i] * x[i];
            sumY += weights[i] * y[i];
            largestX = Math.Max(largestX, Math.Abs(x[i]));
            largestY = Math.Max(largestY, Math.Abs(y[i]));
        }

        if (count < 2)
        {
            return Statistic.None(Undefined.TooFewRows);
        }

        var (meanX, meanY) = (sumX / count, sumY / count);
        var (xx, yy, xy) = (0.0, 0.0, 0.0);
        for (var i = 0; i < x.Length; i++)
        {
            var (dx, dy) = (x[i] - meanX, y[i] - meanY);
            xx += weights[i] * dx * dx;
            yy += weights[i] * dy * dy;
            xy += weights[i] * dx * dy;
        }

        if (!double.IsFinite(xx) || !double.IsFinite(yy))
        {
            return Statistic.None(Undefined.NotFinite);
        }

        return IsConstant(xx, largestX, count) || IsConstant(yy, largestY, count)
            ? Statistic.None(Undefined.Constant)
            : Statistic.Of(Math.Clamp(xy / (Math.Sqrt(xx) * Math.Sqrt(yy)), -1, 1));
    }

    private static bool IsConstant(double squares, double largest, double count) => Math.Sqrt(squares) <= Rounding * largest * Math.Sqrt(count);
}

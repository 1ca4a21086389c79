namespace AlignedProbing.Statistics;

/// <summary>
/// The correlation of two series once what covariates say of both, linearly and with a constant, is taken away: Pearson's of the residuals of least squares.
/// </summary>
public static class PartialCorrelation
{
    // A column that keeps less than this share of its length beside the columns before it says nothing new.
    private const double Dependent = 1e-9;

    /// <summary>The partial correlation of x and y given the covariates, in [-1, 1].</summary>
    /// <param name="x">One series.</param>
    /// <param name="y">The other.</param>
    /// <param name="covariates">Series to hold fixed, each as long as x; a constant one, or one that follows from the others, changes nothing.</param>
    /// <returns>
    /// Undefined for fewer rows than covariates and three, for values that are not finite, and where the covariates leave x or y no variation beyond rounding.
    /// </returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static Statistic Of(ReadOnlySpan<double> x, ReadOnlySpan<double> y, params ReadOnlySpan<double[]> covariates)
    {
        if (x.Length != y.Length)
        {
            throw new ArgumentException($"{x.Length} values against {y.Length}.", nameof(y));
        }

        if (x.Length < covariates.Length + 3)
        {
            return Statistic.None(Undefined.TooFewRows);
        }

        var basis = new List<double[]>(covariates.Length);
        foreach (var covariate in covariates)
        {
            if (covariate.Length != x.Length)
            {
                throw new ArgumentException($"{x.Length} values, {covariate.Length} of a covariate.", nameof(covariates));
            }

            if (Residual(covariate, basis) is not { } rest)
            {
                return Statistic.None(Undefined.NotFinite);
            }

            if (rest.Varies)
            {
                basis.Add(Unit(rest.Values));
            }
        }

        if (Residual(x, basis) is not { } ofX || Residual(y, basis) is not { } ofY)
        {
            return Statistic.None(Undefined.NotFinite);
        }

        return ofX.Varies && ofY.Varies ? Pearson.Of(ofX.Values, ofY.Values) : Statistic.None(Undefined.Constant);
    }

    // What is left of a series beside a constant and the basis. Twice, since once leaves the rounding of long columns.
    private static (double[] Values, bool Varies)? Residual(ReadOnlySpan<double> series, List<double[]> basis)
    {
        var values = series.ToArray();
        Centre(values);
        var (before, largest) = (Length(values), 0.0);
        foreach (var value in series)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        if (!double.IsFinite(before))
        {
            return null;
        }

        for (var pass = 0; pass < 2; pass++)
        {
            foreach (var column in basis)
            {
                var along = 0.0;
                for (var i = 0; i < values.Length; i++)
                {
                    along += values[i] * column[i];
                }

                for (var i = 0; i < values.Length; i++)
                {
                    values[i] -= along * column[i];
                }
            }

            Centre(values);
        }

        return (values, Length(values) > Math.Max(Dependent * before, 1e-13 * largest * Math.Sqrt(values.Length)));
    }

    private static void Centre(Span<double> values)
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += value;
        }

        var mean = sum / values.Length;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] -= mean;
        }
    }

    private static double Length(ReadOnlySpan<double> values)
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += value * value;
        }

        return Math.Sqrt(sum);
    }

    private static double[] Unit(double[] values)
    {
        var length = Length(values);
        return Array.ConvertAll(values, value => value / length);
    }
}

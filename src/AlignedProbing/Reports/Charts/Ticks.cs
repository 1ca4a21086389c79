namespace AlignedProbing.Reports.Charts;

/// <summary>Where an axis is marked.</summary>
internal static class Ticks
{
    private static readonly int[] WholeSteps = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500];

    /// <summary>
    /// Whole numbers from <paramref name="first"/> to <paramref name="last"/>, at most about <paramref name="most"/> of them, on round values.
    /// </summary>
    public static IReadOnlyList<int> Whole(int first, int last, int most)
    {
        var step = Array.Find(WholeSteps, candidate => ((last - first) / candidate) + 1 <= most);
        step = step == 0 ? Math.Max(1, (last - first) / most) : step;
        var start = (first + step - 1) / step * step;
        return [.. Enumerable.Range(0, ((last - start) / step) + 1).Select(i => start + (i * step))];
    }

    /// <summary>
    /// Multiples of .2 (of .1, .05 or .02 in short ranges, of .5 in a long one) within a range of correlations, shares, their differences or small ratios.
    /// </summary>
    public static IReadOnlyList<double> Unit(double low, double high)
    {
        var step = (high - low) switch
        {
            > 2.1 => 50,
            > 0.61 => 20,
            > 0.31 => 10,
            > 0.13 => 5,
            _ => 2,
        };
        var from = (int)Math.Ceiling((low * 100 / step) - 1e-9) * step;
        var to = (int)Math.Floor((high * 100 / step) + 1e-9) * step;
        return [.. Enumerable.Range(0, ((to - from) / step) + 1).Select(i => (from + (i * step)) / 100.0)];
    }

    /// <summary>A range for differences: as far on either side of 0 as the values go, at least <paramref name="atLeast"/>, to a multiple of .02.</summary>
    public static (double Low, double High) AroundZero(IEnumerable<double> values, double atLeast)
    {
        var most = Math.Ceiling((values.Select(Math.Abs).Append(atLeast).Max() * 50) - 1e-9) / 50;
        return (-most, most);
    }

    /// <summary>A range for an axis that holds 0 and the values, from a multiple of .1 to a multiple of .2, at most from -1 to 1.</summary>
    public static (double Low, double High) UnitRange(IEnumerable<double> values, double atLeast)
    {
        var (low, high) = (0.0, atLeast);
        foreach (var value in values)
        {
            low = Math.Min(low, value);
            high = Math.Max(high, value);
        }

        return (Math.Max(-1, Math.Floor((low * 10) + 1e-9) / 10), Math.Min(1, Math.Ceiling((high * 5) - 1e-9) / 5));
    }

    /// <summary>A range for ratios that holds 1 and the values, from 0 to a multiple of .5, at most 6.</summary>
    public static (double Low, double High) RatioRange(IEnumerable<double> values) => (0, Math.Min(6, Math.Ceiling(values.Append(1.25).Max() * 2) / 2));
}

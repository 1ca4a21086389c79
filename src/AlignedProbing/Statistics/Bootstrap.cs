using AlignedProbing.Numerics;

namespace AlignedProbing.Statistics;

/// <summary>A statistic of a resample, given as the indices of the rows drawn; NaN where it is not defined on them.</summary>
/// <param name="rows">The rows drawn, with repetition.</param>
public delegate double RowStatistic(ReadOnlySpan<int> rows);

/// <summary>
/// The percentile bootstrap over rows (Efron 1979). Which rows a resample holds is a function of (seed, resample, stratum) alone, so results depend neither on
/// the number of threads nor on order, and two statistics of the same rows with the same seed are paired.
/// </summary>
public static class Bootstrap
{
    /// <summary>The name that <see cref="Estimate.Estimator"/> gets.</summary>
    public const string Estimator = "bootstrap-percentile";

    // Where a statistic is undefined on more resamples than this share, the interval would describe the others only.
    private const double LargestUndefinedShare = 0.1;

    /// <summary>Draws the rows of one resample: as many as the destination holds, with repetition, each uniform over 0 .. length - 1.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="resample">Number of the resample, from 0.</param>
    /// <param name="rows">Where to.</param>
    /// <param name="stratum">Number of the stratum, where rows are resampled within strata (folds).</param>
    public static void DrawRows(int seed, int resample, Span<int> rows, int stratum = 0)
    {
        var key = 0x626F6F7473747261UL ^ ((ulong)(uint)seed << 32);
        var size = (ulong)rows.Length;
        var counter = ((ulong)(uint)stratum << 32) | (uint)resample;
        for (var i = 0; i < rows.Length; i += 4)
        {
            var (a, b, c, d) = Philox.Block(key, (uint)(i >> 2), counter);
            rows[i] = Scale(a, size);
            if (i + 3 < rows.Length)
            {
                rows[i + 1] = Scale(b, size);
                rows[i + 2] = Scale(c, size);
                rows[i + 3] = Scale(d, size);
            }
            else
            {
                if (i + 1 < rows.Length)
                {
                    rows[i + 1] = Scale(b, size);
                }

                if (i + 2 < rows.Length)
                {
                    rows[i + 2] = Scale(c, size);
                }
            }
        }

        // Multiply and shift: a bias of at most length / 2^32, and no rejection.
        static int Scale(uint bits, ulong size) => (int)((bits * size) >> 32);
    }

    /// <summary>A statistic with its percentile interval.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="statistic">The statistic; called from several threads at once.</param>
    /// <param name="resamples">Number of resamples, at least 1; 1,000 is usual.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="level">Level of the interval, in (0, 1).</param>
    /// <returns>
    /// The statistic of the rows as they are, and the interval; no interval where the statistic is undefined on more than a tenth of the resamples, no value
    /// where it is undefined on the rows.
    /// </returns>
    public static Estimate Percentile(int rows, RowStatistic statistic, int resamples = 1000, int seed = 0, double level = 0.95)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 1);
        if (rows == 0)
        {
            return new Estimate { N = 0, Estimator = Estimator, Reason = Undefined.TooFewRows };
        }

        var all = new int[rows];
        for (var i = 0; i < rows; i++)
        {
            all[i] = i;
        }

        var value = statistic(all);
        if (!double.IsFinite(value))
        {
            return new Estimate { N = rows, Estimator = Estimator, Reason = Undefined.NotFinite };
        }

        var values = new double[resamples];
        Parallel.For(0, resamples, () => new int[rows], (resample, _, buffer) =>
        {
            DrawRows(seed, resample, buffer);
            values[resample] = statistic(buffer);
            return buffer;
        }, _ => { });
        var (low, high) = Interval(values, level);
        return new Estimate { Value = value, Low = low, High = high, N = rows, Estimator = Estimator, Reason = low is null ? Undefined.TooFewRows : null };
    }

    /// <summary>The percentile interval of resampled values.</summary>
    /// <param name="resampled">The values; those that are not finite are left out. Not changed.</param>
    /// <param name="level">Level of the interval, in (0, 1).</param>
    /// <returns>Both ends, or neither where more than a tenth of the values are not finite.</returns>
    public static (double? Low, double? High) Interval(ReadOnlySpan<double> resampled, double level = 0.95)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(level, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(level, 1);
        var finite = new double[resampled.Length];
        var count = 0;
        foreach (var value in resampled)
        {
            if (double.IsFinite(value))
            {
                finite[count++] = value;
            }
        }

        if (count == 0 || resampled.Length - count > LargestUndefinedShare * resampled.Length)
        {
            return (null, null);
        }

        Array.Sort(finite, 0, count);
        var sorted = finite.AsSpan(0, count);
        return (Quantile.OfSorted(sorted, (1 - level) / 2).Value, Quantile.OfSorted(sorted, (1 + level) / 2).Value);
    }
}

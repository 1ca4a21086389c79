using AlignedProbing.Numerics;

namespace AlignedProbing.Statistics;

/// <summary>A statistic of pairs of which some are swapped; NaN where it is not defined.</summary>
/// <param name="swapped">Whether each pair is.</param>
public delegate double SwapStatistic(ReadOnlySpan<bool> swapped);

/// <summary>
/// The randomisation test of paired values (Fisher 1935): where a treatment has no effect, swapping a pair's two values leaves the distribution as it is.
/// Two-sided. Which pairs a draw swaps is a function of (seed, draw) alone.
/// </summary>
public static class SignFlip
{
    /// <summary>Draws where no other number is asked for.</summary>
    public const int DefaultDraws = 10_000;

    // Sums in another order differ by rounding; as far out as the observed one counts as beyond it.
    private const double Rounding = 1e-12;

    /// <summary>p of the mean of differences.</summary>
    /// <param name="differences">A difference a pair; finite.</param>
    /// <param name="draws">Draws, at least 1.</param>
    /// <param name="seed">The seed.</param>
    /// <returns>(1 + draws at least as far from 0) / (1 + draws), in (0, 1]; undefined without a pair.</returns>
    public static Statistic P(ReadOnlySpan<double> differences, int draws = DefaultDraws, int seed = 0)
    {
        var values = differences.ToArray();
        return P(values.Length, swapped =>
        {
            var sum = 0.0;
            for (var i = 0; i < values.Length; i++)
            {
                sum += swapped[i] ? -values[i] : values[i];
            }

            return sum;
        }, draws, seed);
    }

    /// <summary>p of any statistic that changes its sign when all pairs are swapped.</summary>
    /// <param name="pairs">Number of pairs.</param>
    /// <param name="statistic">The statistic; called from several threads at once.</param>
    /// <param name="draws">Draws, at least 1.</param>
    /// <param name="seed">The seed.</param>
    /// <returns>As above; undefined where the statistic is, on the pairs as they are or on more than a tenth of the draws.</returns>
    public static Statistic P(int pairs, SwapStatistic statistic, int draws = DefaultDraws, int seed = 0)
    {
        ArgumentNullException.ThrowIfNull(statistic);
        ArgumentOutOfRangeException.ThrowIfLessThan(draws, 1);
        if (pairs < 1)
        {
            return Statistic.None(Undefined.TooFewRows);
        }

        var observed = Math.Abs(statistic(new bool[pairs]));
        if (!double.IsFinite(observed))
        {
            return Statistic.None(Undefined.NotFinite);
        }

        var (beyond, undefined) = (0, 0);
        var least = observed - (Rounding * Math.Max(1, observed));
        Parallel.For(0, draws, () => (Swapped: new bool[pairs], Beyond: 0, Undefined: 0), (draw, _, local) =>
        {
            Draw(seed, draw, local.Swapped);
            var value = Math.Abs(statistic(local.Swapped));
            return (local.Swapped, local.Beyond + (value >= least ? 1 : 0), local.Undefined + (double.IsFinite(value) ? 0 : 1));
        }, local =>
        {
            Interlocked.Add(ref beyond, local.Beyond);
            Interlocked.Add(ref undefined, local.Undefined);
        });
        return undefined * 10 > draws ? Statistic.None(Undefined.NotFinite) : Statistic.Of((1.0 + beyond) / (1.0 + draws - undefined));
    }

    private static void Draw(int seed, int draw, Span<bool> swapped)
    {
        var key = 0x7369676E666C6970UL ^ ((ulong)(uint)seed << 32);
        for (var i = 0; i < swapped.Length; i += 32)
        {
            var bits = Philox.Block(key, (uint)(i >> 5), (uint)draw).A;
            for (var j = i; j < Math.Min(swapped.Length, i + 32); j++, bits >>= 1)
            {
                swapped[j] = (bits & 1) != 0;
            }
        }
    }
}

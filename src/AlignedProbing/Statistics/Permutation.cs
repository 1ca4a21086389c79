using AlignedProbing.Numerics;

namespace AlignedProbing.Statistics;

/// <summary>Permutations of rows, and the p value that a statistic has among those of permuted rows.</summary>
public static class Permutation
{
    // Two computations of one correlation differ by rounding: closer than this counts as equal.
    private const double Rounding = 1e-12;

    /// <summary>Draws one permutation of 0 .. length - 1 (Fisher and Yates); a function of seed and number alone.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="number">Number of the permutation, from 0.</param>
    /// <param name="rows">Where to.</param>
    public static void Draw(int seed, int number, Span<int> rows)
    {
        var key = 0x7065726D75746564UL ^ ((ulong)(uint)seed << 32);
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = i;
        }

        for (var i = rows.Length - 1; i > 0; i--)
        {
            var (bits, _, _, _) = Philox.Block(key, (uint)i, (uint)number);
            var other = (int)((bits * (ulong)(i + 1)) >> 32);
            (rows[i], rows[other]) = (rows[other], rows[i]);
        }
    }

    /// <summary>The two-sided p: (1 + how many permuted values are at least as far from 0) / (1 + how many there are).</summary>
    /// <param name="observed">The statistic of the rows as they are.</param>
    /// <param name="permuted">The statistic of permuted rows.</param>
    /// <returns>In (0, 1]; its smallest value is 1 / (1 + number of permutations).</returns>
    public static double TwoSided(double observed, ReadOnlySpan<double> permuted)
    {
        var farther = 0;
        foreach (var value in permuted)
        {
            farther += Math.Abs(value) >= Math.Abs(observed) - Rounding ? 1 : 0;
        }

        return (1.0 + farther) / (1.0 + permuted.Length);
    }
}

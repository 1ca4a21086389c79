using AlignedProbing.Numerics;

namespace AlignedProbing.Runs;

/// <summary>
/// The control task <c>randomization</c>: labels permuted over the rows used, before folding; a permutation a seed, the same for all its folds and for all
/// labels on the same rows. Who knows the number of rows and the seed knows the permuted labels, so these are not stored.
/// </summary>
public static class LabelPermutation
{
    /// <summary>The control task's name.</summary>
    public const string Name = "randomization";

    private const ulong Purpose = 0x7065726D757465UL;

    /// <summary>The permutation of a number of rows that a seed gives: the i-th row gets the label of row [i].</summary>
    /// <param name="rows">Rows used: those with a label and a vector, in the order of the vectors.</param>
    /// <param name="seed">The seed.</param>
    public static int[] Of(int rows, int seed)
    {
        var order = new int[rows];
        for (var i = 0; i < rows; i++)
        {
            order[i] = i;
        }

        for (var i = rows - 1; i > 0; i--)
        {
            var (bits, _, _, _) = Philox.Block(Purpose, (uint)i, (uint)seed);
            var j = (int)(((ulong)bits * (uint)(i + 1)) >> 32);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }
}

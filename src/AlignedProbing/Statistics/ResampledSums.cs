using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AlignedProbing.Statistics;

/// <summary>
/// The bootstrap's inner loop: sums of columns in which each row counts as often as each resample drew it. Moments and correlations of all resamples follow
/// from such sums without any of them being laid out. In float32, which is far finer than the resamples scatter: centre and scale the columns first.
/// </summary>
public static class ResampledSums
{
    /// <summary>Sums over the rows from <paramref name="start"/> to before <paramref name="end"/>.</summary>
    /// <param name="counts">How often each resample drew each row: [resamples, rows].</param>
    /// <param name="rows">Rows of a resample.</param>
    /// <param name="columns">The columns, each of as many numbers as there are rows.</param>
    /// <param name="start">The first row.</param>
    /// <param name="end">The row after the last.</param>
    /// <param name="sums">Where to: [resamples, columns].</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Of(ReadOnlySpan<byte> counts, int rows, ReadOnlySpan<float[]> columns, int start, int end, Span<float> sums)
    {
        var resamples = rows == 0 ? 0 : counts.Length / rows;
        if (counts.Length != (long)resamples * rows || sums.Length != (long)resamples * columns.Length || start < 0 || end > rows || start > end)
        {
            throw new ArgumentException(
                $"{counts.Length} counts of {rows} rows, {columns.Length} columns, {sums.Length} sums, rows {start} to {end}.",
                nameof(counts));
        }

        var length = end - start;
        var (first, second) = (new float[length], new float[length]);
        for (var resample = 0; resample < resamples; resample += 2)
        {
            var pair = Math.Min(resample + 1, resamples - 1);
            Widen(counts.Slice((resample * rows) + start, length), first);
            Widen(counts.Slice((pair * rows) + start, length), second);
            for (var column = 0; column < columns.Length; column += 4)
            {
                var last = columns.Length - 1;
                Sum(
                    first,
                    second,
                    columns[column].AsSpan(start, length),
                    columns[Math.Min(column + 1, last)].AsSpan(start, length),
                    columns[Math.Min(column + 2, last)].AsSpan(start, length),
                    columns[Math.Min(column + 3, last)].AsSpan(start, length),
                    sums.Slice((resample * columns.Length) + column, Math.Min(4, columns.Length - column)),
                    sums.Slice((pair * columns.Length) + column, Math.Min(4, columns.Length - column)));
            }
        }
    }

    private static void Widen(ReadOnlySpan<byte> counts, float[] wide)
    {
        for (var i = 0; i < wide.Length; i++)
        {
            wide[i] = counts[i];
        }
    }

    // Eight sums side by side; lanes of eight on every machine, so that results do not depend on the width of its registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Sum(
        float[] first,
        float[] second,
        ReadOnlySpan<float> a,
        ReadOnlySpan<float> b,
        ReadOnlySpan<float> c,
        ReadOnlySpan<float> d,
        Span<float> ofFirst,
        Span<float> ofSecond)
    {
        var (f0, f1, f2, f3) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
        var (s0, s1, s2, s3) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
        var i = 0;
        fixed (float* v = first, w = second, x0 = a, x1 = b, x2 = c, x3 = d)
        {
            for (; i + 8 <= first.Length; i += 8)
            {
                var (l, r) = (Vector256.Load(v + i), Vector256.Load(w + i));
                var x = Vector256.Load(x0 + i);
                f0 = Vector256.FusedMultiplyAdd(l, x, f0);
                s0 = Vector256.FusedMultiplyAdd(r, x, s0);
                x = Vector256.Load(x1 + i);
                f1 = Vector256.FusedMultiplyAdd(l, x, f1);
                s1 = Vector256.FusedMultiplyAdd(r, x, s1);
                x = Vector256.Load(x2 + i);
                f2 = Vector256.FusedMultiplyAdd(l, x, f2);
                s2 = Vector256.FusedMultiplyAdd(r, x, s2);
                x = Vector256.Load(x3 + i);
                f3 = Vector256.FusedMultiplyAdd(l, x, f3);
                s3 = Vector256.FusedMultiplyAdd(r, x, s3);
            }
        }

        ReadOnlySpan<float> sumsOfFirst = [Vector256.Sum(f0), Vector256.Sum(f1), Vector256.Sum(f2), Vector256.Sum(f3)];
        ReadOnlySpan<float> sumsOfSecond = [Vector256.Sum(s0), Vector256.Sum(s1), Vector256.Sum(s2), Vector256.Sum(s3)];
        for (var column = 0; column < ofFirst.Length; column++)
        {
            var values = column switch { 0 => a, 1 => b, 2 => c, _ => d };
            var (one, other) = (sumsOfFirst[column], sumsOfSecond[column]);
            for (var row = i; row < first.Length; row++)
            {
                one = MathF.FusedMultiplyAdd(first[row], values[row], one);
                other = MathF.FusedMultiplyAdd(second[row], values[row], other);
            }

            (ofFirst[column], ofSecond[column]) = (one, other);
        }
    }
}

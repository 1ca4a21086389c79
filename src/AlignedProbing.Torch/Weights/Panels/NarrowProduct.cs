using System.Numerics;
using System.Runtime.CompilerServices;

namespace AlignedProbing.Torch.Weights.Panels;

/// <summary>
/// <see cref="PanelProduct"/> for processors without vectors of 512 bits. Sums are made in the same order, so results are the same to the bit.
/// </summary>
internal static unsafe class NarrowProduct
{
    private const int Width = PanelWeight.Width;

    /// <summary>sums[row] += x[row] times the part, for all rows.</summary>
    /// <param name="x">First row's first column of the part.</param>
    /// <param name="stride">Elements from a row to the next.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="part">[count, 64].</param>
    /// <param name="count">Columns of the part.</param>
    /// <param name="sums">[rows, 64].</param>
    public static void Add(float* x, nint stride, int rows, float* part, int count, float* sums)
    {
        var strip = 2 * Vector<float>.Count;
        for (var column = 0; column < Width; column += strip)
        {
            var weight = part + column;
            var row = 0;
            for (; row + 6 <= rows; row += 6)
            {
                Six(x + (row * stride), stride, weight, count, sums + (row * Width) + column);
            }

            for (; row + 2 <= rows; row += 2)
            {
                Two(x + (row * stride), stride, weight, count, sums + (row * Width) + column);
            }

            if (row < rows)
            {
                One(x + (row * stride), weight, count, sums + (row * Width) + column);
            }
        }
    }

    // 12 sums, 2 vectors of the weight and one of the input fill 15 of the 16 registers of AVX2.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Six(float* x, nint stride, float* weight, int count, float* sums)
    {
        float* x0 = x, x1 = x0 + stride, x2 = x1 + stride, x3 = x2 + stride, x4 = x3 + stride, x5 = x4 + stride;
        Vector<float> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default;
        Vector<float> d0 = default, d1 = default, e0 = default, e1 = default, f0 = default, f1 = default;
        for (nint k = 0; k < count; k++, weight += Width)
        {
            var (w0, w1) = (Vector.Load(weight), Vector.Load(weight + Vector<float>.Count));
            var v = Vector.Create(x0[k]);
            a0 = Vector.FusedMultiplyAdd(v, w0, a0);
            a1 = Vector.FusedMultiplyAdd(v, w1, a1);
            v = Vector.Create(x1[k]);
            b0 = Vector.FusedMultiplyAdd(v, w0, b0);
            b1 = Vector.FusedMultiplyAdd(v, w1, b1);
            v = Vector.Create(x2[k]);
            c0 = Vector.FusedMultiplyAdd(v, w0, c0);
            c1 = Vector.FusedMultiplyAdd(v, w1, c1);
            v = Vector.Create(x3[k]);
            d0 = Vector.FusedMultiplyAdd(v, w0, d0);
            d1 = Vector.FusedMultiplyAdd(v, w1, d1);
            v = Vector.Create(x4[k]);
            e0 = Vector.FusedMultiplyAdd(v, w0, e0);
            e1 = Vector.FusedMultiplyAdd(v, w1, e1);
            v = Vector.Create(x5[k]);
            f0 = Vector.FusedMultiplyAdd(v, w0, f0);
            f1 = Vector.FusedMultiplyAdd(v, w1, f1);
        }

        Accumulate(sums, a0, a1);
        Accumulate(sums + Width, b0, b1);
        Accumulate(sums + (2 * Width), c0, c1);
        Accumulate(sums + (3 * Width), d0, d1);
        Accumulate(sums + (4 * Width), e0, e1);
        Accumulate(sums + (5 * Width), f0, f1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Two(float* x, nint stride, float* weight, int count, float* sums)
    {
        float* x0 = x, x1 = x0 + stride;
        Vector<float> a0 = default, a1 = default, b0 = default, b1 = default;
        for (nint k = 0; k < count; k++, weight += Width)
        {
            var (w0, w1) = (Vector.Load(weight), Vector.Load(weight + Vector<float>.Count));
            var v = Vector.Create(x0[k]);
            a0 = Vector.FusedMultiplyAdd(v, w0, a0);
            a1 = Vector.FusedMultiplyAdd(v, w1, a1);
            v = Vector.Create(x1[k]);
            b0 = Vector.FusedMultiplyAdd(v, w0, b0);
            b1 = Vector.FusedMultiplyAdd(v, w1, b1);
        }

        Accumulate(sums, a0, a1);
        Accumulate(sums + Width, b0, b1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(float* x, float* weight, int count, float* sums)
    {
        Vector<float> a0 = default, a1 = default;
        for (nint k = 0; k < count; k++, weight += Width)
        {
            var v = Vector.Create(x[k]);
            a0 = Vector.FusedMultiplyAdd(v, Vector.Load(weight), a0);
            a1 = Vector.FusedMultiplyAdd(v, Vector.Load(weight + Vector<float>.Count), a1);
        }

        Accumulate(sums, a0, a1);
    }

    private static void Accumulate(float* sums, Vector<float> first, Vector<float> second)
    {
        Vector.Store(Vector.Load(sums) + first, sums);
        Vector.Store(Vector.Load(sums + Vector<float>.Count) + second, sums + Vector<float>.Count);
    }
}

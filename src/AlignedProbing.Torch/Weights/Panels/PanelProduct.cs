using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AlignedProbing.Torch.Weights.Panels;

/// <summary>
/// Rows times a part of a panel, float32. Each sum is one chain of fused multiply-adds over the part's columns, in order, whatever the number of rows and the
/// width of the processor's vectors: results are the same to the bit on all of them.
/// </summary>
internal static unsafe class PanelProduct
{
    private const int Width = PanelWeight.Width;

    /// <summary>sums[row] += x[row] times the part, for all rows.</summary>
    /// <param name="x">First row's first column of the part.</param>
    /// <param name="stride">Elements from a row to the next.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="part">[count, 64], 64-byte aligned.</param>
    /// <param name="count">Columns of the part.</param>
    /// <param name="sums">[rows, 64], 64-byte aligned.</param>
    /// <param name="wide">Whether to use vectors of 512 bits.</param>
    public static void Add(float* x, nint stride, int rows, float* part, int count, float* sums, bool wide)
    {
        var row = 0;
        if (wide)
        {
            for (; row + 6 <= rows; row += 6)
            {
                WideSix(x + (row * stride), stride, part, count, sums + (row * Width));
            }

            for (; row + 3 <= rows; row += 3)
            {
                WideThree(x + (row * stride), stride, part, count, sums + (row * Width));
            }

            for (; row < rows; row++)
            {
                WideOne(x + (row * stride), part, count, sums + (row * Width));
            }

            return;
        }

        NarrowProduct.Add(x, stride, rows, part, count, sums);
    }

    // 24 sums, 4 vectors of the weight and one of the input fill 29 of the 32 registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WideSix(float* x, nint stride, float* part, int count, float* sums)
    {
        float* x0 = x, x1 = x0 + stride, x2 = x1 + stride, x3 = x2 + stride, x4 = x3 + stride, x5 = x4 + stride;
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
        Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default;
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default;
        Vector512<float> d0 = default, d1 = default, d2 = default, d3 = default;
        Vector512<float> e0 = default, e1 = default, e2 = default, e3 = default;
        Vector512<float> f0 = default, f1 = default, f2 = default, f3 = default;
        for (nint k = 0; k < count; k++, part += Width)
        {
            var w0 = Vector512.LoadAligned(part);
            var w1 = Vector512.LoadAligned(part + 16);
            var w2 = Vector512.LoadAligned(part + 32);
            var w3 = Vector512.LoadAligned(part + 48);
            var v = Vector512.Create(x0[k]);
            a0 = Vector512.FusedMultiplyAdd(v, w0, a0);
            a1 = Vector512.FusedMultiplyAdd(v, w1, a1);
            a2 = Vector512.FusedMultiplyAdd(v, w2, a2);
            a3 = Vector512.FusedMultiplyAdd(v, w3, a3);
            v = Vector512.Create(x1[k]);
            b0 = Vector512.FusedMultiplyAdd(v, w0, b0);
            b1 = Vector512.FusedMultiplyAdd(v, w1, b1);
            b2 = Vector512.FusedMultiplyAdd(v, w2, b2);
            b3 = Vector512.FusedMultiplyAdd(v, w3, b3);
            v = Vector512.Create(x2[k]);
            c0 = Vector512.FusedMultiplyAdd(v, w0, c0);
            c1 = Vector512.FusedMultiplyAdd(v, w1, c1);
            c2 = Vector512.FusedMultiplyAdd(v, w2, c2);
            c3 = Vector512.FusedMultiplyAdd(v, w3, c3);
            v = Vector512.Create(x3[k]);
            d0 = Vector512.FusedMultiplyAdd(v, w0, d0);
            d1 = Vector512.FusedMultiplyAdd(v, w1, d1);
            d2 = Vector512.FusedMultiplyAdd(v, w2, d2);
            d3 = Vector512.FusedMultiplyAdd(v, w3, d3);
            v = Vector512.Create(x4[k]);
            e0 = Vector512.FusedMultiplyAdd(v, w0, e0);
            e1 = Vector512.FusedMultiplyAdd(v, w1, e1);
            e2 = Vector512.FusedMultiplyAdd(v, w2, e2);
            e3 = Vector512.FusedMultiplyAdd(v, w3, e3);
            v = Vector512.Create(x5[k]);
            f0 = Vector512.FusedMultiplyAdd(v, w0, f0);
            f1 = Vector512.FusedMultiplyAdd(v, w1, f1);
            f2 = Vector512.FusedMultiplyAdd(v, w2, f2);
            f3 = Vector512.FusedMultiplyAdd(v, w3, f3);
        }

        WideAdd(sums, a0, a1, a2, a3);
        WideAdd(sums + Width, b0, b1, b2, b3);
        WideAdd(sums + (2 * Width), c0, c1, c2, c3);
        WideAdd(sums + (3 * Width), d0, d1, d2, d3);
        WideAdd(sums + (4 * Width), e0, e1, e2, e3);
        WideAdd(sums + (5 * Width), f0, f1, f2, f3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WideThree(float* x, nint stride, float* part, int count, float* sums)
    {
        float* x0 = x, x1 = x0 + stride, x2 = x1 + stride;
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
        Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default;
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default;
        for (nint k = 0; k < count; k++, part += Width)
        {
            var w0 = Vector512.LoadAligned(part);
            var w1 = Vector512.LoadAligned(part + 16);
            var w2 = Vector512.LoadAligned(part + 32);
            var w3 = Vector512.LoadAligned(part + 48);
            var v = Vector512.Create(x0[k]);
            a0 = Vector512.FusedMultiplyAdd(v, w0, a0);
            a1 = Vector512.FusedMultiplyAdd(v, w1, a1);
            a2 = Vector512.FusedMultiplyAdd(v, w2, a2);
            a3 = Vector512.FusedMultiplyAdd(v, w3, a3);
            v = Vector512.Create(x1[k]);
            b0 = Vector512.FusedMultiplyAdd(v, w0, b0);
            b1 = Vector512.FusedMultiplyAdd(v, w1, b1);
            b2 = Vector512.FusedMultiplyAdd(v, w2, b2);
            b3 = Vector512.FusedMultiplyAdd(v, w3, b3);
            v = Vector512.Create(x2[k]);
            c0 = Vector512.FusedMultiplyAdd(v, w0, c0);
            c1 = Vector512.FusedMultiplyAdd(v, w1, c1);
            c2 = Vector512.FusedMultiplyAdd(v, w2, c2);
            c3 = Vector512.FusedMultiplyAdd(v, w3, c3);
        }

        WideAdd(sums, a0, a1, a2, a3);
        WideAdd(sums + Width, b0, b1, b2, b3);
        WideAdd(sums + (2 * Width), c0, c1, c2, c3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WideOne(float* x, float* part, int count, float* sums)
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
        for (nint k = 0; k < count; k++, part += Width)
        {
            var v = Vector512.Create(x[k]);
            a0 = Vector512.FusedMultiplyAdd(v, Vector512.LoadAligned(part), a0);
            a1 = Vector512.FusedMultiplyAdd(v, Vector512.LoadAligned(part + 16), a1);
            a2 = Vector512.FusedMultiplyAdd(v, Vector512.LoadAligned(part + 32), a2);
            a3 = Vector512.FusedMultiplyAdd(v, Vector512.LoadAligned(part + 48), a3);
        }

        WideAdd(sums, a0, a1, a2, a3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WideAdd(float* sums, Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        Vector512.StoreAligned(Vector512.LoadAligned(sums) + a, sums);
        Vector512.StoreAligned(Vector512.LoadAligned(sums + 16) + b, sums + 16);
        Vector512.StoreAligned(Vector512.LoadAligned(sums + 32) + c, sums + 32);
        Vector512.StoreAligned(Vector512.LoadAligned(sums + 48) + d, sums + 48);
    }
}

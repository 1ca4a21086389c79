using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AlignedProbing.Probing.Probes;

/// <summary>
/// Dense symmetric algebra in float64: the lower triangle, row by row. Lanes and order of additions are fixed, as in <see cref="ProbeKernels"/>.
/// </summary>
internal static unsafe class SymmetricKernels
{
    /// <summary>Columns handled at a time: so many of all rows stay in the second-level cache.</summary>
    public const int Panel = 96;

    /// <summary>Sums that a product of two series is added up in.</summary>
    public const int DotLanes = 8;

    /// <summary>The products of all pairs of rows: result[i][j] = x[i] · x[j] for j up to i.</summary>
    /// <param name="x">The rows, padded with zeros to a multiple of 4.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Their length, a multiple of 4.</param>
    /// <param name="stride">Numbers from one row to the next.</param>
    /// <param name="result">Where to; zero at the start.</param>
    /// <param name="resultStride">Numbers from one of its rows to the next.</param>
    public static void Gram(double* x, int rows, int columns, long stride, double* result, long resultStride)
    {
        for (var start = 0; start < columns; start += Panel)
        {
            AddProducts(x + start, 0, rows, Math.Min(Panel, columns - start), stride, result, resultStride, 1);
        }
    }

    /// <summary>Cholesky's factor of a symmetric matrix, in its place (lower triangle).</summary>
    /// <param name="matrix">The matrix; what is above the diagonal is not read.</param>
    /// <param name="size">Number of rows.</param>
    /// <param name="stride">Numbers from one row to the next.</param>
    /// <returns>Whether the matrix is positive definite as far as float64 tells; what is in its place otherwise is of no use.</returns>
    public static bool Cholesky(double* matrix, int size, long stride)
    {
        for (var start = 0; start < size; start += Panel)
        {
            var end = Math.Min(start + Panel, size);
            for (var j = start; j < end; j++)
            {
                var row = matrix + (j * stride);
                var pivot = row[j] - Dot(row + start, row + start, j - start);
                if (!(pivot > 0) || !double.IsFinite(pivot))
                {
                    return false;
                }

                var root = Math.Sqrt(pivot);
                row[j] = root;
                for (var i = j + 1; i < size; i++)
                {
                    var other = matrix + (i * stride);
                    other[j] = (other[j] - Dot(other + start, row + start, j - start)) / root;
                }
            }

            AddProducts(matrix + start, end, size, end - start, stride, matrix, stride, -1);
        }

        return true;
    }

    /// <summary>Solves factor · factorᵀ · x = b in the place of b.</summary>
    public static void Solve(double* factor, int size, long stride, double* b)
    {
        for (var i = 0; i < size; i++)
        {
            b[i] = (b[i] - Dot(factor + (i * stride), b, i)) / factor[(i * stride) + i];
        }

        // The transpose is used row by row too, so that memory is read in order.
        for (var i = size - 1; i >= 0; i--)
        {
            var row = factor + (i * stride);
            b[i] /= row[i];
            AddScaled(b, row, -b[i], i);
        }
    }

    /// <summary>The product of two series.</summary>
    public static double Dot(double* a, double* b, int length)
    {
        var (s0, s1) = (Vector256<double>.Zero, Vector256<double>.Zero);
        AddLanes(a, b, length, ref s0, ref s1);
        return AddRest(a, b, length, Sum(s0 + s1));
    }

    /// <summary>Adds a part of two series to the sums of their product. Parts but for the last are multiples of <see cref="DotLanes"/> long.</summary>
    /// <param name="a">The part of one series.</param>
    /// <param name="b">The part of the other.</param>
    /// <param name="length">Its length.</param>
    /// <param name="lanes">The sums, <see cref="DotLanes"/> of them; zero before the first part.</param>
    public static void AddDot(double* a, double* b, int length, double* lanes)
    {
        var (s0, s1) = (Vector256.Load(lanes), Vector256.Load(lanes + 4));
        AddLanes(a, b, length, ref s0, ref s1);
        s0.Store(lanes);
        s1.Store(lanes + 4);
    }

    /// <summary>The product, from the sums of all parts and what the last part has beyond a multiple of <see cref="DotLanes"/>.</summary>
    public static double EndDot(double* a, double* b, int length, double* lanes) =>
        AddRest(a, b, length, Sum(Vector256.Load(lanes) + Vector256.Load(lanes + 4)));

    /// <summary>Adds a multiple of a series to another.</summary>
    public static void AddScaled(double* to, double* from, double scale, int length)
    {
        var factor = Vector256.Create(scale);
        var i = 0;
        for (; i <= length - 4; i += 4)
        {
            Vector256.FusedMultiplyAdd(Vector256.Load(from + i), factor, Vector256.Load(to + i)).Store(to + i);
        }

        for (; i < length; i++)
        {
            to[i] = Math.FusedMultiplyAdd(from[i], scale, to[i]);
        }
    }

    // result[i][j] += sign * (x[i] · x[j]) for first <= j <= i < rows, in blocks of four by two; blocks on the diagonal write a little above it, which nobody
    // reads.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddProducts(double* x, int first, int rows, int columns, long stride, double* result, long resultStride, double sign)
    {
        var products = stackalloc double[8];
        for (var i = first; i < rows; i += 4)
        {
            var high = Math.Min(4, rows - i);
            var x0 = x + (i * stride);
            var x1 = x + (Math.Min(i + 1, rows - 1) * stride);
            var x2 = x + (Math.Min(i + 2, rows - 1) * stride);
            var x3 = x + (Math.Min(i + 3, rows - 1) * stride);
            for (var j = first; j < i + high; j += 2)
            {
                var wide = Math.Min(2, rows - j);
                Products(x0, x1, x2, x3, x + (j * stride), x + ((j + wide - 1) * stride), columns, products);
                for (var b = 0; b < high; b++)
                {
                    for (var c = 0; c < wide; c++)
                    {
                        result[((i + b) * resultStride) + j + c] += sign * products[(b * 2) + c];
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Products(double* x0, double* x1, double* x2, double* x3, double* y0, double* y1, int columns, double* products)
    {
        var (a00, a01, a10, a11) = (Vector256<double>.Zero, Vector256<double>.Zero, Vector256<double>.Zero, Vector256<double>.Zero);
        var (a20, a21, a30, a31) = (Vector256<double>.Zero, Vector256<double>.Zero, Vector256<double>.Zero, Vector256<double>.Zero);
        nint i = 0;
        for (; i <= columns - 4; i += 4)
        {
            var b0 = Vector256.Load(y0 + i);
            var b1 = Vector256.Load(y1 + i);
            var a = Vector256.Load(x0 + i);
            a00 = Vector256.FusedMultiplyAdd(a, b0, a00);
            a01 = Vector256.FusedMultiplyAdd(a, b1, a01);
            a = Vector256.Load(x1 + i);
            a10 = Vector256.FusedMultiplyAdd(a, b0, a10);
            a11 = Vector256.FusedMultiplyAdd(a, b1, a11);
            a = Vector256.Load(x2 + i);
            a20 = Vector256.FusedMultiplyAdd(a, b0, a20);
            a21 = Vector256.FusedMultiplyAdd(a, b1, a21);
            a = Vector256.Load(x3 + i);
            a30 = Vector256.FusedMultiplyAdd(a, b0, a30);
            a31 = Vector256.FusedMultiplyAdd(a, b1, a31);
        }

        products[0] = Sum(a00);
        products[1] = Sum(a01);
        products[2] = Sum(a10);
        products[3] = Sum(a11);
        products[4] = Sum(a20);
        products[5] = Sum(a21);
        products[6] = Sum(a30);
        products[7] = Sum(a31);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddLanes(double* a, double* b, int length, ref Vector256<double> s0, ref Vector256<double> s1)
    {
        for (var i = 0; i <= length - DotLanes; i += DotLanes)
        {
            s0 = Vector256.FusedMultiplyAdd(Vector256.Load(a + i), Vector256.Load(b + i), s0);
            s1 = Vector256.FusedMultiplyAdd(Vector256.Load(a + i + 4), Vector256.Load(b + i + 4), s1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double AddRest(double* a, double* b, int length, double sum)
    {
        for (var i = length / DotLanes * DotLanes; i < length; i++)
        {
            sum = Math.FusedMultiplyAdd(a[i], b[i], sum);
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Sum(Vector256<double> lanes)
    {
        var two = lanes.GetLower() + lanes.GetUpper();
        return two.GetElement(0) + two.GetElement(1);
    }
}

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AlignedProbing.Torch.Kernels;

/// <summary>Arithmetic on vectors of float32 whose result for an element never depends on its neighbours.</summary>
internal static class VectorMath
{
    /// <summary>Elements of a vector on this machine.</summary>
    public static int Lanes => Vector<float>.Count;

    /// <summary>sums += factor * values, element by element.</summary>
    /// <param name="sums">What is added to.</param>
    /// <param name="values">As many.</param>
    /// <param name="factor">What they are multiplied by.</param>
    public static void AddScaled(Span<float> sums, ReadOnlySpan<float> values, float factor)
    {
        var (factors, i) = (Vector.Create(factor), 0);
        for (; i + Lanes <= sums.Length; i += Lanes)
        {
            Vector.FusedMultiplyAdd(factors, new Vector<float>(values[i..]), new Vector<float>(sums[i..])).CopyTo(sums[i..]);
        }

        for (; i < sums.Length; i++)
        {
            sums[i] = MathF.FusedMultiplyAdd(factor, values[i], sums[i]);
        }
    }

    /// <summary>The next multiple of <see cref="Lanes"/>.</summary>
    public static int RoundUp(int count) => (count + Lanes - 1) / Lanes * Lanes;

    /// <summary>
    /// e to the x, within 2 units in the last place; 0 below -87.3 (the smallest normal float32), infinity above 88.72, NaN for NaN.
    /// Method: x = n ln 2 + r with |r| at most ln 2 / 2, a polynomial of degree 6 in r (Cephes' coefficients), and n added to the exponent.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Exp(Vector<float> x)
    {
        var low = Vector.Create(-87.3f);
        var high = Vector.Create(88.722f);
        var clamped = Vector.MinNative(Vector.MaxNative(x, low), high);
        // Adding and subtracting 1.5 * 2^23 rounds to the nearest integer.
        var shift = Vector.Create(12582912f);
        var n = (clamped * Vector.Create(ExpCoefficients.InverseLogTwo)) + shift - shift;
        var r = Vector.FusedMultiplyAdd(n, Vector.Create(-ExpCoefficients.LogTwoHigh), clamped);
        r = Vector.FusedMultiplyAdd(n, Vector.Create(-ExpCoefficients.LogTwoLow), r);
        var p = Vector.Create(ExpCoefficients.P0);
        p = Vector.FusedMultiplyAdd(p, r, Vector.Create(ExpCoefficients.P1));
        p = Vector.FusedMultiplyAdd(p, r, Vector.Create(ExpCoefficients.P2));
        p = Vector.FusedMultiplyAdd(p, r, Vector.Create(ExpCoefficients.P3));
        p = Vector.FusedMultiplyAdd(p, r, Vector.Create(ExpCoefficients.P4));
        p = Vector.FusedMultiplyAdd(p, r, Vector.Create(ExpCoefficients.P5));
        p = Vector.FusedMultiplyAdd(p, r * r, r + Vector<float>.One);
        // n reaches 128, one more than an exponent holds: two factors.
        var whole = Vector.ConvertToInt32(n);
        var half = Vector.ShiftRightArithmetic(whole, 1);
        var bias = Vector.Create(127);
        var first = Vector.AsVectorSingle(Vector.ShiftLeft(half + bias, 23));
        var second = Vector.AsVectorSingle(Vector.ShiftLeft(whole - half + bias, 23));
        var result = p * first * second;
        result = Vector.ConditionalSelect(Vector.LessThan(x, low), Vector<float>.Zero, result);
        result = Vector.ConditionalSelect(Vector.GreaterThan(x, high), Vector.Create(float.PositiveInfinity), result);
        return Vector.ConditionalSelect(Vector.Equals(x, x), result, x);
    }

    /// <summary>e to the x with vectors of 512 bits, for the same results to the bit; only where the processor has them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        var low = Vector512.Create(-87.3f);
        var high = Vector512.Create(88.722f);
        var clamped = Vector512.MinNative(Vector512.MaxNative(x, low), high);
        var shift = Vector512.Create(12582912f);
        var n = (clamped * Vector512.Create(ExpCoefficients.InverseLogTwo)) + shift - shift;
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-ExpCoefficients.LogTwoHigh), clamped);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-ExpCoefficients.LogTwoLow), r);
        var p = Vector512.Create(ExpCoefficients.P0);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(ExpCoefficients.P1));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(ExpCoefficients.P2));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(ExpCoefficients.P3));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(ExpCoefficients.P4));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(ExpCoefficients.P5));
        p = Vector512.FusedMultiplyAdd(p, r * r, r + Vector512<float>.One);
        var result = Avx512F.Scale(p, n);
        result = Vector512.ConditionalSelect(Vector512.LessThan(x, low), Vector512<float>.Zero, result);
        result = Vector512.ConditionalSelect(Vector512.GreaterThan(x, high), Vector512.Create(float.PositiveInfinity), result);
        return Vector512.ConditionalSelect(Vector512.Equals(x, x), result, x);
    }

    /// <summary>e to the x for one element, by the same arithmetic.</summary>
    public static float Exp(float x) => Exp(Vector.Create(x))[0];

    /// <summary>
    /// The hyperbolic tangent, within 2 units in the last place. Method: below 0.625 a polynomial in x² (Cephes' coefficients), above it 1 - 2 / (exp(2x) + 1).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Tanh(Vector<float> x)
    {
        var size = Vector.Abs(x);
        var square = x * x;
        var p = Vector.Create(-5.70498872745e-3f);
        p = Vector.FusedMultiplyAdd(p, square, Vector.Create(2.06390887954e-2f));
        p = Vector.FusedMultiplyAdd(p, square, Vector.Create(-5.37397155531e-2f));
        p = Vector.FusedMultiplyAdd(p, square, Vector.Create(1.33314422036e-1f));
        p = Vector.FusedMultiplyAdd(p, square, Vector.Create(-3.33332819422e-1f));
        var small = Vector.FusedMultiplyAdd(p * square, x, x);
        var large = Vector.CopySign(Vector<float>.One - (Vector.Create(2f) / (Exp(size + size) + Vector<float>.One)), x);
        return Vector.ConditionalSelect(Vector.LessThan(size, Vector.Create(0.625f)), small, large);
    }

    /// <summary>The sum, in a fixed order.</summary>
    public static unsafe float Sum(float* x, int count)
    {
        var lanes = Lanes;
        Vector<float> a = default, b = default;
        var i = 0;
        for (; i + (2 * lanes) <= count; i += 2 * lanes)
        {
            a += Vector.Load(x + i);
            b += Vector.Load(x + i + lanes);
        }

        var sum = Vector.Sum(a + b);
        for (; i < count; i++)
        {
            sum += x[i];
        }

        return sum;
    }

    /// <summary>The sum of squares, in a fixed order.</summary>
    public static unsafe float SumOfSquares(float* x, int count)
    {
        var lanes = Lanes;
        Vector<float> a = default, b = default, c = default, d = default;
        var i = 0;
        for (; i + (4 * lanes) <= count; i += 4 * lanes)
        {
            var (x0, x1, x2, x3) = (Vector.Load(x + i), Vector.Load(x + i + lanes), Vector.Load(x + i + (2 * lanes)), Vector.Load(x + i + (3 * lanes)));
            a = Vector.FusedMultiplyAdd(x0, x0, a);
            b = Vector.FusedMultiplyAdd(x1, x1, b);
            c = Vector.FusedMultiplyAdd(x2, x2, c);
            d = Vector.FusedMultiplyAdd(x3, x3, d);
        }

        var sum = Vector.Sum(a + b + (c + d));
        for (; i < count; i++)
        {
            sum += x[i] * x[i];
        }

        return sum;
    }
}

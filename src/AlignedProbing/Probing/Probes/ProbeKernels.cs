using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using AlignedProbing.Probing.Training;

namespace AlignedProbing.Probing.Probes;

/// <summary>
/// The two inner loops of training. Vectors have eight lanes on every machine (two registers of four where there are no eight) and products are fused
/// everywhere, so results do not depend on the machine's vector width. Columns come in multiples of 16, padded with zeros.
/// </summary>
internal static unsafe class ProbeKernels
{
    /// <summary>Dot products of four rows with probes' weights.</summary>
    /// <param name="x0">The first row.</param>
    /// <param name="x1">The second.</param>
    /// <param name="x2">The third.</param>
    /// <param name="x3">The fourth.</param>
    /// <param name="columns">Their length.</param>
    /// <param name="weights">The probes' weights.</param>
    /// <param name="probes">Number of probes.</param>
    /// <param name="results">Where to: of probe k the four results lie at <c>k * resultStride</c>.</param>
    /// <param name="resultStride">See there.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Dots(float* x0, float* x1, float* x2, float* x3, int columns, float** weights, int probes, float* results, int resultStride)
    {
        var k = 0;
        for (; k + 1 < probes; k += 2)
        {
            var w0 = weights[k];
            var w1 = weights[k + 1];
            var (a00, a01, a02, a03) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
            var (a10, a11, a12, a13) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
            for (nint i = 0; i < columns; i += 8)
            {
                var v0 = Vector256.Load(w0 + i);
                var v1 = Vector256.Load(w1 + i);
                var x = Vector256.Load(x0 + i);
                a00 = Vector256.FusedMultiplyAdd(x, v0, a00);
                a10 = Vector256.FusedMultiplyAdd(x, v1, a10);
                x = Vector256.Load(x1 + i);
                a01 = Vector256.FusedMultiplyAdd(x, v0, a01);
                a11 = Vector256.FusedMultiplyAdd(x, v1, a11);
                x = Vector256.Load(x2 + i);
                a02 = Vector256.FusedMultiplyAdd(x, v0, a02);
                a12 = Vector256.FusedMultiplyAdd(x, v1, a12);
                x = Vector256.Load(x3 + i);
                a03 = Vector256.FusedMultiplyAdd(x, v0, a03);
                a13 = Vector256.FusedMultiplyAdd(x, v1, a13);
            }

            Store(results + (k * resultStride), a00, a01, a02, a03);
            Store(results + ((k + 1) * resultStride), a10, a11, a12, a13);
        }

        if (k < probes)
        {
            var w0 = weights[k];
            var (a00, a01, a02, a03) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
            for (nint i = 0; i < columns; i += 8)
            {
                var v0 = Vector256.Load(w0 + i);
                a00 = Vector256.FusedMultiplyAdd(Vector256.Load(x0 + i), v0, a00);
                a01 = Vector256.FusedMultiplyAdd(Vector256.Load(x1 + i), v0, a01);
                a02 = Vector256.FusedMultiplyAdd(Vector256.Load(x2 + i), v0, a02);
                a03 = Vector256.FusedMultiplyAdd(Vector256.Load(x3 + i), v0, a03);
            }

            Store(results + (k * resultStride), a00, a01, a02, a03);
        }
    }

    /// <summary>One step of Adam for several probes: the gradient of 16 columns is made and used at once, so it is never stored.</summary>
    /// <param name="batch">Sixteen examples, dropout applied.</param>
    /// <param name="batchStride">Floats from one example to the next.</param>
    /// <param name="columns">Length of an example.</param>
    /// <param name="factors">Of probe k the sixteen derivatives of the loss by the prediction, at <c>16 * k</c>; 0 for examples that are not there.</param>
    /// <param name="weights">The probes' weights.</param>
    /// <param name="moments">The probes' moments: the first, and at <paramref name="secondMoment"/> floats after it the second.</param>
    /// <param name="secondMoment">See there.</param>
    /// <param name="probes">Number of probes.</param>
    /// <param name="step">The step's constants.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Step(
        float* batch,
        int batchStride,
        int columns,
        float* factors,
        float** weights,
        float** moments,
        int secondMoment,
        int probes,
        AdamStep step)
    {
        for (nint i = 0; i < columns; i += 16)
        {
            var k = 0;
            for (; k + 3 < probes; k += 4)
            {
                var (a0, a1, a2, a3) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
                var (b0, b1, b2, b3) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
                var x = batch + i;
                var factor = factors + (16 * k);
                for (var row = 0; row < 16; row++)
                {
                    var low = Vector256.Load(x);
                    var high = Vector256.Load(x + 8);
                    var f = Vector256.Create(factor[row]);
                    a0 = Vector256.FusedMultiplyAdd(f, low, a0);
                    b0 = Vector256.FusedMultiplyAdd(f, high, b0);
                    f = Vector256.Create(factor[row + 16]);
                    a1 = Vector256.FusedMultiplyAdd(f, low, a1);
                    b1 = Vector256.FusedMultiplyAdd(f, high, b1);
                    f = Vector256.Create(factor[row + 32]);
                    a2 = Vector256.FusedMultiplyAdd(f, low, a2);
                    b2 = Vector256.FusedMultiplyAdd(f, high, b2);
                    f = Vector256.Create(factor[row + 48]);
                    a3 = Vector256.FusedMultiplyAdd(f, low, a3);
                    b3 = Vector256.FusedMultiplyAdd(f, high, b3);
                    x += batchStride;
                }

                Adam(weights[k] + i, moments[k] + i, secondMoment, a0, b0, step);
                Adam(weights[k + 1] + i, moments[k + 1] + i, secondMoment, a1, b1, step);
                Adam(weights[k + 2] + i, moments[k + 2] + i, secondMoment, a2, b2, step);
                Adam(weights[k + 3] + i, moments[k + 3] + i, secondMoment, a3, b3, step);
            }

            if (k + 1 < probes)
            {
                var (a0, a1, b0, b1) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
                var x = batch + i;
                var factor = factors + (16 * k);
                for (var row = 0; row < 16; row++)
                {
                    var low = Vector256.Load(x);
                    var high = Vector256.Load(x + 8);
                    var f = Vector256.Create(factor[row]);
                    a0 = Vector256.FusedMultiplyAdd(f, low, a0);
                    b0 = Vector256.FusedMultiplyAdd(f, high, b0);
                    f = Vector256.Create(factor[row + 16]);
                    a1 = Vector256.FusedMultiplyAdd(f, low, a1);
                    b1 = Vector256.FusedMultiplyAdd(f, high, b1);
                    x += batchStride;
                }

                Adam(weights[k] + i, moments[k] + i, secondMoment, a0, b0, step);
                Adam(weights[k + 1] + i, moments[k + 1] + i, secondMoment, a1, b1, step);
                k += 2;
            }

            if (k < probes)
            {
                var (a0, b0) = (Vector256<float>.Zero, Vector256<float>.Zero);
                var x = batch + i;
                for (var row = 0; row < 16; row++)
                {
                    var f = Vector256.Create(factors[(16 * k) + row]);
                    a0 = Vector256.FusedMultiplyAdd(f, Vector256.Load(x), a0);
                    b0 = Vector256.FusedMultiplyAdd(f, Vector256.Load(x + 8), b0);
                    x += batchStride;
                }

                Adam(weights[k] + i, moments[k] + i, secondMoment, a0, b0, step);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Adam(float* weights, float* moments, int secondMoment, Vector256<float> low, Vector256<float> high, in AdamStep step)
    {
        Adam(weights, moments, moments + secondMoment, low, step);
        Adam(weights + 8, moments + 8, moments + secondMoment + 8, high, step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Adam(float* weights, float* first, float* second, Vector256<float> gradient, in AdamStep step)
    {
        var m = Vector256.Load(first);
        m = Vector256.FusedMultiplyAdd(gradient - m, Vector256.Create(AdamStep.FirstShare), m);
        m.Store(first);
        var v = Vector256.FusedMultiplyAdd(
            gradient * Vector256.Create(AdamStep.SecondShare),
            gradient,
            Vector256.Load(second) * Vector256.Create(AdamStep.SecondDecay));
        v.Store(second);
        var denominator = Vector256.FusedMultiplyAdd(Vector256.Sqrt(v), Vector256.Create(step.SecondCorrection), Vector256.Create(AdamStep.Epsilon));
        Vector256.FusedMultiplyAdd(Vector256.Create(step.NegativeRate), m / denominator, Vector256.Load(weights)).Store(weights);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* results, Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d)
    {
        results[0] = Sum(a);
        results[1] = Sum(b);
        results[2] = Sum(c);
        results[3] = Sum(d);
    }

    /// <summary>The sum of the lanes; spelled out, since the order in which Vector256.Sum adds is the machine's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector256<float> lanes)
    {
        var four = lanes.GetLower() + lanes.GetUpper();
        var two = four + Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1));
        return two.GetElement(0) + two.GetElement(1);
    }
}

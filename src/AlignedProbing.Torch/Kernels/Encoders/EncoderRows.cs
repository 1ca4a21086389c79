using System.Numerics;

namespace AlignedProbing.Torch.Kernels.Encoders;

/// <summary>Operations on one row of float32 numbers that encoders have and decoders mostly have not. None of them reads another row.</summary>
internal static unsafe class EncoderRows
{
    /// <summary>y = weight * (y - mean) / sqrt(variance + epsilon) + bias, in place. Source: Ba et al. 2016.</summary>
    /// <param name="y">The row.</param>
    /// <param name="weight">Its weight.</param>
    /// <param name="bias">Its bias; null for none.</param>
    /// <param name="width">Number of elements.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public static void LayerNorm(float* y, float* weight, float* bias, int width, float epsilon)
    {
        var mean = Sum(y, width) / width;
        var means = Vector.Create(mean);
        Vector<float> squares = default;
        var i = 0;
        for (; i + Vector<float>.Count <= width; i += Vector<float>.Count)
        {
            var centred = Vector.Load(y + i) - means;
            squares = Vector.FusedMultiplyAdd(centred, centred, squares);
        }

        var sum = Vector.Sum(squares);
        for (; i < width; i++)
        {
            sum += (y[i] - mean) * (y[i] - mean);
        }

        var scale = 1f / MathF.Sqrt((sum / width) + epsilon);
        var scales = Vector.Create(scale);
        i = 0;
        for (; i + Vector<float>.Count <= width; i += Vector<float>.Count)
        {
            var normed = (Vector.Load(y + i) - means) * scales;
            Vector.Store(
                bias is null ? normed * Vector.Load(weight + i) : Vector.FusedMultiplyAdd(normed, Vector.Load(weight + i), Vector.Load(bias + i)),
                y + i);
        }

        for (; i < width; i++)
        {
            var normed = (y[i] - mean) * scale;
            y[i] = bias is null ? normed * weight[i] : MathF.FusedMultiplyAdd(normed, weight[i], bias[i]);
        }
    }

    /// <summary>y = gelu(y) in its exact form, y/2 (1 + erf(y / sqrt 2)), in place. Source: Hendrycks and Gimpel 2016.</summary>
    public static void Gelu(float* y, int width)
    {
        var i = 0;
        for (; i + Vector<float>.Count <= width; i += Vector<float>.Count)
        {
            Vector.Store(Gelu(Vector.Load(y + i)), y + i);
        }

        for (; i < width; i++)
        {
            y[i] = Gelu(Vector.Create(y[i]))[0];
        }
    }

    /// <summary>y = gelu(input) * gate.</summary>
    public static void GeluGate(float* input, float* gate, float* y, int width)
    {
        var i = 0;
        for (; i + Vector<float>.Count <= width; i += Vector<float>.Count)
        {
            Vector.Store(Gelu(Vector.Load(input + i)) * Vector.Load(gate + i), y + i);
        }

        for (; i < width; i++)
        {
            y[i] = Gelu(Vector.Create(input[i]))[0] * gate[i];
        }
    }

    /// <summary>
    /// The error function, within 4e-7 of the result: x P(x²) / Q(x²) below 3.95, where float32 has reached 1, and constant after it. P of degree 6 and Q of
    /// degree 5 were fitted to the least largest relative error (1.9e-9 in exact arithmetic).
    /// </summary>
    public static Vector<float> Erf(Vector<float> x)
    {
        x = Vector.Min(Vector.Max(x, Vector.Create(-3.95f)), Vector.Create(3.95f));
        var z = x * x;
        var p = Vector.Create(-1.296729982e-08f);
        p = Vector.FusedMultiplyAdd(p, z, Vector.Create(4.640484924e-06f));
        p = Vector.FusedMultiplyAdd(p, z, Vector.Create(3.779385323e-04f));
        p = Vector.FusedMultiplyAdd(p, z, Vector.Create(3.843366052e-03f));
        p = Vector.FusedMultiplyAdd(p, z, Vector.Create(5.427477912e-02f));
        p = Vector.FusedMultiplyAdd(p, z, Vector.Create(1.851688106e-01f));
        p = Vector.FusedMultiplyAdd(p, z, Vector.Create(1.128379169e+00f));
        var q = Vector.Create(6.269298340e-05f);
        q = Vector.FusedMultiplyAdd(q, z, Vector.Create(1.304063916e-03f));
        q = Vector.FusedMultiplyAdd(q, z, Vector.Create(1.544371514e-02f));
        q = Vector.FusedMultiplyAdd(q, z, Vector.Create(1.139109378e-01f));
        q = Vector.FusedMultiplyAdd(q, z, Vector.Create(4.974349950e-01f));
        q = Vector.FusedMultiplyAdd(q, z, Vector<float>.One);
        return Vector.Min(Vector.Max(x * p / q, Vector.Create(-1f)), Vector<float>.One);
    }

    private static Vector<float> Gelu(Vector<float> x)
    {
        var half = x * Vector.Create(0.5f);
        return Vector.FusedMultiplyAdd(half, Erf(x * Vector.Create(0.70710678f)), half);
    }

    private static float Sum(float* x, int width)
    {
        Vector<float> sums = default;
        var i = 0;
        for (; i + VectorMath.Lanes <= width; i += VectorMath.Lanes)
        {
            sums += Vector.Load(x + i);
        }

        var sum = Vector.Sum(sums);
        for (; i < width; i++)
        {
            sum += x[i];
        }

        return sum;
    }
}

using System.Numerics;

namespace AlignedProbing.Torch.Kernels;

/// <summary>Activations of float32 numbers in place; the result for an element never depends on its neighbours.</summary>
internal static unsafe class ActivationKernels
{
    /// <summary>Puts numbers through an activation.</summary>
    public static void Apply(Activation activation, float* x, long count)
    {
        var i = 0L;
        for (; i + Vector<float>.Count <= count; i += Vector<float>.Count)
        {
            Vector.Store(Of(activation, Vector.Load(x + i)), x + i);
        }

        for (; i < count; i++)
        {
            x[i] = Of(activation, Vector.Create(x[i]))[0];
        }
    }

    private static Vector<float> Of(Activation activation, Vector<float> x) => activation switch
    {
        Activation.Relu => Vector.Max(x, Vector<float>.Zero),
        Activation.Gelu => Gelu(x),
        Activation.GeluTanh => GeluTanh(x),
        Activation.Silu => x / (Vector<float>.One + VectorMath.Exp(-x)),
        Activation.Relu2 => Vector.Max(x, Vector<float>.Zero) * Vector.Max(x, Vector<float>.Zero),
        Activation.QuickGelu => x / (Vector<float>.One + VectorMath.Exp(x * Vector.Create(-1.702f))),
        Activation.Sigmoid => Vector<float>.One / (Vector<float>.One + VectorMath.Exp(-x)),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "Not an activation."),
    };

    /// <summary>
    /// x times the normal distribution's cumulative function, within 1e-7 |x|: the share beyond |x| is exp(-x²/2) times half a polynomial of degree 5 in 1 / (1
    /// + 0.3275911 |x| / sqrt(2)). Source: Abramowitz and Stegun 1964, 7.1.26.
    /// </summary>
    private static Vector<float> Gelu(Vector<float> x)
    {
        var size = Vector.Abs(x);
        var t = Vector<float>.One / Vector.FusedMultiplyAdd(size, Vector.Create(0.231641888f), Vector<float>.One);
        var p = Vector.Create(0.5307027145f);
        p = Vector.FusedMultiplyAdd(p, t, Vector.Create(-0.7265760135f));
        p = Vector.FusedMultiplyAdd(p, t, Vector.Create(0.7107068705f));
        p = Vector.FusedMultiplyAdd(p, t, Vector.Create(-0.142248368f));
        p = Vector.FusedMultiplyAdd(p, t, Vector.Create(0.127414796f));
        var beyond = p * t * VectorMath.Exp(x * x * Vector.Create(-0.5f));
        return x * Vector.ConditionalSelect(Vector.LessThan(x, Vector<float>.Zero), beyond, Vector<float>.One - beyond);
    }

    /// <summary>
    /// gelu in its tanh form; as 0.5 (1 + tanh(u)) = 1 / (1 + exp(-2u)), it is x / (1 + exp(-2 sqrt(2 / pi) (x + 0.044715 x³))). Source: Hendrycks and Gimpel
    /// 2016.
    /// </summary>
    public static Vector<float> GeluTanh(Vector<float> x)
    {
        // -2 sqrt(2 / pi), and 0.044715 times that.
        var u = x * Vector.FusedMultiplyAdd(x * x, Vector.Create(-0.0713548163f), Vector.Create(-1.5957691216f));
        return x / (Vector<float>.One + VectorMath.Exp(u));
    }
}

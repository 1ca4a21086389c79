using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AlignedProbing.Torch.Kernels;

/// <summary>Operations on one row of float32 numbers. None of them reads another row, so a row's result is the same in every batch.</summary>
internal static unsafe class RowKernels
{
    /// <summary>Root-mean-square norm: y = weight * (x / sqrt(mean(x²) + epsilon)). Source: Zhang and Sennrich 2019, in Llama's order of operations.</summary>
    public static void RmsNorm(float* x, float* weight, float* y, int width, float epsilon)
    {
        var scale = 1f / MathF.Sqrt((VectorMath.SumOfSquares(x, width) / width) + epsilon);
        var scales = Vector.Create(scale);
        var i = 0;
        for (; i + Vector<float>.Count <= width; i += Vector<float>.Count)
        {
            Vector.Store(Vector.Load(weight + i) * (Vector.Load(x + i) * scales), y + i);
        }

        for (; i < width; i++)
        {
            y[i] = weight[i] * (x[i] * scale);
        }
    }

    /// <summary>Layer norm: y = weight * (x - mean(x)) / sqrt(mean((x - mean(x))²) + epsilon) + bias. Source: Ba, Kiros and Hinton 2016.</summary>
    public static void LayerNorm(float* x, float* weight, float* bias, float* y, int width, float epsilon)
    {
        var mean = VectorMath.Sum(x, width) / width;
        var means = Vector.Create(mean);
        var i = 0;
        for (; i + Vector<float>.Count <= width; i += Vector<float>.Count)
        {
            Vector.Store(Vector.Load(x + i) - means, y + i);
        }

        for (; i < width; i++)
        {
            y[i] = x[i] - mean;
        }

        var scale = 1f / MathF.Sqrt((VectorMath.SumOfSquares(y, width) / width) + epsilon);
        var scales = Vector.Create(scale);
        for (i = 0; i + Vector<float>.Count <= width; i += Vector<float>.Count)
        {
            Vector.Store(Vector.FusedMultiplyAdd(Vector.Load(y + i) * scales, Vector.Load(weight + i), Vector.Load(bias + i)), y + i);
        }

        for (; i < width; i++)
        {
            y[i] = MathF.FusedMultiplyAdd(y[i] * scale, weight[i], bias[i]);
        }
    }

    /// <summary>y = min(max(y, -limit), limit).</summary>
    public static void Clamp(float* y, int width, float limit)
    {
        var (low, high) = (Vector.Create(-limit), Vector.Create(limit));
        var i = 0;
        for (; i + Vector<float>.Count <= width; i += Vector<float>.Count)
        {
            Vector.Store(Vector.Min(Vector.Max(Vector.Load(y + i), low), high), y + i);
        }

        for (; i < width; i++)
        {
            y[i] = MathF.Min(MathF.Max(y[i], -limit), limit);
        }
    }

    /// <summary>y *= factor.</summary>
    public static void Scale(float* y, int width, float factor)
    {
        var factors = Vector.Create(factor);
        var i = 0;
        for (; i + Vector<float>.Count <= width; i += Vector<float>.Count)
        {
            Vector.Store(Vector.Load(y + i) * factors, y + i);
        }

        for (; i < width; i++)
        {
            y[i] *= factor;
        }
    }

    /// <summary>y = max(y - mean(y) - deviations * sqrt(mean((y - mean(y))²)), 0).</summary>
    public static void KeepAbove(float* y, int width, float deviations)
    {
        var mean = VectorMath.Sum(y, width) / width;
        for (var i = 0; i < width; i++)
        {
            y[i] -= mean;
        }

        var bound = deviations * MathF.Sqrt(VectorMath.SumOfSquares(y, width) / width);
        for (var i = 0; i < width; i++)
        {
            y[i] = MathF.Max(y[i] - bound, 0);
        }
    }

    /// <summary>y = y * sqrt(mean(x²) / max(mean(y²), least)).</summary>
    public static void AsLargeAs(float* y, float* x, int width, float least) => Scale(
        y,
        width,
        MathF.Sqrt(VectorMath.SumOfSquares(x, width) / width / MathF.Max(VectorMath.SumOfSquares(y, width) / width, least)));

    /// <summary>y = cap * tanh(scale * y / cap). Source: Gemma Team 2024, "Gemma 2".</summary>
    public static void SoftCap(float* y, int width, float scale, float cap)
    {
        var (inner, caps) = (Vector.Create(scale / cap), Vector.Create(cap));
        var i = 0;
        for (; i + Vector<float>.Count <= width; i += Vector<float>.Count)
        {
            Vector.Store(caps * VectorMath.Tanh(Vector.Load(y + i) * inner), y + i);
        }

        for (; i < width; i++)
        {
            y[i] = cap * VectorMath.Tanh(Vector.Create(y[i] * (scale / cap)))[0];
        }
    }

    /// <summary>y += x.</summary>
    public static void Add(float* y, float* x, int width)
    {
        var i = 0;
        for (; i + Vector<float>.Count <= width; i += Vector<float>.Count)
        {
            Vector.Store(Vector.Load(y + i) + Vector.Load(x + i), y + i);
        }

        for (; i < width; i++)
        {
            y[i] += x[i];
        }
    }

    /// <summary>y += factor * x, rounded twice as torch's product and sum are.</summary>
    public static void AddScaled(float* y, float* x, int width, float factor)
    {
        var factors = Vector.Create(factor);
        var i = 0;
        for (; i + Vector<float>.Count <= width; i += Vector<float>.Count)
        {
            Vector.Store(Vector.Load(y + i) + (Vector.Load(x + i) * factors), y + i);
        }

        for (; i < width; i++)
        {
            y[i] += x[i] * factor;
        }
    }

    /// <summary>y = silu(gate) * up with silu(g) = g / (1 + exp(-g)). Source: Shazeer 2020, "GLU variants improve transformer".</summary>
    public static void SwiGlu(float* gate, float* up, float* y, int width)
    {
        var i = 0;
        if (Avx512F.IsSupported)
        {
            for (; i + Vector512<float>.Count <= width; i += Vector512<float>.Count)
            {
                var g = Vector512.Load(gate + i);
                Vector512.Store(g / (Vector512<float>.One + VectorMath.Exp(-g)) * Vector512.Load(up + i), y + i);
            }
        }

        for (; i + Vector<float>.Count <= width; i += Vector<float>.Count)
        {
            var g = Vector.Load(gate + i);
            Vector.Store(g / (Vector<float>.One + VectorMath.Exp(-g)) * Vector.Load(up + i), y + i);
        }

        for (; i < width; i++)
        {
            y[i] = gate[i] / (1f + VectorMath.Exp(-gate[i])) * up[i];
        }
    }

    /// <summary>
    /// y = gelu(gate) * up in gelu's tanh form. Source: Shazeer 2020, "GLU variants improve transformer".
    /// </summary>
    public static void GeGlu(float* gate, float* up, float* y, int width)
    {
        var i = 0;
        for (; i + Vector<float>.Count <= width; i += Vector<float>.Count)
        {
            Vector.Store(ActivationKernels.GeluTanh(Vector.Load(gate + i)) * Vector.Load(up + i), y + i);
        }

        for (; i < width; i++)
        {
            y[i] = ActivationKernels.GeluTanh(Vector.Create(gate[i]))[0] * up[i];
        }
    }

    /// <summary>Rotates one head in place, as <see cref="Rotate"/> does, where the pairs are neighbours: elements 2i and 2i + 1.</summary>
    public static void RotateNeighbours(float* head, float* cosine, float* sine, int half)
    {
        for (var i = 0; i < half; i++)
        {
            var (a, b) = (head[2 * i], head[(2 * i) + 1]);
            head[2 * i] = (a * cosine[i]) - (b * sine[i]);
            head[(2 * i) + 1] = (b * cosine[i]) + (a * sine[i]);
        }
    }

    /// <summary>
    /// Rotates one head in place: pairs (i, i + half) turn by the angle whose cosine and sine are given; elements after 2 * half stay.
    /// Source: Su et al. 2021, in the layout of two halves.
    /// </summary>
    public static void Rotate(float* head, float* cosine, float* sine, int half)
    {
        var i = 0;
        for (; i + Vector<float>.Count <= half; i += Vector<float>.Count)
        {
            var (a, b) = (Vector.Load(head + i), Vector.Load(head + half + i));
            var (c, s) = (Vector.Load(cosine + i), Vector.Load(sine + i));
            Vector.Store((a * c) - (b * s), head + i);
            Vector.Store((b * c) + (a * s), head + half + i);
        }

        for (; i < half; i++)
        {
            var (a, b) = (head[i], head[half + i]);
            head[i] = (a * cosine[i]) - (b * sine[i]);
            head[half + i] = (b * cosine[i]) + (a * sine[i]);
        }
    }
}

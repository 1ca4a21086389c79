using System.Numerics;

namespace AlignedProbing.Torch.Models.Kernels;

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

    /// <summary>y = silu(gate) * up with silu(g) = g / (1 + exp(-g)). Source: Shazeer 2020, "GLU variants improve transformer".</summary>
    public static void SwiGlu(float* gate, float* up, float* y, int width)
    {
        var i = 0;
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
    /// Rotates one head in place: pairs (i, i + half) turn by the angle whose cosine and sine are given; elements behind 2 * half stay.
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

using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp;

namespace AlignedProbing.Tools.TrainDemo;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019) on the weights' own memory, in managed code: TorchSharp's optimisers make temporary scalars whose finalizers can free
/// them while they are in use.
/// </summary>
internal sealed class AdamW(IReadOnlyList<(torch.Tensor Weight, bool Decays)> weights, float weightDecay)
{
    private const float Beta1 = 0.9f;
    private const float Beta2 = 0.98f;
    private const float Epsilon = 1e-8f;
    private const float LargestNorm = 1f;
    private readonly float[][] _means = [.. weights.Select(entry => new float[entry.Weight.numel()])];
    private readonly float[][] _squares = [.. weights.Select(entry => new float[entry.Weight.numel()])];
    private int _steps;

    /// <summary>Takes one step along the gradients, scaled down to norm 1 where theirs is larger, and clears them.</summary>
    public void Step(float learningRate)
    {
        _steps++;
        using var scope = torch.NewDisposeScope();
        var gradients = weights.Select(entry => entry.Weight.grad ?? throw new InvalidOperationException("A weight has no gradient.")).ToArray();
        var norm = Math.Sqrt(gradients.Sum(gradient => SumOfSquares(Floats(gradient))));
        var scale = norm > LargestNorm ? (float)(LargestNorm / norm) : 1f;
        var rate = learningRate * MathF.Sqrt(1f - MathF.Pow(Beta2, _steps)) / (1f - MathF.Pow(Beta1, _steps));
        for (var i = 0; i < weights.Count; i++)
        {
            var decay = weights[i].Decays ? learningRate * weightDecay : 0f;
            Update(Floats(weights[i].Weight), Floats(gradients[i]), _means[i], _squares[i], scale, rate, decay);
        }
    }

    /// <summary>The memory of a contiguous float tensor.</summary>
    public static Span<float> Floats(torch.Tensor tensor) =>
        tensor.is_contiguous() ? MemoryMarshal.Cast<byte, float>(tensor.bytes) : throw new InvalidOperationException("The tensor is not contiguous.");

    private static double SumOfSquares(ReadOnlySpan<float> values)
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += (double)value * value;
        }

        return sum;
    }

    private static void Update(Span<float> weights, Span<float> gradients, Span<float> means, Span<float> squares, float scale, float rate, float decay)
    {
        var i = 0;
        for (; i <= weights.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var gradient = new Vector<float>(gradients[i..]) * scale;
            var mean = (new Vector<float>(means[i..]) * Beta1) + (gradient * (1f - Beta1));
            var square = (new Vector<float>(squares[i..]) * Beta2) + (gradient * gradient * (1f - Beta2));
            mean.CopyTo(means[i..]);
            square.CopyTo(squares[i..]);
            var weight = new Vector<float>(weights[i..]);
            (weight - (weight * decay) - (rate * mean / (Vector.SquareRoot(square) + new Vector<float>(Epsilon)))).CopyTo(weights[i..]);
        }

        for (; i < weights.Length; i++)
        {
            var gradient = gradients[i] * scale;
            means[i] = (means[i] * Beta1) + (gradient * (1f - Beta1));
            squares[i] = (squares[i] * Beta2) + (gradient * gradient * (1f - Beta2));
            weights[i] = weights[i] - (weights[i] * decay) - (rate * means[i] / (MathF.Sqrt(squares[i]) + Epsilon));
        }

        gradients.Clear();
    }
}

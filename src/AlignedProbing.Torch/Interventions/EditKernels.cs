using System.Numerics;

namespace AlignedProbing.Torch.Interventions;

/// <summary>Edits of rows in CPU memory. A row's result depends on that row alone.</summary>
internal static class EditKernels
{
    /// <summary>A dot product, added up in float64.</summary>
    public static double Dot(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        var sums = Vector<double>.Zero;
        var i = 0;
        for (; i + Vector<float>.Count <= left.Length; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(left[i..]), out var leftLow, out var leftHigh);
            Vector.Widen(new Vector<float>(right[i..]), out var rightLow, out var rightHigh);
            sums += (leftLow * rightLow) + (leftHigh * rightHigh);
        }

        var sum = Vector.Sum(sums);
        for (; i < left.Length; i++)
        {
            sum += (double)left[i] * right[i];
        }

        return sum;
    }

    /// <summary>Adds a multiple of a direction to a state.</summary>
    public static void Add(Span<float> state, ReadOnlySpan<float> unit, double amount)
    {
        var times = new Vector<float>((float)amount);
        var i = 0;
        for (; i + Vector<float>.Count <= state.Length; i += Vector<float>.Count)
        {
            (new Vector<float>(state[i..]) + (times * new Vector<float>(unit[i..]))).CopyTo(state[i..]);
        }

        for (; i < state.Length; i++)
        {
            state[i] += (float)amount * unit[i];
        }
    }

    /// <summary>input + factor * (output - input), written over the output; to the bit the input where the factor is 0.</summary>
    public static void Damp(Span<float> output, ReadOnlySpan<float> input, float factor)
    {
        if (factor == 0)
        {
            input.CopyTo(output);
            return;
        }

        for (var i = 0; i < output.Length; i++)
        {
            output[i] = input[i] + (factor * (output[i] - input[i]));
        }
    }
}

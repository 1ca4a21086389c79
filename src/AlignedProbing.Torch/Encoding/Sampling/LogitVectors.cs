using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AlignedProbing.Torch.Encoding.Sampling;

/// <summary>
/// Passes over one row of logits. Eight numbers at a time on every processor, and sums in eight float64 lanes added in a fixed order, so that the same logits give the same bits
/// everywhere.
/// </summary>
internal static class LogitVectors
{
    /// <summary>Numbers worked on at once; buffers are padded to a multiple of it.</summary>
    public const int Lanes = 8;

    // exp(x) underflows to denormal numbers a little below.
    private const float Lowest = -87;

    /// <summary>The largest logit.</summary>
    /// <exception cref="InvalidOperationException">A logit is NaN or positive infinity, or all are negative infinity: there is no distribution.</exception>
    public static float Max(ReadOnlySpan<float> logits)
    {
        var largest = Vector256.Create(float.NegativeInfinity);
        var numbers = Vector256<float>.AllBitsSet;
        ref var first = ref MemoryMarshal.GetReference(logits);
        var i = 0;
        for (; i <= logits.Length - Lanes; i += Lanes)
        {
            var part = Vector256.LoadUnsafe(ref first, (nuint)i);
            largest = Vector256.Max(largest, part);
            numbers &= Vector256.Equals(part, part);
        }

        var max = float.NegativeInfinity;
        for (var lane = 0; lane < Lanes; lane++)
        {
            max = Math.Max(max, largest[lane]);
        }

        var nan = numbers.ExtractMostSignificantBits() != 0xff;
        for (; i < logits.Length; i++)
        {
            nan |= float.IsNaN(logits[i]);
            max = Math.Max(max, logits[i]);
        }

        return !nan && float.IsFinite(max) ? max : throw new InvalidOperationException($"The model's logits are no distribution: {(nan ? "some are NaN" : $"the largest is {max}")}.");
    }

    /// <summary>Writes exp((logit - max) * scale) and returns the sum.</summary>
    /// <param name="logits">One row.</param>
    /// <param name="max">The largest of them.</param>
    /// <param name="scale">1 / temperature.</param>
    /// <param name="weights">As long as logits, padded to a multiple of <see cref="Lanes"/>; the padding becomes 0.</param>
    public static double Exponentials(ReadOnlySpan<float> logits, float max, float scale, Span<float> weights)
    {
        ref var source = ref MemoryMarshal.GetReference(logits);
        ref var target = ref MemoryMarshal.GetReference(weights);
        var top = Vector256.Create(max);
        var factor = Vector256.Create(scale);
        var low = Vector256<double>.Zero;
        var high = Vector256<double>.Zero;
        var whole = logits.Length / Lanes * Lanes;
        for (var i = 0; i < whole; i += Lanes)
        {
            Add(Exp((Vector256.LoadUnsafe(ref source, (nuint)i) - top) * factor), i, ref target);
        }

        if (whole < logits.Length)
        {
            Span<float> rest = stackalloc float[Lanes];
            rest.Fill(float.NegativeInfinity);
            logits[whole..].CopyTo(rest);
            Add(Exp((Vector256.Create<float>(rest) - top) * factor), whole, ref target);
        }

        var lanes = low + high;
        return lanes[0] + lanes[1] + (lanes[2] + lanes[3]);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void Add(Vector256<float> part, int at, ref float destination)
        {
            part.StoreUnsafe(ref destination, (nuint)at);
            var (lower, upper) = Vector256.Widen(part);
            low += lower;
            high += upper;
        }
    }

    /// <summary>Collects, in order of their ids, the tokens with at least some weight, and their weights.</summary>
    /// <returns>How many there are.</returns>
    public static int Collect(ReadOnlySpan<float> weights, float least, Span<int> ids, Span<float> collected)
    {
        ref var source = ref MemoryMarshal.GetReference(weights);
        var border = Vector256.Create(least);
        var count = 0;
        for (var i = 0; i < weights.Length; i += Lanes)
        {
            var hits = Vector256.GreaterThanOrEqual(Vector256.LoadUnsafe(ref source, (nuint)i), border).ExtractMostSignificantBits();
            while (hits != 0)
            {
                var id = i + System.Numerics.BitOperations.TrailingZeroCount(hits);
                ids[count] = id;
                collected[count++] = weights[id];
                hits &= hits - 1;
            }
        }

        return count;
    }

    /// <summary>A weight that at least <paramref name="count"/> weights reach: the least of the largest of that many stretches; 0 where there are fewer stretches.</summary>
    /// <param name="weights">Padded to a multiple of <see cref="Lanes"/>.</param>
    /// <param name="count">How many weights must reach it.</param>
    /// <param name="keys">Room for one number a stretch; overwritten.</param>
    public static float LeastOfLargest(ReadOnlySpan<float> weights, int count, Span<uint> keys)
    {
        const int stretch = 8 * Lanes;
        var stretches = weights.Length / stretch;
        if (stretches < count)
        {
            return 0;
        }

        ref var first = ref MemoryMarshal.GetReference(weights);
        for (var i = 0; i < stretches; i++)
        {
            var largest = Vector256<float>.Zero;
            for (var lane = 0; lane < stretch; lane += Lanes)
            {
                largest = Vector256.Max(largest, Vector256.LoadUnsafe(ref first, (nuint)((i * stretch) + lane)));
            }

            var most = 0f;
            for (var lane = 0; lane < Lanes; lane++)
            {
                most = Math.Max(most, largest[lane]);
            }

            // Weights are not negative: their bits are in their order.
            keys[i] = BitConverter.SingleToUInt32Bits(most);
        }

        return BitConverter.UInt32BitsToSingle(Threshold.Find(keys[..stretches], default, count).Key);
    }

    /// <summary>exp for x at most 0, to 2 units in the last place; 0 below -87. Source of the polynomial: Moshier's Cephes, expf.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Exp(Vector256<float> x)
    {
        var inRange = Vector256.GreaterThanOrEqual(x, Vector256.Create(Lowest));
        var bounded = Vector256.ConditionalSelect(inRange, x, Vector256<float>.Zero);
        var power = Vector256.Round(bounded * Vector256.Create(1.44269504088896341f));
        var rest = Vector256.FusedMultiplyAdd(power, Vector256.Create(-0.693359375f), bounded);
        rest = Vector256.FusedMultiplyAdd(power, Vector256.Create(2.12194440e-4f), rest);
        var sum = Vector256.Create(1.9875691500e-4f);
        sum = Vector256.FusedMultiplyAdd(sum, rest, Vector256.Create(1.3981999507e-3f));
        sum = Vector256.FusedMultiplyAdd(sum, rest, Vector256.Create(8.3334519073e-3f));
        sum = Vector256.FusedMultiplyAdd(sum, rest, Vector256.Create(4.1665795894e-2f));
        sum = Vector256.FusedMultiplyAdd(sum, rest, Vector256.Create(1.6666665459e-1f));
        sum = Vector256.FusedMultiplyAdd(sum, rest, Vector256.Create(5.0000001201e-1f));
        sum = Vector256.FusedMultiplyAdd(sum, rest * rest, rest) + Vector256<float>.One;
        var scale = Vector256.ShiftLeft(Vector256.ConvertToInt32(power) + Vector256.Create(127), 23).AsSingle();
        return Vector256.ConditionalSelect(inRange, sum * scale, Vector256<float>.Zero);
    }
}

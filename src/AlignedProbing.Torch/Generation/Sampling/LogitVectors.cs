using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using AlignedProbing.Torch.Kernels;

namespace AlignedProbing.Torch.Generation.Sampling;

/// <summary>
/// Passes over one row of logits. Eight numbers at a time on every processor, and sums in eight float64 lanes added in a fixed order, so that the same logits
/// give the same bits everywhere.
/// </summary>
internal static class LogitVectors
{
    /// <summary>Numbers worked on at once; buffers are padded to a multiple of it.</summary>
    public const int Lanes = 8;

    // exp(x) underflows to denormal numbers a little below.
    private const float Lowest = -87;

    /// <summary>Logits of a block: what is passed over where its largest is too small.</summary>
    public const int Block = 8 * Lanes;

    /// <summary>Number of blocks, the last of which may be short.</summary>
    public static int Blocks(int count) => (count + Block - 1) / Block;

    /// <summary>Finds the largest logit of each block.</summary>
    /// <param name="logits">One row.</param>
    /// <param name="peaks">One number a block.</param>
    /// <returns>The largest of all.</returns>
    /// <exception cref="InvalidOperationException">A logit is NaN or positive infinity, or all are negative infinity: there is no distribution.</exception>
    public static float Peaks(ReadOnlySpan<float> logits, Span<float> peaks)
    {
        var largest = float.NegativeInfinity;
        var numbers = Vector256<float>.AllBitsSet;
        var nan = false;
        ref var first = ref MemoryMarshal.GetReference(logits);
        var whole = logits.Length / Block;
        for (var block = 0; block < whole; block++)
        {
            var peak = Vector256.LoadUnsafe(ref first, (nuint)(block * Block));
            numbers &= Vector256.Equals(peak, peak);
            for (var lane = Lanes; lane < Block; lane += Lanes)
            {
                var part = Vector256.LoadUnsafe(ref first, (nuint)((block * Block) + lane));
                peak = Vector256.MaxNative(peak, part);
                numbers &= Vector256.Equals(part, part);
            }

            var half = Vector128.MaxNative(peak.GetLower(), peak.GetUpper());
            half = Vector128.MaxNative(half, Vector128.Shuffle(half, Vector128.Create(2, 3, 0, 1)));
            half = Vector128.MaxNative(half, Vector128.Shuffle(half, Vector128.Create(1, 0, 3, 2)));
            peaks[block] = half.ToScalar();
            largest = MathF.Max(largest, peaks[block]);
        }

        if (whole * Block < logits.Length)
        {
            var peak = float.NegativeInfinity;
            foreach (var logit in logits[(whole * Block)..])
            {
                nan |= float.IsNaN(logit);
                peak = MathF.Max(peak, logit);
            }

            peaks[whole] = peak;
            largest = MathF.Max(largest, peak);
        }

        nan |= numbers.ExtractMostSignificantBits() != 0xff;
        return !nan && float.IsFinite(largest)
            ? largest
            : throw new InvalidOperationException($"The model's logits are no distribution: {(nan ? "some are NaN" : $"the largest is {largest}")}.");
    }

    /// <summary>Writes exp((logit - max) * scale) and returns the sum: of each lane of <see cref="Lanes"/> for itself, then of the lanes.</summary>
    /// <param name="logits">One row.</param>
    /// <param name="max">The largest of them.</param>
    /// <param name="scale">1 / temperature.</param>
    /// <param name="weights">As long as logits, padded to a multiple of <see cref="Lanes"/>; the padding becomes 0.</param>
    /// <param name="wide">Whether to use vectors of 512 bits, for the same results.</param>
    public static double Exponentials(ReadOnlySpan<float> logits, float max, float scale, Span<float> weights, bool wide)
    {
        ref var source = ref MemoryMarshal.GetReference(logits);
        ref var target = ref MemoryMarshal.GetReference(weights);
        var low = Vector256<double>.Zero;
        var high = Vector256<double>.Zero;
        var i = 0;
        if (wide)
        {
            var (tops, factors) = (Vector512.Create(max), Vector512.Create(scale));
            var sums = Vector512<double>.Zero;
            for (; i + (2 * Lanes) <= logits.Length; i += 2 * Lanes)
            {
                var part = Exp((Vector512.LoadUnsafe(ref source, (nuint)i) - tops) * factors);
                part.StoreUnsafe(ref target, (nuint)i);
                sums += Avx512F.ConvertToVector512Double(part.GetLower());
                sums += Avx512F.ConvertToVector512Double(part.GetUpper());
            }

            (low, high) = (sums.GetLower(), sums.GetUpper());
        }

        var top = Vector256.Create(max);
        var factor = Vector256.Create(scale);
        for (; i + Lanes <= logits.Length; i += Lanes)
        {
            var part = Exp((Vector256.LoadUnsafe(ref source, (nuint)i) - top) * factor);
            part.StoreUnsafe(ref target, (nuint)i);
            var (lower, upper) = Vector256.Widen(part);
            low += lower;
            high += upper;
        }

        if (i < logits.Length)
        {
            Span<float> rest = stackalloc float[Lanes];
            rest.Fill(float.NegativeInfinity);
            logits[i..].CopyTo(rest);
            var part = Exp((Vector256.Create<float>(rest) - top) * factor);
            part.StoreUnsafe(ref target, (nuint)i);
            var (lower, upper) = Vector256.Widen(part);
            low += lower;
            high += upper;
        }

        var lanes = low + high;
        return lanes[0] + lanes[1] + (lanes[2] + lanes[3]);
    }

    /// <summary>Collects, in order of their ids, the tokens with at least some logit that weigh anything.</summary>
    /// <param name="logits">One row.</param>
    /// <param name="weights">Their weights, padded to a multiple of <see cref="Lanes"/>.</param>
    /// <param name="peaks">Of <see cref="Peaks"/>: blocks that reach no such logit are passed over.</param>
    /// <param name="least">The least logit; not NaN.</param>
    /// <param name="found">Room for all tokens.</param>
    /// <returns>How many there are, and the sum of their weights.</returns>
    public static (int Count, double Mass) Collect(
        ReadOnlySpan<float> logits,
        ReadOnlySpan<float> weights,
        ReadOnlySpan<float> peaks,
        float least,
        in Candidates found)
    {
        var border = Vector256.Create(least);
        ref var logit = ref MemoryMarshal.GetReference(logits);
        ref var weight = ref MemoryMarshal.GetReference(weights[..logits.Length]);
        ref var id = ref MemoryMarshal.GetReference(found.Ids[..logits.Length]);
        ref var collected = ref MemoryMarshal.GetReference(found.Masses[..logits.Length]);
        ref var key = ref MemoryMarshal.GetReference(found.Keys[..logits.Length]);
        var count = 0;
        double mass = 0;
        for (var block = 0; block < peaks.Length; block++)
        {
            if (peaks[block] < least)
            {
                continue;
            }

            var end = Math.Min(logits.Length, (block + 1) * Block);
            for (var i = block * Block; i < end; i += Lanes)
            {
                uint hits = 0;
                if (i + Lanes <= end)
                {
                    hits = Vector256.GreaterThanOrEqual(Vector256.LoadUnsafe(ref logit, (nuint)i), border).ExtractMostSignificantBits();
                }
                else
                {
                    for (var lane = 0; i + lane < end; lane++)
                    {
                        hits |= logits[i + lane] >= least ? 1u << lane : 0;
                    }
                }

                // As many are written as there are logits at most: every place is within the spans cut to that length above.
                for (; hits != 0; hits &= hits - 1)
                {
                    var at = i + BitOperations.TrailingZeroCount(hits);
                    var heavy = Unsafe.Add(ref weight, at);
                    Unsafe.Add(ref id, count) = at;
                    Unsafe.Add(ref collected, count) = heavy;
                    Unsafe.Add(ref key, count) = Threshold.KeyOf(Unsafe.Add(ref logit, at));
                    count += heavy > 0 ? 1 : 0;
                    mass += heavy;
                }
            }
        }

        return (count, mass);
    }

    /// <summary>exp for x at most 0, to 2 units in the last place; 0 below -87. Source of the polynomial: Moshier's Cephes, expf.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Exp(Vector256<float> x)
    {
        var power = Vector256.Round(x * Vector256.Create(ExpCoefficients.InverseLogTwo));
        var rest = Vector256.FusedMultiplyAdd(power, Vector256.Create(-ExpCoefficients.LogTwoHigh), x);
        rest = Vector256.FusedMultiplyAdd(power, Vector256.Create(-ExpCoefficients.LogTwoLow), rest);
        var sum = Vector256.Create(ExpCoefficients.P0);
        sum = Vector256.FusedMultiplyAdd(sum, rest, Vector256.Create(ExpCoefficients.P1));
        sum = Vector256.FusedMultiplyAdd(sum, rest, Vector256.Create(ExpCoefficients.P2));
        sum = Vector256.FusedMultiplyAdd(sum, rest, Vector256.Create(ExpCoefficients.P3));
        sum = Vector256.FusedMultiplyAdd(sum, rest, Vector256.Create(ExpCoefficients.P4));
        sum = Vector256.FusedMultiplyAdd(sum, rest, Vector256.Create(ExpCoefficients.P5));
        sum = Vector256.FusedMultiplyAdd(sum, rest * rest, rest) + Vector256<float>.One;
        // What comes out below the lowest, infinities included, is thrown away.
        var scale = Vector256.ShiftLeft(Vector256.ConvertToInt32Native(power) + Vector256.Create(127), 23).AsSingle();
        return sum * scale & Vector256.GreaterThanOrEqual(x, Vector256.Create(Lowest));
    }

    /// <summary>The same on vectors of 512 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Exp(Vector512<float> x)
    {
        var power = Vector512.Round(x * Vector512.Create(ExpCoefficients.InverseLogTwo));
        var rest = Vector512.FusedMultiplyAdd(power, Vector512.Create(-ExpCoefficients.LogTwoHigh), x);
        rest = Vector512.FusedMultiplyAdd(power, Vector512.Create(-ExpCoefficients.LogTwoLow), rest);
        var sum = Vector512.Create(ExpCoefficients.P0);
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(ExpCoefficients.P1));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(ExpCoefficients.P2));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(ExpCoefficients.P3));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(ExpCoefficients.P4));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(ExpCoefficients.P5));
        sum = Vector512.FusedMultiplyAdd(sum, rest * rest, rest) + Vector512<float>.One;
        return Avx512F.Scale(sum, power) & Vector512.GreaterThanOrEqual(x, Vector512.Create(Lowest));
    }
}

/// <summary>Tokens that may be kept, in order of their ids.</summary>
internal readonly ref struct Candidates(Span<int> ids, Span<float> masses, Span<uint> keys)
{
    public readonly Span<int> Ids = ids;

    /// <summary>Their weights.</summary>
    public readonly Span<float> Masses = masses;

    /// <summary>Their logits (<see cref="Threshold.KeyOf"/>).</summary>
    public readonly Span<uint> Keys = keys;
}

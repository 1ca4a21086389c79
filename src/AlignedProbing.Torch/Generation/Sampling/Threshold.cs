using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace AlignedProbing.Torch.Generation.Sampling;

/// <summary>
/// Finds, without sorting all, the value at which the largest elements together reach a mass. Each round adds the masses of what is left into buckets of equal
/// width, walks them from the top, and goes on within the bucket on the border; when few are left there, those are sorted. Linear time for any input.
/// </summary>
internal static class Threshold
{
    private const int BucketBits = 8;
    private const int Buckets = 1 << BucketBits;

    /// <summary>So few are sorted.</summary>
    private const int Few = 32;

    /// <summary>The largest value for which the elements at or above it have at least the mass asked for.</summary>
    /// <param name="keys">At least one value, as unsigned numbers in the same order (see <see cref="KeyOf"/>).</param>
    /// <param name="masses">Each element's mass, at least 0; empty: 1 each.</param>
    /// <param name="target">The mass to reach. Where all together do not reach it, the smallest value is returned.</param>
    /// <returns>The value's key, and the mass of the elements above it.</returns>
    [SkipLocalsInit]
    public static (uint Key, double Above) Find(ReadOnlySpan<uint> keys, ReadOnlySpan<float> masses, double target)
    {
        Span<double> buckets = stackalloc double[Buckets];
        Span<int> counts = stackalloc int[Buckets];
        Span<uint> fewKeys = stackalloc uint[Few];
        Span<double> fewMasses = stackalloc double[Few];
        double above = 0;
        var least = TensorPrimitives.Min(keys);
        var range = TensorPrimitives.Max(keys) - least;
        var left = keys.Length;
        while (left > Few && range > 0)
        {
            // The highest bit of the range falls into the highest bit of a bucket's number.
            var shift = Math.Max(0, 32 - BucketBits - System.Numerics.BitOperations.LeadingZeroCount(range));
            buckets.Clear();
            counts.Clear();
            for (var i = 0; i < keys.Length; i++)
            {
                var key = keys[i] - least;
                if (key <= range)
                {
                    var bucket = (int)(key >> shift);
                    buckets[bucket] += masses.IsEmpty ? 1 : masses[i];
                    counts[bucket]++;
                }
            }

            var chosen = -1;
            for (var bucket = (int)(range >> shift); bucket >= 0; bucket--)
            {
                if (counts[bucket] == 0)
                {
                    continue;
                }

                if (chosen >= 0)
                {
                    above += buckets[chosen];
                }

                chosen = bucket;
                if (above + buckets[bucket] >= target)
                {
                    break;
                }
            }

            least += (uint)chosen << shift;
            range = Math.Min(range - ((uint)chosen << shift), (1u << shift) - 1);
            left = counts[chosen];
        }

        if (range == 0)
        {
            return (least, above);
        }

        left = 0;
        for (var i = 0; i < keys.Length; i++)
        {
            if (keys[i] - least <= range)
            {
                fewKeys[left] = keys[i];
                fewMasses[left++] = masses.IsEmpty ? 1 : masses[i];
            }
        }

        fewKeys[..left].Sort(fewMasses[..left]);
        var at = left - 1;
        while (true)
        {
            var key = fewKeys[at];
            double mass = 0;
            for (; at >= 0 && fewKeys[at] == key; at--)
            {
                mass += fewMasses[at];
            }

            if (at < 0 || above + mass >= target)
            {
                return (key, above);
            }

            above += mass;
        }
    }

    /// <summary>A number whose order among unsigned numbers is the logit's among floats; -0 and 0 are one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint KeyOf(float logit)
    {
        var bits = BitConverter.SingleToUInt32Bits(logit + 0f);
        // Negative numbers are turned over. Signs cannot be foreseen, so there is no branch.
        return bits ^ ((uint)((int)bits >> 31) | 0x80000000);
    }

    /// <summary>The logit of a key.</summary>
    public static float LogitOf(uint key) => BitConverter.UInt32BitsToSingle((key & 0x80000000) != 0 ? key & 0x7FFFFFFF : ~key);
}

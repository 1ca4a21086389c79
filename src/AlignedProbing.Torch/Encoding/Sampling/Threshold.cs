using System.Runtime.CompilerServices;

namespace AlignedProbing.Torch.Encoding.Sampling;

/// <summary>
/// Finds, without sorting, the value at which the largest elements together reach a mass: a radix selection over the bits of the values, eleven at a time. Each round adds the masses of what is
/// left into buckets, walks them from the top, and goes on within the bucket on the border. Linear time for any input.
/// </summary>
internal static class Threshold
{
    private const int BucketBits = 11;
    private const int Buckets = 1 << BucketBits;

    /// <summary>The largest value for which the elements at or above it have at least the mass asked for.</summary>
    /// <param name="keys">Values as unsigned numbers in the same order (see <see cref="KeyOf"/>).</param>
    /// <param name="masses">Each element's mass, at least 0; empty: 1 each.</param>
    /// <param name="target">The mass to reach. Where all together do not reach it, the smallest value is returned.</param>
    /// <returns>The value's key, and the mass of the elements above it.</returns>
    [SkipLocalsInit]
    public static (uint Key, double Above) Find(ReadOnlySpan<uint> keys, ReadOnlySpan<float> masses, double target)
    {
        Span<double> buckets = stackalloc double[Buckets];
        Span<bool> used = stackalloc bool[Buckets];
        uint prefix = 0;
        uint fixedBits = 0;
        double above = 0;
        for (var shift = 32 - BucketBits; ; shift = Math.Max(0, shift - BucketBits))
        {
            // The last round is narrower: only the bits that are still open.
            var mask = ((uint)Buckets - 1) & ~(fixedBits >> shift);
            buckets.Clear();
            used.Clear();
            for (var i = 0; i < keys.Length; i++)
            {
                if ((keys[i] & fixedBits) == prefix)
                {
                    var bucket = (int)((keys[i] >> shift) & mask);
                    buckets[bucket] += masses.IsEmpty ? 1 : masses[i];
                    used[bucket] = true;
                }
            }

            var chosen = -1;
            for (var bucket = Buckets - 1; bucket >= 0; bucket--)
            {
                if (!used[bucket])
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

            prefix |= (uint)chosen << shift;
            fixedBits |= mask << shift;
            if (shift == 0)
            {
                return (prefix, above);
            }
        }
    }

    /// <summary>A number whose order among unsigned numbers is the logit's among floats; -0 and 0 are one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint KeyOf(float logit)
    {
        var bits = BitConverter.SingleToUInt32Bits(logit + 0f);
        return (bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000;
    }
}

namespace AlignedProbing.Numerics;

/// <summary>
/// Philox4x32-10, a counter-based generator: the i-th block of numbers is a function of key and i alone, so streams need no state to be carried, split or
/// skipped. Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3" (Random123).
/// </summary>
public static class Philox
{
    /// <summary>One block: four uniformly distributed 32-bit numbers.</summary>
    public static (uint A, uint B, uint C, uint D) Block(ulong key, ulong counterLow, ulong counterHigh = 0)
    {
        var (k0, k1) = ((uint)key, (uint)(key >> 32));
        var (c0, c1, c2, c3) = ((uint)counterLow, (uint)(counterLow >> 32), (uint)counterHigh, (uint)(counterHigh >> 32));
        for (var round = 0; round < 10; round++)
        {
            var p0 = (ulong)0xD2511F53 * c0;
            var p1 = (ulong)0xCD9E8D57 * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }

        return (c0, c1, c2, c3);
    }

    /// <summary>A number in [0, 1) with 53 random bits, made from two 32-bit ones.</summary>
    public static double ToDouble(uint high, uint low) => ((((ulong)high << 32) | low) >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number in [0, 1) with 24 random bits.</summary>
    public static float ToSingle(uint bits) => (bits >> 8) * (1.0f / (1 << 24));
}

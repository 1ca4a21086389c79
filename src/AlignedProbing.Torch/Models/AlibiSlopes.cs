namespace AlignedProbing.Torch.Models;

/// <summary>By how much a head's scores fall for each position of distance (ALiBi). Source: Press et al. 2022.</summary>
internal static class AlibiSlopes
{
    /// <summary>
    /// 2^(-8 i / n) of n heads, where n is a power of two. Otherwise those of the next lower power of two, and then every second one of the next higher.
    /// </summary>
    public static float[] OfBloom(int heads)
    {
        var lower = 1 << (int)Math.Log2(heads);
        return [.. Enumerable.Range(0, heads).Select(head => head < lower ? Slope(head + 1, lower) : Slope((2 * (head - lower)) + 1, 2 * lower))];
    }

    /// <summary>As <see cref="OfBloom"/>, but where n is no power of two, those of the next higher one: every second one, and then the others.</summary>
    public static float[] OfMpt(int heads)
    {
        var higher = 1 << (int)Math.Ceiling(Math.Log2(heads));
        return heads == higher
            ? OfBloom(heads)
            : [.. Enumerable.Range(0, heads).Select(head => head < higher / 2 ? Slope((2 * head) + 2, higher)
                : Slope((2 * (head - (higher / 2))) + 1, higher))];
    }

    private static float Slope(int i, int heads) => (float)Math.Pow(2, -8.0 * i / heads);
}

namespace AlignedProbing.Torch.Weights.GgufBlocks;

/// <summary>
/// Blocks of 256 numbers: one scale (and one for what is subtracted), and of each 16 or 32 numbers a scale in few bits of its own. Source of the layouts:
/// ggml's ggml-common.h and ggml-quants.c.
/// </summary>
internal static unsafe class SuperBlocks
{
    private const int Half = 16;

    /// <summary>Two bits: 16 bytes of scale (low) and subtrahend (high), 64 of codes, scale, scale of the subtrahends.</summary>
    public static void Q2_K(byte* block, int part, float* values, int stride)
    {
        var (scale, least) = (SimpleBlocks.Number(block + 80), SimpleBlocks.Number(block + 82));
        var (codes, shift) = ((nint)(block + 16 + (part / 4 * 32)), part % 4 * 2);
        for (var i = 0; i < 2 * Half; i++)
        {
            var own = block[(part * 2) + (i / Half)];
            values[i * stride] = (scale * (own & 15) * ((((byte*)codes)[i] >> shift) & 3)) - (least * (own >> 4));
        }
    }

    /// <summary>Three bits: 32 bytes of highest bits, 64 of the others, 12 of scales of six bits, scale.</summary>
    public static void Q3_K(byte* block, int part, float* values, int stride)
    {
        var scale = SimpleBlocks.Number(block + 108);
        var (codes, shift) = ((nint)(block + 32 + (part / 4 * 32)), part % 4 * 2);
        for (var i = 0; i < 2 * Half; i++)
        {
            var code = ((((byte*)codes)[i] >> shift) & 3) - (((block[i] >> part) & 1) == 0 ? 4 : 0);
            values[i * stride] = scale * SixBits(block + 96, (part * 2) + (i / Half)) * code;
        }
    }

    /// <summary>Four bits: scale, scale of the subtrahends, 12 bytes of both of six bits, 128 of codes.</summary>
    public static void Q4_K(byte* block, int part, float* values, int stride)
    {
        var (scale, least) = ScaleAndLeast(block, part);
        var (codes, shift) = ((nint)(block + 16 + (part / 2 * 32)), part % 2 * 4);
        for (var i = 0; i < 2 * Half; i++)
        {
            values[i * stride] = (scale * ((((byte*)codes)[i] >> shift) & 15)) - least;
        }
    }

    /// <summary>Five bits: as four, with 32 bytes of highest bits before the codes.</summary>
    public static void Q5_K(byte* block, int part, float* values, int stride)
    {
        var (scale, least) = ScaleAndLeast(block, part);
        var (codes, shift) = ((nint)(block + 48 + (part / 2 * 32)), part % 2 * 4);
        for (var i = 0; i < 2 * Half; i++)
        {
            var code = ((((byte*)codes)[i] >> shift) & 15) | (((block[16 + i] >> part) & 1) << 4);
            values[i * stride] = (scale * code) - least;
        }
    }

    /// <summary>Six bits: 128 bytes of the lower four, 64 of the higher two, 16 scales of eight bits, scale.</summary>
    public static void Q6_K(byte* block, int part, float* values, int stride)
    {
        var scale = SimpleBlocks.Number(block + 208);
        var (half, quarter) = (part / 4, part % 4);
        var (low, high) = ((nint)(block + (half * 64) + (quarter % 2 * 32)), (nint)(block + 128 + (half * 32)));
        for (var i = 0; i < 2 * Half; i++)
        {
            var code = ((((byte*)low)[i] >> (quarter / 2 * 4)) & 15) | (((((byte*)high)[i] >> (quarter * 2)) & 3) << 4);
            values[i * stride] = scale * (sbyte)block[192 + (half * 8) + (quarter * 2) + (i / Half)] * (code - 32);
        }
    }

    /// <summary>Four bits for numbers that lie closer around 0: scale, the scales' higher bits, their lower ones, codes.</summary>
    public static void IQ4_XS(byte* block, int part, float* values, int stride)
    {
        var own = ((block[4 + (part / 2)] >> (part % 2 * 4)) & 15) | ((((block[2] | (block[3] << 8)) >> (part * 2)) & 3) << 4);
        var scale = SimpleBlocks.Number(block) * (own - 32);
        var codes = (nint)(block + 8 + (part * Half));
        for (var i = 0; i < Half; i++)
        {
            values[i * stride] = scale * SimpleBlocks.NotLinear[((byte*)codes)[i] & 15];
            values[(i + Half) * stride] = scale * SimpleBlocks.NotLinear[((byte*)codes)[i] >> 4];
        }
    }

    /// <summary>Of 16 scales the lower four bits, two a byte, then the higher two, four a byte; less 32.</summary>
    private static int SixBits(byte* scales, int i) =>
        (((scales[i % 8] >> (i / 8 * 4)) & 15) | (((scales[8 + (i % 4)] >> (i / 4 * 2)) & 3) << 4)) - 32;

    /// <summary>Of eight scales and eight subtrahends: the first four of each in six bits of a byte, the others of each in what is left.</summary>
    private static (float Scale, float Least) ScaleAndLeast(byte* block, int part)
    {
        var packed = block + 4;
        var (scale, least) = part < 4
            ? (packed[part] & 63, packed[part + 4] & 63)
            : ((packed[part + 4] & 15) | (packed[part - 4] >> 6 << 4), (packed[part + 4] >> 4) | (packed[part] >> 6 << 4));
        return (SimpleBlocks.Number(block) * scale, SimpleBlocks.Number(block + 2) * least);
    }
}

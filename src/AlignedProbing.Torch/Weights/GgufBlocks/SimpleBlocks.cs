namespace AlignedProbing.Torch.Weights.GgufBlocks;

/// <summary>Blocks of 32 numbers: a scale, in some kinds a least number, and codes. Source of the layouts: ggml's ggml-common.h.</summary>
internal static unsafe class SimpleBlocks
{
    /// <summary>The numbers that codes of IQ4_NL and IQ4_XS stand for.</summary>
    internal static readonly float[] NotLinear = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    private const int Half = 16;

    /// <summary>Codes of four bits less 8, times a scale.</summary>
    public static void Q4_0(byte* block, int part, float* values, int stride)
    {
        var scale = Number(block);
        for (var i = 0; i < Half; i++)
        {
            values[i * stride] = scale * ((block[2 + i] & 15) - 8);
            values[(i + Half) * stride] = scale * ((block[2 + i] >> 4) - 8);
        }
    }

    /// <summary>Codes of four bits times a scale, plus a least number.</summary>
    public static void Q4_1(byte* block, int part, float* values, int stride)
    {
        var (scale, least) = (Number(block), Number(block + 2));
        for (var i = 0; i < Half; i++)
        {
            values[i * stride] = (scale * (block[4 + i] & 15)) + least;
            values[(i + Half) * stride] = (scale * (block[4 + i] >> 4)) + least;
        }
    }

    /// <summary>Codes of five bits, the highest of each apart, less 16, times a scale.</summary>
    public static void Q5_0(byte* block, int part, float* values, int stride)
    {
        var (scale, high) = (Number(block), *(uint*)(block + 2));
        for (var i = 0; i < Half; i++)
        {
            values[i * stride] = scale * (Five(block[6 + i] & 15, high, i) - 16);
            values[(i + Half) * stride] = scale * (Five(block[6 + i] >> 4, high, i + Half) - 16);
        }
    }

    /// <summary>Codes of five bits times a scale, plus a least number.</summary>
    public static void Q5_1(byte* block, int part, float* values, int stride)
    {
        var (scale, least, high) = (Number(block), Number(block + 2), *(uint*)(block + 4));
        for (var i = 0; i < Half; i++)
        {
            values[i * stride] = (scale * Five(block[8 + i] & 15, high, i)) + least;
            values[(i + Half) * stride] = (scale * Five(block[8 + i] >> 4, high, i + Half)) + least;
        }
    }

    /// <summary>Whole numbers of eight bits times a scale.</summary>
    public static void Q8_0(byte* block, int part, float* values, int stride)
    {
        var (scale, codes) = (Number(block), (nint)(block + 2));
        for (var i = 0; i < 2 * Half; i++)
        {
            values[i * stride] = scale * ((sbyte*)codes)[i];
        }
    }

    /// <summary>Codes of four bits for numbers that lie closer around 0, times a scale.</summary>
    public static void IQ4_NL(byte* block, int part, float* values, int stride)
    {
        var scale = Number(block);
        for (var i = 0; i < Half; i++)
        {
            values[i * stride] = scale * NotLinear[block[2 + i] & 15];
            values[(i + Half) * stride] = scale * NotLinear[block[2 + i] >> 4];
        }
    }

    /// <summary>A float16 number, which need not be aligned.</summary>
    internal static float Number(byte* at) => (float)BitConverter.UInt16BitsToHalf((ushort)(at[0] | (at[1] << 8)));

    private static int Five(int low, uint high, int i) => low | ((int)((high >> i) & 1) << 4);
}

using System.Numerics;

namespace AlignedProbing.Torch.Weights.Bitsandbytes;

/// <summary>
/// The numbers that four-bit weights and their scales are rounded to. Source: Dettmers et al. 2023, "QLoRA" (NF4, double quantization); values as bitsandbytes
/// has them.
/// </summary>
internal static class FourBitCode
{
    /// <summary>NF4: quantiles of the normal distribution, scaled to [-1, 1], zero among them.</summary>
    public static readonly float[] Normal =
    [
        -1f,
        -0.6961928009986877f,
        -0.5250730514526367f,
        -0.39491748809814453f,
        -0.28444138169288635f,
        -0.18477343022823334f,
        -0.09105003625154495f,
        0f,
        0.07958029955625534f,
        0.16093020141124725f,
        0.24611230194568634f,
        0.33791524171829224f,
        0.44070982933044434f,
        0.5626170039176941f,
        0.7229568362236023f,
        1f,
    ];

    /// <summary>
    /// Eight bits with a sign and a varying number of bits for exponent and fraction: what the scales themselves are rounded to. 256 values in order.
    /// </summary>
    public static readonly float[] Dynamic = MakeDynamic();

    // The middles between neighbours; a value that equals one belongs to the lower code.
    private static readonly float[] Middles = [.. Enumerable.Range(0, 15).Select(i => (Normal[i] + Normal[i + 1]) / 2)];

    private static readonly float[] DynamicMiddles = [.. Enumerable.Range(0, 255).Select(i => (Dynamic[i] + Dynamic[i + 1]) / 2)];

    /// <summary>Codes of a block: the nearest of <see cref="Normal"/> to value / largest.</summary>
    public static void Nearest(Span<float> values, float largest, Span<byte> codes)
    {
        var inverse = 1 / MathF.Max(largest, 1e-38f);
        var i = 0;
        for (; i + Vector<float>.Count <= values.Length; i += Vector<float>.Count)
        {
            var scaled = Vector.Clamp(new Vector<float>(values[i..]) * inverse, Vector.Create(-1f), Vector<float>.One);
            var code = Vector<int>.Zero;
            foreach (var middle in Middles)
            {
                // A true comparison is -1.
                code -= Vector.GreaterThan(scaled, Vector.Create(middle));
            }

            for (var lane = 0; lane < Vector<float>.Count; lane++)
            {
                codes[i + lane] = (byte)code[lane];
            }
        }

        for (; i < values.Length; i++)
        {
            var scaled = Math.Clamp(values[i] * inverse, -1f, 1f);
            byte code = 0;
            foreach (var middle in Middles)
            {
                code += scaled > middle ? (byte)1 : (byte)0;
            }

            codes[i] = code;
        }
    }

    /// <summary>The nearest of <see cref="Dynamic"/>.</summary>
    public static byte NearestDynamic(float value)
    {
        var (low, high) = (0, DynamicMiddles.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (value > DynamicMiddles[middle])
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return (byte)low;
    }

    private static float[] MakeDynamic()
    {
        const int ExponentBits = 7;
        var values = new List<float>(256) { 0, 1 };
        for (var exponent = 0; exponent < ExponentBits; exponent++)
        {
            // Middles of 2^exponent equal parts of [0.1, 1], each bound as float32, counted from the nearer end as PyTorch's linspace counts: its multiply and
            // add are rounded once.
            var parts = 1 << exponent;
            var step = (1f - 0.1f) / parts;
            var scale = (float)Math.Pow(10, exponent - (ExponentBits - 1));
            for (var part = 0; part < parts; part++)
            {
                var value = (Bound(part) + Bound(part + 1)) / 2 * scale;
                values.Add(value);
                values.Add(-value);
            }

            float Bound(int index) => index < (parts + 1) / 2 ? MathF.FusedMultiplyAdd(step, index, 0.1f) : MathF.FusedMultiplyAdd(-step, parts - index, 1f);
        }

        values.Sort();
        return [.. values];
    }
}

using AlignedProbing.Torch.Kernels;

namespace AlignedProbing.Torch.Models;

/// <summary>
/// Frequencies of the pairs of a head, unscaled and under each kind of scaling, as Hugging Face has them; powers are taken in float32, as there. Sources: Su et
/// al. 2021; <c>linear</c>: Chen et al. 2023; <c>dynamic</c>: bloc97 and emozilla 2023; <c>yarn</c>: Peng et al. 2023; <c>llama3</c>: Grattafiori et al. 2024;
/// <c>longrope</c>: Ding et al. 2024.
/// </summary>
internal static class RotaryFrequencies
{
    public static float[] Linear(RotaryFields fields, double theta, int size)
    {
        var factor = (float)fields.Required("factor");
        return [.. RotaryEmbedding.Plain(theta, size).Select(frequency => frequency / factor)];
    }

    public static float[] Llama3(RotaryFields fields, double theta, int size)
    {
        var (factor, low, high) = (fields.Required("factor"), fields.Required("low_freq_factor"), fields.Required("high_freq_factor"));
        var original = fields.Required("original_max_position_embeddings");
        return [.. RotaryEmbedding.Plain(theta, size).Select(frequency =>
        {
            var wavelength = 2 * Math.PI / frequency;
            var smooth = ((original / wavelength) - low) / (high - low);
            return wavelength < original / high ? frequency
                : wavelength > original / low ? (float)(frequency / factor)
                : (float)(((1 - smooth) * frequency / factor) + (smooth * frequency));
        })];
    }

    /// <summary>The base grows with the sequence, from the trained length on.</summary>
    public static Func<int, float[]> Dynamic(RotaryFields fields, double theta, int size, int trained)
    {
        var factor = fields.Required("factor");
        return length => RotaryEmbedding.Plain(theta * Math.Pow((factor * Math.Max(length, trained) / trained) - (factor - 1), size / (size - 2.0)), size);
    }

    public static (float[] Frequencies, double Factor) Yarn(RotaryFields fields, double theta, int size, int context)
    {
        var factor = fields.Required("factor");
        var original = fields.Optional("original_max_position_embeddings") ?? context;
        var truncate = fields.OptionalFlag("truncate") ?? true;
        var (fast, slow) = (fields.Optional("beta_fast") ?? 32, fields.Optional("beta_slow") ?? 1);
        var low = Dimension(fast);
        var high = Dimension(slow);
        (low, high) = truncate ? (Math.Floor(low), Math.Ceiling(high)) : (low, high);
        (low, high) = (Math.Max(low, 0), Math.Min(high, size - 1));
        high = high == low ? high + 0.001 : high;
        var frequencies = RotaryEmbedding.Plain(theta, size).Select((frequency, i) =>
        {
            var ramp = Math.Clamp((i - low) / (high - low), 0, 1);
            return (float)((frequency / factor * ramp) + (frequency * (1 - ramp)));
        });
        // DeepSeek's two numbers stand for one another's quotient; one alone is refused.
        var both = fields.Contains("mscale") && fields.Contains("mscale_all_dim");
        var stretch = both ? Stretch(fields.Required("mscale")) / Stretch(fields.Required("mscale_all_dim")) : Stretch(1);
        return ([.. frequencies], fields.Optional("attention_factor") ?? stretch);

        double Stretch(double of) => factor <= 1 ? 1 : (0.1 * of * Math.Log(factor)) + 1;

        double Dimension(double rotations) => size * Math.Log(original / (rotations * 2 * Math.PI)) / (2 * Math.Log(theta));
    }

    /// <summary>One list of factors up to the length of the original training, another beyond it.</summary>
    public static (Func<int, float[]> OfLength, double Factor, int Above) LongRope(RotaryFields fields, double theta, int size, int context, int? original)
    {
        var factor = fields.Optional("factor");
        var trained = original ?? fields.Optional("original_max_position_embeddings") ?? context;
        var stretch = original is null && factor is { } given ? given : context / trained;
        var (shortFrequencies, longFrequencies) = (Divided("short_factor"), Divided("long_factor"));
        var attention = fields.Optional("attention_factor") ?? (stretch <= 1 ? 1 : Math.Sqrt(1 + (Math.Log(stretch) / Math.Log(trained))));
        return (length => length > trained ? longFrequencies : shortFrequencies, attention, (int)trained);

        float[] Divided(string name) =>
            [.. fields.RequiredList(name, size / 2).Select((divisor, i) => 1f / ((float)divisor * RotaryEmbedding.Power(theta, i, size)))];
    }
}

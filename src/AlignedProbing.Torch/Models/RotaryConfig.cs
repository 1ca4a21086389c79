using AlignedProbing.Torch.Kernels;

namespace AlignedProbing.Torch.Models;

/// <summary>Reads rotary position embeddings from configurations.</summary>
public static class RotaryConfig
{
    /// <summary>Reads <c>rope_theta</c>, and <c>rope_scaling</c> or, in newer files, <c>rope_parameters</c>; all elements of a head turn.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="size">Elements of a head; even.</param>
    /// <param name="theta">The architecture's own base, where the file has none.</param>
    /// <param name="readElsewhere">Fields of the scaling that the architecture reads itself.</param>
    /// <exception cref="InputException">A scaling that is not implemented, without its numbers, or with others; a <c>partial_rotary_factor</c> other than
    /// 1.</exception>
    public static RotaryEmbedding FromConfig(ModelConfig config, int size, double theta = 10000, params ReadOnlySpan<string> readElsewhere)
    {
        var fields = RotaryFields.Of(config);
        foreach (var name in readElsewhere)
        {
            _ = fields.Optional(name);
        }

        return fields.Optional("partial_rotary_factor") is { } part and not 1
            ? throw config.Unsupported($"rope_parameters with partial_rotary_factor {part}")
            : Make(config, fields, size, config.Number("rope_theta", theta));
    }

    /// <summary>
    /// As <see cref="FromConfig"/>, where only the first part of a head turns: <c>partial_rotary_factor</c>, of <c>rope_parameters</c> or of the file.
    /// </summary>
    /// <param name="config">The configuration.</param>
    /// <param name="size">Elements of a head.</param>
    /// <param name="part">The architecture's own part, where the file has none.</param>
    /// <param name="theta">The architecture's own base, where the file has none.</param>
    /// <param name="withoutEffect">Fields of the scaling that do nothing to text in this architecture.</param>
    /// <exception cref="InputException">As there; a part that is not above 0 and at most 1.</exception>
    public static RotaryEmbedding PartialFromConfig(
        ModelConfig config,
        int size,
        double part = 1,
        double theta = 10000,
        params ReadOnlySpan<string> withoutEffect)
    {
        var fields = RotaryFields.Of(config);
        fields.Ignore(withoutEffect);
        var found = config.Number("partial_rotary_factor", part);
        found = fields.Optional("partial_rotary_factor") ?? found;
        return found is > 0 and <= 1
            ? Make(config, fields, (int)(size * found), config.Number("rope_theta", theta))
            : throw config.Broken($"partial_rotary_factor is {found}, not above 0 and at most 1");
    }

    /// <summary>The embedding of one type of layers (<c>full_attention</c>, <c>sliding_attention</c>); null where the file does not tell types apart.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="layerType">The type.</param>
    /// <param name="size">Elements of a head; even.</param>
    /// <param name="theta">The architecture's own base, where the file has none.</param>
    /// <exception cref="InputException">As for <see cref="FromConfig"/>.</exception>
    public static RotaryEmbedding? OfLayers(ModelConfig config, string layerType, int size, double theta)
    {
        if (RotaryFields.OfLayers(config, layerType) is not { } fields)
        {
            return null;
        }

        var part = fields.Optional("partial_rotary_factor") ?? 1;
        if (fields.Type == "proportional")
        {
            theta = fields.Optional("rope_theta") ?? theta;
            fields.RefuseTheRest();
            return part is > 0 and <= 1 && theta > 0 && size % 2 == 0
                ? Proportional(theta, size, part)
                : throw config.Broken($"rotary embedding over {part} of {size} elements with base {theta} is not possible");
        }

        return part == 1 ? Make(config, fields, size, theta) : throw config.Unsupported($"rope_parameters of {layerType} with partial_rotary_factor {part}");
    }

    /// <summary>The first pairs of a head turn as they would if all did; the others stay. A pair is elements i and i + half the head.</summary>
    /// <param name="theta">The base.</param>
    /// <param name="size">Elements of a head; even.</param>
    /// <param name="part">The part of pairs that turns.</param>
    internal static RotaryEmbedding Proportional(double theta, int size, double part)
    {
        var frequencies = RotaryEmbedding.Plain(theta, size);
        Array.Clear(frequencies, (int)(part * size / 2), frequencies.Length - (int)(part * size / 2));
        return new RotaryEmbedding(frequencies);
    }

    /// <summary>A number of the scaling; null where it is absent.</summary>
    internal static double? NumberOf(ModelConfig config, string name) => RotaryFields.Of(config).Optional(name);

    /// <summary>
    /// As <see cref="FromConfig"/>, where a scaling called <c>dynamic</c> that has an <c>alpha</c> raises the base once and for all: Hunyuan's.
    /// </summary>
    internal static RotaryEmbedding WithAlpha(ModelConfig config, int size)
    {
        var fields = RotaryFields.Of(config);
        if (fields.Type != "dynamic" || fields.Optional("alpha") is not { } alpha)
        {
            return FromConfig(config, size);
        }

        // The rest of what such files hold is not read by transformers either.
        return alpha > 0 && size > 2
            ? RotaryEmbedding.Unscaled((fields.Optional("rope_theta") ?? config.Positive("rope_theta", 10000)) * Math.Pow(alpha, size / (size - 2.0)), size)
            : throw config.Broken($"rotary embedding over {size} elements with alpha {alpha} is not possible");
    }

    private static RotaryEmbedding Make(ModelConfig config, RotaryFields fields, int size, double theta)
    {
        theta = fields.Optional("rope_theta") ?? theta;
        if (size < 2 || size % 2 != 0 || !(theta > 0))
        {
            throw config.Broken($"rotary embedding over {size} elements with base {theta} is not possible");
        }

        var made = Scaled(config, fields, size, theta);
        fields.RefuseTheRest();
        return made;
    }

    private static RotaryEmbedding Scaled(ModelConfig config, RotaryFields fields, int size, double theta)
    {
        switch (fields.Type)
        {
            case null or "default":
                return new RotaryEmbedding(RotaryEmbedding.Plain(theta, size));
            case "linear":
                return new RotaryEmbedding(RotaryFrequencies.Linear(fields, theta, size));
            case "llama3":
                return new RotaryEmbedding(RotaryFrequencies.Llama3(fields, theta, size));
            case "rope_freqs":
                // What a GGUF file holds of any scaling that depends on the pair alone.
                var divisors = fields.RequiredList("factors", size / 2);
                return new RotaryEmbedding([.. RotaryEmbedding.Plain(theta, size).Select((frequency, pair) => frequency / (float)divisors[pair])]);
            case "dynamic":
                var trained = config.Size("max_position_embeddings");
                var dynamic =
                    size > 2
                        ? RotaryFrequencies.Dynamic(fields, theta, size, trained)
                        : throw config.Unsupported("rope scaling of type 'dynamic' over 2 elements");
                return new RotaryEmbedding(dynamic(trained), 1, dynamic) { ByLengthAbove = trained, Stretch = Math.Max(1, fields.Required("factor")) };
            case "yarn":
                var context = config.Size("max_position_embeddings");
                var (frequencies, factor) = RotaryFrequencies.Yarn(fields, theta, size, context);
                return new RotaryEmbedding(frequencies, factor)
                {
                    Stretch = Math.Max(1, fields.Required("factor") * (fields.Optional("original_max_position_embeddings") ?? context) / context),
                };
            case "longrope" or "su":
                var (ofLength, attention, above) = RotaryFrequencies.LongRope(
                    fields,
                    theta,
                    size,
                    config.Size("max_position_embeddings"),
                    config.OptionalSize("original_max_position_embeddings"));
                return new RotaryEmbedding(ofLength(1), attention, ofLength) { ByLengthAbove = above };
            default:
                throw config.Unsupported($"rope scaling of type '{fields.Type}'; implemented: default, linear, dynamic, llama3, yarn, longrope");
        }
    }
}

using System.Text.Json;

namespace AlignedProbing.Torch.Models;

/// <summary>
/// Rotary position embedding: pair i of a head turns by position * frequency i. Source: Su et al. 2021; the scalings <c>linear</c>, <c>llama3</c> and <c>yarn</c>
/// (Peng et al. 2023) as Hugging Face has them. Angles are computed in float32, as there.
/// </summary>
public sealed class RotaryEmbedding
{
    private readonly Lock _lock = new();
    private readonly float[] _frequencies;
    private readonly float _factor;
    private RotaryTable _table = new([], [], 0);

    private RotaryEmbedding(float[] frequencies, double factor) => (_frequencies, _factor) = (frequencies, (float)factor);

    /// <summary>Number of pairs that turn: half the elements that do.</summary>
    public int Half => _frequencies.Length;

    /// <summary>Frequency of each pair.</summary>
    public IReadOnlyList<float> Frequencies => _frequencies;

    /// <summary>Reads <c>rope_theta</c>, and <c>rope_scaling</c> or, in newer files, <c>rope_parameters</c>.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="size">Elements of a head that turn; even.</param>
    /// <exception cref="InputException">A scaling that is not implemented, or without its numbers.</exception>
    public static RotaryEmbedding FromConfig(ModelConfig config, int size)
    {
        var (older, newer) = (config.Section("rope_scaling"), config.Section("rope_parameters"));
        var scaling = new ScalingFields(config, newer ?? older);
        var theta = scaling.Optional("rope_theta") ?? config.Number("rope_theta", 10000);
        if (size % 2 != 0 || !(theta > 0))
        {
            throw config.Broken($"rotary embedding over {size} elements with base {theta} is not possible");
        }

        var plain = new float[size / 2];
        for (var i = 0; i < plain.Length; i++)
        {
            plain[i] = 1f / MathF.Pow((float)theta, 2f * i / size);
        }

        var type = scaling.Type;
        return type switch
        {
            null or "default" => new RotaryEmbedding(plain, 1),
            "linear" => new RotaryEmbedding(Linear(plain, scaling), 1),
            "llama3" => new RotaryEmbedding(Llama3(plain, scaling), 1),
            "yarn" => Yarn(plain, scaling, theta, size, config),
            _ => throw config.Unsupported($"rope scaling of type '{type}'; implemented: default, linear, llama3, yarn"),
        };
    }

    /// <summary>Cosines and sines of all positions below a number.</summary>
    internal RotaryTable Table(int positions)
    {
        lock (_lock)
        {
            if (_table.Positions < positions)
            {
                _table = Make(Math.Max(64, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)positions)));
            }

            return _table;
        }
    }

    private static float[] Linear(float[] plain, ScalingFields scaling)
    {
        var factor = (float)scaling.Required("factor");
        return [.. plain.Select(frequency => frequency / factor)];
    }

    private static float[] Llama3(float[] plain, ScalingFields scaling)
    {
        var (factor, low, high) = (scaling.Required("factor"), scaling.Required("low_freq_factor"), scaling.Required("high_freq_factor"));
        var original = scaling.Required("original_max_position_embeddings");
        return [.. plain.Select(frequency =>
        {
            var wavelength = 2 * Math.PI / frequency;
            var smooth = ((original / wavelength) - low) / (high - low);
            return wavelength < original / high ? frequency
                : wavelength > original / low ? (float)(frequency / factor)
                : (float)(((1 - smooth) * frequency / factor) + (smooth * frequency));
        })];
    }

    private static RotaryEmbedding Yarn(float[] plain, ScalingFields scaling, double theta, int size, ModelConfig config)
    {
        var factor = scaling.Required("factor");
        var original = scaling.Optional("original_max_position_embeddings") ?? config.Size("max_position_embeddings");
        foreach (var other in (ReadOnlySpan<string>)["mscale", "mscale_all_dim"])
        {
            if (scaling.Optional(other) is not null)
            {
                throw config.Unsupported($"{other} of the rope scaling");
            }
        }

        var truncate = scaling.OptionalFlag("truncate") ?? true;
        var (fast, slow) = (scaling.Optional("beta_fast") ?? 32, scaling.Optional("beta_slow") ?? 1);
        var low = Dimension(fast);
        var high = Dimension(slow);
        (low, high) = truncate ? (Math.Floor(low), Math.Ceiling(high)) : (low, high);
        (low, high) = (Math.Max(low, 0), Math.Min(high, size - 1));
        high = high == low ? high + 0.001 : high;
        var frequencies = plain.Select((frequency, i) =>
        {
            var ramp = Math.Clamp((i - low) / (high - low), 0, 1);
            return (float)((frequency / factor * ramp) + (frequency * (1 - ramp)));
        });
        return new RotaryEmbedding([.. frequencies], scaling.Optional("attention_factor") ?? (factor <= 1 ? 1 : (0.1 * Math.Log(factor)) + 1));

        double Dimension(double rotations) => size * Math.Log(original / (rotations * 2 * Math.PI)) / (2 * Math.Log(theta));
    }

    private RotaryTable Make(int positions)
    {
        var (cosine, sine) = (new float[positions * Half], new float[positions * Half]);
        for (var position = 0; position < positions; position++)
        {
            for (var i = 0; i < Half; i++)
            {
                var angle = (double)(position * _frequencies[i]);
                cosine[(position * Half) + i] = (float)Math.Cos(angle) * _factor;
                sine[(position * Half) + i] = (float)Math.Sin(angle) * _factor;
            }
        }

        return new RotaryTable(cosine, sine, positions);
    }

    private readonly struct ScalingFields(ModelConfig config, JsonElement? section)
    {
        private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
        {
            "type", "rope_type", "rope_theta", "factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings", "attention_factor", "beta_fast", "beta_slow",
            "truncate", "mscale", "mscale_all_dim", "short_factor", "long_factor", "partial_rotary_factor",
        };

        public string? Type
        {
            get
            {
                if (section is not { } fields)
                {
                    return null;
                }

                var unknown = fields.EnumerateObject().Select(entry => entry.Name).Where(name => !Known.Contains(name)).ToArray();
                return unknown.Length > 0 ? throw config.Unsupported($"rope scaling with {string.Join(", ", unknown)}")
                    : fields.TryGetProperty("rope_type", out var type) || fields.TryGetProperty("type", out type) ? type.ToString()
                    : throw config.Broken("its rope scaling has no rope_type");
            }
        }

        public double? Optional(string name) =>
            section is { } fields && fields.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? config.FiniteNumber(name, value) : null;

        public bool? OptionalFlag(string name) =>
            section is { } fields && fields.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : null;

        public double Required(string name) => Optional(name) is { } value && value > 0 ? value : throw config.Broken($"its rope scaling has no {name} above 0");
    }
}

/// <summary>Cosines and sines [positions, half].</summary>
/// <param name="Cosine">The cosines.</param>
/// <param name="Sine">The sines.</param>
/// <param name="Positions">Number of positions.</param>
internal sealed record RotaryTable(float[] Cosine, float[] Sine, int Positions);

using System.Numerics;
using System.Runtime.CompilerServices;

namespace AlignedProbing.Torch.Models;

/// <summary>
/// Rotary position embedding (Su et al. 2021): pair i of a head turns by position * frequency i. Angles are computed in float32, as Hugging Face does.
/// </summary>
/// <remarks>
/// Under <c>dynamic</c> and <c>longrope</c> scaling frequencies depend on the sequence's length. A prompt's tokens turn as the prompt's full length asks, a
/// continuation's
/// token as the length of its sequence up to it asks, and cached keys stay as they were turned: what Hugging Face's cached generation does for a row of its
/// own.
/// In a batch Hugging Face takes the longest row's length for all; <see cref="TokenBatch.RotaryLength"/> follows it.
/// </remarks>
public sealed class RotaryEmbedding
{
    private readonly Lock _lock = new();
    private readonly Func<int, float[]>? _ofLength;
    private readonly float[] _frequencies;
    private readonly float _factor;
    private readonly ConditionalWeakTable<TokenBatch, RotaryAngles> _ofBatch = [];
    private (float[] Cosine, float[] Sine) _table = ([], []);

    private RotaryEmbedding(float[] frequencies, double factor = 1, Func<int, float[]>? ofLength = null) =>
        (_frequencies, _factor, _ofLength) = (frequencies, (float)factor, ofLength);

    /// <summary>Number of pairs that turn: half the elements that do.</summary>
    public int Half => _frequencies.Length;

    /// <summary>Tokens above which frequencies depend on the sequence's length; null: they do not.</summary>
    public int? ByLengthAbove { get; private init; }

    /// <summary>By how many times the scaling lengthens the context that <c>max_position_embeddings</c> names; 1 or above.</summary>
    public double Stretch { get; private init; } = 1;

    /// <summary>Frequency of each pair, in a sequence of a length.</summary>
    public IReadOnlyList<float> Frequencies(int length) => OfLength(length);

    /// <summary>Turns without scaling.</summary>
    /// <param name="theta">The base, above 0.</param>
    /// <param name="size">Elements of a head, all of which turn; even.</param>
    public static RotaryEmbedding Unscaled(double theta, int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(theta);
        ArgumentOutOfRangeException.ThrowIfNotEqual(size % 2, 0);
        return new RotaryEmbedding(RotaryFrequencies.Plain(theta, size));
    }

    /// <summary>Reads <c>rope_theta</c>, and <c>rope_scaling</c> or, in newer files, <c>rope_parameters</c>; all elements of a head turn.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="size">Elements of a head; even.</param>
    /// <param name="theta">The architecture's own base, where the file has none.</param>
    /// <exception cref="InputException">A scaling that is not implemented, without its numbers, or with others; a <c>partial_rotary_factor</c> other than
    /// 1.</exception>
    public static RotaryEmbedding FromConfig(ModelConfig config, int size, double theta = 10000)
    {
        var fields = RotaryFields.Of(config);
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
    /// <exception cref="InputException">As there; a part that is not above 0 and at most 1.</exception>
    public static RotaryEmbedding PartialFromConfig(ModelConfig config, int size, double part = 1, double theta = 10000)
    {
        var fields = RotaryFields.Of(config);
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
    public static RotaryEmbedding? OfLayers(ModelConfig config, string layerType, int size, double theta) =>
        RotaryFields.OfLayers(config, layerType) is { } fields ? Make(config, fields, size, theta) : null;

    /// <summary>Cosines and sines of a batch's tokens.</summary>
    internal RotaryAngles Angles(TokenBatch batch) => _ofLength is null ? Tabulated(batch.Positions) : _ofBatch.GetValue(batch, ByLength);

    /// <summary>Cosines and sines of tokens at some positions, where frequencies do not depend on the length.</summary>
    internal RotaryAngles Angles(int[] positions) =>
        _ofLength is null ? Tabulated(positions) : throw new InvalidOperationException("These frequencies depend on the sequence's length.");

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
                return new RotaryEmbedding(RotaryFrequencies.Plain(theta, size));
            case "linear":
                return new RotaryEmbedding(RotaryFrequencies.Linear(fields, theta, size));
            case "llama3":
                return new RotaryEmbedding(RotaryFrequencies.Llama3(fields, theta, size));
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

    private float[] OfLength(int length) => _ofLength?.Invoke(length) ?? _frequencies;

    private RotaryAngles Tabulated(int[] positions)
    {
        var count = positions.Max() + 1;
        lock (_lock)
        {
            if (_table.Cosine.Length < count * Half)
            {
                _table = Make(
                    Enumerable.Range(0, Math.Max(64, (int)BitOperations.RoundUpToPowerOf2((uint)count))).Select(position => (position, _frequencies)));
            }

            return new RotaryAngles(_table.Cosine, _table.Sine, positions);
        }
    }

    private RotaryAngles ByLength(TokenBatch batch)
    {
        var ofLengths = new Dictionary<int, float[]>();
        var (cosine, sine) = Make(batch.Positions.Select((position, row) =>
        {
            var length = batch.RotaryLength ?? batch.Lengths[row];
            if (!ofLengths.TryGetValue(length, out var frequencies))
            {
                ofLengths.Add(length, frequencies = OfLength(length));
            }

            return (position, frequencies);
        }));
        return new RotaryAngles(cosine, sine, [.. Enumerable.Range(0, batch.Tokens)]);
    }

    private (float[] Cosine, float[] Sine) Make(IEnumerable<(int Position, float[] Frequencies)> rows)
    {
        var (cosine, sine) = (new List<float>(), new List<float>());
        foreach (var (position, frequencies) in rows)
        {
            foreach (var frequency in frequencies)
            {
                var angle = (double)(position * frequency);
                cosine.Add((float)Math.Cos(angle) * _factor);
                sine.Add((float)Math.Sin(angle) * _factor);
            }
        }

        return ([.. cosine], [.. sine]);
    }
}

/// <summary>Cosines and sines of a batch's tokens: those of token r begin at element <c>Rows[r] * half</c>.</summary>
/// <param name="Cosine">The cosines [rows, half].</param>
/// <param name="Sine">The sines [rows, half].</param>
/// <param name="Rows">The row of each token [tokens].</param>
internal sealed record RotaryAngles(float[] Cosine, float[] Sine, int[] Rows);

using System.Numerics;
using System.Runtime.CompilerServices;

namespace AlignedProbing.Torch.Kernels;

/// <summary>
/// Rotary position embedding (Su et al. 2021): pair i of a head turns by position * frequency i. Angles are computed in float32, as Hugging Face does.
/// </summary>
/// <remarks>
/// Under <c>dynamic</c> and <c>longrope</c> scaling frequencies depend on the sequence's length. A prompt's tokens turn as the prompt's full length asks, a
/// continuation's token as the length of its sequence up to it asks, and cached keys stay as they were turned: what Hugging Face's cached generation does for a
/// row of its own. In a batch Hugging Face takes the longest row's length for all; <see cref="TokenBatch.RotaryLength"/> follows it.
/// </remarks>
public sealed class RotaryEmbedding
{
    private readonly Lock _lock = new();
    private readonly Func<int, float[]>? _ofLength;
    private readonly float[] _frequencies;
    private readonly float _factor;
    private readonly ConditionalWeakTable<TokenBatch, RotaryAngles> _ofBatch = [];
    private (float[] Cosine, float[] Sine) _table = ([], []);

    /// <summary>Turns by frequencies that were made elsewhere.</summary>
    /// <param name="frequencies">One a pair, for sequences of any length.</param>
    /// <param name="factor">What cosines and sines are multiplied by.</param>
    /// <param name="ofLength">The frequencies in a sequence of a length; null: always those.</param>
    internal RotaryEmbedding(float[] frequencies, double factor = 1, Func<int, float[]>? ofLength = null) =>
        (_frequencies, _factor, _ofLength) = (frequencies, (float)factor, ofLength);

    /// <summary>Number of pairs that turn: half the elements that do.</summary>
    public int Half => _frequencies.Length;

    /// <summary>Tokens above which frequencies depend on the sequence's length; null: they do not.</summary>
    public int? ByLengthAbove { get; internal init; }

    /// <summary>By how many times the scaling lengthens the context that <c>max_position_embeddings</c> names; 1 or above.</summary>
    public double Stretch { get; internal init; } = 1;

    /// <summary>Whether pair i is elements 2i and 2i + 1 of a head; otherwise it is elements i and i + <see cref="Half"/>.</summary>
    public bool PairsAreNeighbours { get; private init; }

    /// <summary>The same angles for pairs of neighbours.</summary>
    public RotaryEmbedding OfNeighbours() => new(_frequencies, _factor, _ofLength)
    {
        ByLengthAbove = ByLengthAbove,
        Stretch = Stretch,
        PairsAreNeighbours = true,
    };

    /// <summary>Frequency of each pair, in a sequence of a length.</summary>
    public IReadOnlyList<float> Frequencies(int length) => OfLength(length);

    /// <summary>Turns without scaling.</summary>
    /// <param name="theta">The base, above 0.</param>
    /// <param name="size">Elements of a head, all of which turn; even.</param>
    public static RotaryEmbedding Unscaled(double theta, int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(theta);
        ArgumentOutOfRangeException.ThrowIfNotEqual(size % 2, 0);
        return new RotaryEmbedding(Plain(theta, size));
    }

    /// <summary>Frequencies without scaling: 1 / theta^(2i / size), powers taken in float32 as Hugging Face does.</summary>
    internal static float[] Plain(double theta, int size)
    {
        var frequencies = new float[size / 2];
        for (var i = 0; i < frequencies.Length; i++)
        {
            frequencies[i] = 1f / Power(theta, i, size);
        }

        return frequencies;
    }

    /// <summary>theta^(2 pair / size) in float32.</summary>
    internal static float Power(double theta, int pair, int size) => MathF.Pow((float)theta, 2f * pair / size);

    /// <summary>Cosines and sines of a batch's tokens.</summary>
    internal RotaryAngles Angles(TokenBatch batch) => _ofLength is null ? Tabulated(batch.Positions) : _ofBatch.GetValue(batch, ByLength);

    /// <summary>Cosines and sines of tokens at some positions, where frequencies do not depend on the length.</summary>
    internal RotaryAngles Angles(int[] positions) =>
        _ofLength is null ? Tabulated(positions) : throw new InvalidOperationException("These frequencies depend on the sequence's length.");

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

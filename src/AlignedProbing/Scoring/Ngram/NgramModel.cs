using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AlignedProbing.Scoring.Ngram;

/// <summary>The built-in scorer's model: n-grams with weights, and a small network that reads their sums.</summary>
internal sealed class NgramModel
{
    /// <summary>The attributes, in the order of the lanes. The last lane helps the others and is not given out.</summary>
    public static readonly string[] AttributeNames = ["toxicity", "severe_toxicity", "profanity", "insult", "threat", "sexually_explicit", "identity_attack"];

    /// <summary>Size of a model's bytes at most.</summary>
    public const int MostBytes = 1_000_000;

    private const uint Magic = 0x314D474E; // "NGM1"
    private const int HeaderSize = 16;
    private const float LeastLoad = 0.1f;

    private readonly NgramTable _table;
    private readonly NgramHead? _head;

    /// <summary>Makes a model.</summary>
    /// <param name="table">Its n-grams. Their weights are in log-odds; loads are relative to a text's average, which is 1.</param>
    /// <param name="bias">What the log-odds start from, by lane.</param>
    /// <param name="head">The second stage; null while there is none yet and <see cref="Describe"/> alone is used.</param>
    public NgramModel(NgramTable table, Vector256<float> bias, NgramHead? head) => (_table, Bias, _head) = (table, bias, head);

    /// <summary>What the log-odds start from, by lane.</summary>
    public Vector256<float> Bias { get; }

    /// <summary>A text's length as the weights see it: the more its n-grams matter in sum, the less each one adds.</summary>
    /// <param name="load">Sum of the loads of its n-grams.</param>
    public static float Norm(float load) => 1 / MathF.Sqrt(LeastLoad + load);

    /// <summary>The same model with another second stage.</summary>
    public NgramModel With(NgramHead head) => new(_table, Bias, head);

    /// <summary>Reads a model.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a model.</exception>
    public static NgramModel Read(ReadOnlySpan<byte> bytes)
    {
        const int FixedSize = HeaderSize + (NgramTable.Lanes * sizeof(float)) + NgramTable.ByteCount;
        if (bytes.Length is < FixedSize or > MostBytes || MemoryMarshal.Read<uint>(bytes) != Magic || (bytes.Length - FixedSize) % sizeof(float) != 0)
        {
            throw new InvalidDataException($"These {bytes.Length} bytes are not a model of n-grams.");
        }

        var bias = Vector256.Create(MemoryMarshal.Cast<byte, float>(bytes.Slice(HeaderSize, NgramTable.Lanes * sizeof(float))));
        var rest = bytes[(HeaderSize + (NgramTable.Lanes * sizeof(float)))..];
        return new NgramModel(
            NgramTable.Read(rest[..NgramTable.ByteCount]),
            bias,
            new NgramHead(MemoryMarshal.Cast<byte, float>(rest[NgramTable.ByteCount..])));
    }

    /// <summary>Writes the model.</summary>
    public void Write(Stream stream)
    {
        Span<uint> header = [Magic, NgramTable.Lanes, NgramTable.Slots, NgramHead.MemberSize];
        stream.Write(MemoryMarshal.AsBytes(header));
        Span<float> bias = stackalloc float[NgramTable.Lanes];
        Bias.CopyTo(bias);
        stream.Write(MemoryMarshal.AsBytes(bias));
        _table.Write(stream);
        stream.Write(MemoryMarshal.AsBytes(_head!.Numbers));
    }

    /// <summary>What the second stage sees of a text.</summary>
    /// <param name="text">The text, read.</param>
    /// <param name="inputs">
    /// Gets <see cref="NgramHead.Inputs"/> numbers: by lane the first stage's log-odds, the plain sum of the weights, the largest sum of one word; then the
    /// norm, the share of capitals, exclamation marks, question marks, quotation marks, words, n-grams a word, and the largest load of one word, each squeezed
    /// into [0, 4].
    /// </param>
    public void Describe(NgramReader text, Span<float> inputs)
    {
        var (total, most, load, mostLoad) = (Vector256<float>.Zero, Vector256<float>.Zero, 0f, 0f);
        var start = 0;
        var hashes = text.Hashes;
        foreach (var end in text.WordEnds)
        {
            var (word, wordLoad) = (Vector256<float>.Zero, 0f);
            for (var i = start; i < end; i++)
            {
                _table.Add(hashes[i], ref word, ref wordLoad);
            }

            total += word;
            most = Vector256.Max(most, word);
            load += wordLoad;
            mostLoad = Math.Max(mostLoad, wordLoad);
            start = end;
        }

        var norm = Norm(load);
        (Bias + (total * Vector256.Create(norm))).CopyTo(inputs);
        total.CopyTo(inputs[NgramTable.Lanes..]);
        most.CopyTo(inputs[(2 * NgramTable.Lanes)..]);
        var rest = inputs[(3 * NgramTable.Lanes)..];
        rest[0] = norm;
        rest[1] = text.CapitalShare;
        rest[2] = Squeeze(text.Exclamations, 1);
        rest[3] = Squeeze(text.Questions, 1);
        rest[4] = Squeeze(text.Quotes, 1);
        rest[5] = Squeeze(text.WordEnds.Length, 16);
        rest[6] = Squeeze((float)hashes.Length / Math.Max(1, text.WordEnds.Length), 16);
        rest[7] = Squeeze(mostLoad, 1);

        static float Squeeze(float value, float half) => value / (value + half);
    }

    /// <summary>Scores a text that has at least one word.</summary>
    /// <returns>A score in [0, 1] for each lane.</returns>
    public Vector256<float> Score(NgramReader text)
    {
        Span<float> inputs = stackalloc float[NgramHead.Inputs];
        Describe(text, inputs);
        return Logistic.Of(_head!.LogOdds(inputs));
    }
}

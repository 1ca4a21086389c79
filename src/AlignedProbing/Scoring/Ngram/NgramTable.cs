using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AlignedProbing.Scoring.Ngram;

/// <summary>
/// Weights of n-grams, by hash: open addressing over 65,536 slots, each with a 16-bit tag, eight 8-bit weights and an 8-bit load. It holds hashes, no words. An
/// n-gram that was never learnt is taken for one that was about once in ten thousand times.
/// </summary>
internal sealed class NgramTable
{
    /// <summary>Weights of an n-gram: one for each lane of a 256-bit vector of floats.</summary>
    public const int Lanes = 8;

    /// <summary>Number of slots.</summary>
    public const int Slots = 1 << 16;

    /// <summary>N-grams at most; the other slots stay empty so that searches end soon.</summary>
    public const int Capacity = 54_000;

    /// <summary>Size of <see cref="Write"/>'s bytes.</summary>
    public const int ByteCount = (Slots * (sizeof(ushort) + Lanes + 1)) + ((Lanes + 1) * sizeof(float));

    private const int Mask = Slots - 1;

    private readonly ushort[] _tags = new ushort[Slots];
    private readonly sbyte[] _packedWeights = new sbyte[Slots * Lanes];
    private readonly byte[] _packedLoads = new byte[Slots];
    private readonly float[] _largest = new float[Lanes + 1];
    private readonly Vector256<float>[] _weights = new Vector256<float>[Slots];
    private readonly float[] _loads = new float[Slots];

    private NgramTable()
    {
    }

    /// <summary>Packs n-grams.</summary>
    /// <param name="hashes">Their hashes; at most <see cref="Capacity"/>, none twice.</param>
    /// <param name="weights">Their weights.</param>
    /// <param name="loads">What they add to a text's load; not negative.</param>
    public static NgramTable Pack(ReadOnlySpan<ulong> hashes, ReadOnlySpan<Vector256<float>> weights, ReadOnlySpan<float> loads)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(hashes.Length, Capacity);
        var table = new NgramTable();
        for (var i = 0; i < hashes.Length; i++)
        {
            for (var lane = 0; lane < Lanes; lane++)
            {
                table._largest[lane] = Math.Max(table._largest[lane], Math.Abs(weights[i][lane]));
            }

            table._largest[Lanes] = Math.Max(table._largest[Lanes], loads[i]);
        }

        for (var i = 0; i < hashes.Length; i++)
        {
            var slot = table.Find(hashes[i]);
            if (table._tags[slot] != 0)
            {
                // Another n-gram has the same tag near by: about one in ten thousand is given up.
                continue;
            }

            table._tags[slot] = Tag(hashes[i]);
            table._packedLoads[slot] = (byte)MathF.Round(255 * Root(loads[i], table._largest[Lanes]));
            for (var lane = 0; lane < Lanes; lane++)
            {
                var weight = weights[i][lane];
                table._packedWeights[(slot * Lanes) + lane] = (sbyte)(Math.Sign(weight) * MathF.Round(127 * Root(Math.Abs(weight), table._largest[lane])));
            }
        }

        table.Unpack();
        return table;

        static float Root(float value, float largest) => largest > 0 ? MathF.Sqrt(value / largest) : 0;
    }

    /// <summary>Reads a table.</summary>
    /// <param name="bytes">As <see cref="Write"/> wrote them.</param>
    /// <exception cref="InvalidDataException">They are not a table.</exception>
    public static NgramTable Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != ByteCount || !BitConverter.IsLittleEndian)
        {
            throw new InvalidDataException($"A table has {ByteCount} bytes, little-endian; these are {bytes.Length}.");
        }

        var table = new NgramTable();
        var parts = table.Parts();
        foreach (var part in parts)
        {
            bytes[..part.Length].CopyTo(part.Span);
            bytes = bytes[part.Length..];
        }

        if (table._largest.Any(value => !float.IsFinite(value) || value < 0) || table._tags.Count(tag => tag != 0) > Capacity)
        {
            throw new InvalidDataException("The table's scales or its number of n-grams are out of range.");
        }

        table.Unpack();
        return table;
    }

    /// <summary>Writes the table.</summary>
    public void Write(Stream stream)
    {
        foreach (var part in Parts())
        {
            stream.Write(part.Span);
        }
    }

    /// <summary>Adds what is known of an n-gram; nothing where it is not known.</summary>
    public void Add(ulong hash, ref Vector256<float> sum, ref float load)
    {
        var slot = Find(hash);
        sum += _weights[slot];
        load += _loads[slot];
    }

    // The n-gram's slot, or the empty one where it would be, whose weights are zero.
    private int Find(ulong hash)
    {
        var tag = Tag(hash);
        var slot = (int)hash & Mask;
        while (_tags[slot] != 0 && _tags[slot] != tag)
        {
            slot = (slot + 1) & Mask;
        }

        return slot;
    }

    private static ushort Tag(ulong hash) => (ushort)Math.Max(1u, (uint)(hash >> 48));

    // Weights and loads are stored by their square roots: a few are large, and the many small ones need the finer steps.
    private void Unpack()
    {
        for (var slot = 0; slot < Slots; slot++)
        {
            var weight = Vector256<float>.Zero;
            for (var lane = 0; lane < Lanes; lane++)
            {
                var part = _packedWeights[(slot * Lanes) + lane] / 127f;
                weight = weight.WithElement(lane, part * Math.Abs(part) * _largest[lane]);
            }

            _weights[slot] = weight;
            var load = _packedLoads[slot] / 255f;
            _loads[slot] = load * load * _largest[Lanes];
        }
    }

    private Memory<byte>[] Parts() =>
        [new BytesOf<ushort>(_tags).Memory, new BytesOf<sbyte>(_packedWeights).Memory, _packedLoads, new BytesOf<float>(_largest).Memory];

    // The bytes of an array of numbers, without a copy.
    private sealed class BytesOf<T>(T[] array) : System.Buffers.MemoryManager<byte>
        where T : unmanaged
    {
        public override Span<byte> GetSpan() => MemoryMarshal.AsBytes(array.AsSpan());

        public override System.Buffers.MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}

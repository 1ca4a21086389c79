using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace AlignedProbing.Numerics;

/// <summary>
/// The random numbers of one thing: a stream keyed by a hash of (seed, what it is for, id, number), so that a result never depends on batch size, order,
/// threads, sharding or resuming.
/// </summary>
public readonly struct RandomStream
{
    private readonly ulong _key;

    private RandomStream(ulong key) => _key = key;

    /// <summary>The stream of one continuation.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="promptId">The prompt's id.</param>
    /// <param name="sample">The continuation's number, from 0.</param>
    public static RandomStream ForContinuation(int seed, string promptId, int sample) => For(seed, "continuation", promptId, sample);

    /// <summary>A stream for another purpose.</summary>
    public static RandomStream For(int seed, string purpose, string id, int number)
    {
        // SHA-256 of the parts with their lengths: no two keys collide by concatenation.
        var size = 16 + Encoding.UTF8.GetByteCount(purpose) + Encoding.UTF8.GetByteCount(id);
        var bytes = new byte[size];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, seed);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), number);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), purpose.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), id.Length);
        var at = 16 + Encoding.UTF8.GetBytes(purpose, bytes.AsSpan(16));
        Encoding.UTF8.GetBytes(id, bytes.AsSpan(at));
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(bytes, hash);
        return new RandomStream(BinaryPrimitives.ReadUInt64LittleEndian(hash));
    }

    /// <summary>The number of a step, in [0, 1) with 53 bits.</summary>
    /// <param name="step">The step, from 0.</param>
    /// <param name="draw">Which number of that step, where one is not enough (rejection sampling).</param>
    public double Uniform(int step, int draw = 0)
    {
        var (a, b, _, _) = Philox.Block(_key, (uint)step, (uint)draw);
        return Philox.ToDouble(a, b);
    }
}

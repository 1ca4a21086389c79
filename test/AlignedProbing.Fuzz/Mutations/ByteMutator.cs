using System.Buffers.Binary;

namespace AlignedProbing.Fuzz.Mutations;

/// <summary>Changes bytes, whole numbers, lengths: for files whose form is in offsets and counts, most of it at their beginning or end.</summary>
public sealed class ByteMutator : IMutator
{
    private const int Ends = 512;

    private static readonly ulong[] Odd =
    [
        0, 1, 2, 3, 7, 8, 127, 128, 255, 256, 32767, 65535, 65536, int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 32, long.MaxValue, 1UL << 63, ulong.MaxValue,
        ulong.MaxValue - 1, 0x7FF0000000000000, 0x7FF8000000000000, 0xFFF0000000000000,
    ];

    /// <inheritdoc/>
    public byte[] Change(byte[] file, Random random)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(random);
        var result = file.ToArray();
        for (var times = random.Next(1, 5); times > 0 && result.Length > 0; times--)
        {
            result = Once(result, random);
        }

        return result;
    }

    private static byte[] Once(byte[] file, Random random)
    {
        var at = Place(file.Length, random);
        switch (random.Next(12))
        {
            case 0:
                file[at] = (byte)random.Next(256);
                return file;
            case 1:
                file[at] ^= (byte)(1 << random.Next(8));
                return file;
            case 2 or 3:
                return Number(file, at, 4, Odd[random.Next(Odd.Length)], random);
            case 4 or 5:
                return Number(file, at, 8, Odd[random.Next(Odd.Length)], random);
            case 6:
                return Nudge(file, at, random);
            case 7:
                return file[..at];
            case 8:
                return [.. file[..at], .. file[Math.Min(file.Length, at + random.Next(1, 64))..]];
            case 9:
                var from = random.Next(file.Length);
                return [.. file[..at], .. file.AsSpan(from, Math.Min(random.Next(1, 64), file.Length - from)), .. file[at..]];
            case 10:
                file.AsSpan(at, Math.Min(random.Next(1, 32), file.Length - at)).Fill(random.Next(3) switch { 0 => 0, 1 => 0xFF, _ => (byte)'A' });
                return file;
            default:
                var (first, second) = (Place(file.Length, random), at);
                var length = Math.Min(random.Next(1, 16), file.Length - Math.Max(first, second));
                var kept = file.AsSpan(first, length).ToArray();
                file.AsSpan(second, length).CopyTo(file.AsSpan(first, length));
                kept.CopyTo(file.AsSpan(second, length));
                return file;
        }
    }

    private static int Place(int length, Random random) => random.Next(4) switch
    {
        0 or 1 => random.Next(Math.Min(length, Ends)),
        2 => length - 1 - random.Next(Math.Min(length, Ends)),
        _ => random.Next(length),
    };

    private static byte[] Number(byte[] file, int at, int width, ulong value, Random random)
    {
        // Numbers of binary files lie at multiples of four more often than not.
        at = random.Next(2) == 0 ? at & ~3 : at;
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        bytes[..Math.Min(width, file.Length - at)].CopyTo(file.AsSpan(at));
        return file;
    }

    private static byte[] Nudge(byte[] file, int at, Random random)
    {
        if (file.Length - at < 4)
        {
            return file;
        }

        var span = file.AsSpan(at, 4);
        BinaryPrimitives.WriteInt32LittleEndian(span, unchecked(BinaryPrimitives.ReadInt32LittleEndian(span) + random.Next(-3, 4)));
        return file;
    }
}

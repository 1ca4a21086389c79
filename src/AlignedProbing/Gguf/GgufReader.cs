using System.Buffers.Binary;
using System.Text;

namespace AlignedProbing.Gguf;

/// <summary>Reads a GGUF file's header number by number; never beyond the file's end, and never more than it can hold.</summary>
internal sealed class GgufReader(Stream stream, string path)
{
    private const int LongestKey = 65535;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _number = new byte[8];

    /// <summary>Bytes left.</summary>
    public long Left => stream.Length - stream.Position;

    /// <summary>Where the reader is.</summary>
    public long Position => stream.Position;

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Number(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Number(8));

    /// <summary>A count of things of at least so many bytes each.</summary>
    public int Count(string what, int leastBytes)
    {
        var count = UInt64();
        return count <= (ulong)(Left / leastBytes) && count <= int.MaxValue
            ? (int)count
            : throw GgufErrors.Broken(path, $"it claims to have {count} {what}, more than fit in it");
    }

    /// <summary>A key or a name.</summary>
    public string Key()
    {
        var text = Text();
        return text.Length is > 0 and <= LongestKey ? text : throw GgufErrors.Broken(path, $"a name of it has {text.Length} characters");
    }

    public string Text() => TextOrNull() ?? throw GgufErrors.Broken(path, "a text of it is not UTF-8");

    /// <summary>A value of a type.</summary>
    /// <returns>long, double, bool, string, or an array of one of these.</returns>
    public object Value(uint type)
    {
        if (type != 9)
        {
            return Single(type);
        }

        var (elements, leastBytes) = (UInt32(), 0);
        leastBytes = elements switch
        {
            0 or 1 or 7 => 1,
            2 or 3 => 2,
            4 or 5 or 6 => 4,
            8 or 10 or 11 or 12 => 8,
            _ => throw GgufErrors.Broken(path, $"an array has elements of type {elements}"),
        };
        var count = Count("elements of an array", leastBytes);
        return elements switch
        {
            8 => Many(count, Text),
            6 or 12 => Many(count, () => (double)Single(elements)),
            7 => Many(count, () => (bool)Single(elements)),
            _ => Many(count, () => (long)Single(elements)),
        };
    }

    private static T[] Many<T>(int count, Func<T> next)
    {
        var values = new T[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = next();
        }

        return values;
    }

    private object Single(uint type) => type switch
    {
        0 => (long)Number(1)[0],
        1 => (long)(sbyte)Number(1)[0],
        2 => (long)BinaryPrimitives.ReadUInt16LittleEndian(Number(2)),
        3 => (long)BinaryPrimitives.ReadInt16LittleEndian(Number(2)),
        4 => (long)UInt32(),
        5 => (long)BinaryPrimitives.ReadInt32LittleEndian(Number(4)),
        6 => (double)BinaryPrimitives.ReadSingleLittleEndian(Number(4)),
        7 => Number(1)[0] switch { 0 => false, 1 => true, var other => throw GgufErrors.Broken(path, $"a truth value of it is {other}") },
        8 => Text(),
        10 => UInt64() is var number && number <= long.MaxValue ? (long)number : throw GgufErrors.Broken(path, $"a number of it is {number}"),
        11 => BinaryPrimitives.ReadInt64LittleEndian(Number(8)),
        12 => BinaryPrimitives.ReadDoubleLittleEndian(Number(8)),
        _ => throw GgufErrors.Broken(path, $"a value of it has the type {type}"),
    };

    private string? TextOrNull()
    {
        var bytes = new byte[Count("bytes of a text", 1)];
        stream.ReadExactly(bytes);
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private ReadOnlySpan<byte> Number(int bytes)
    {
        if (Left < bytes)
        {
            throw GgufErrors.Broken(path, "it ends within its header");
        }

        stream.ReadExactly(_number, 0, bytes);
        return _number.AsSpan(0, bytes);
    }
}

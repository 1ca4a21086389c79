using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace AlignedProbing.Files;

/// <summary>What an .npy file says of itself. Source of the format: numpy.lib.format.</summary>
/// <param name="ElementType">NumPy's name of the type: <c>&lt;f4</c>.</param>
/// <param name="Fortran">Whether the first index runs fastest.</param>
/// <param name="Shape">Sizes in the order of the indices.</param>
/// <param name="Offset">First byte of the elements.</param>
internal sealed record NpyHeader(string ElementType, bool Fortran, long[] Shape, long Offset)
{
    private const int MostDimensions = 32;

    private static readonly string[] Kinds = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"];

    /// <summary>Kind and bytes: <c>f4</c>, <c>i8</c>, <c>b1</c>.</summary>
    public string Kind => ElementType[1..];

    /// <summary>Bytes of an element.</summary>
    public int ElementSize => ElementType[2] - '0';

    /// <summary>Whether the most significant byte comes first.</summary>
    public bool BigEndian => ElementType[0] == '>';

    /// <summary>Number of elements.</summary>
    public long Count { get; } = Product(Shape);

    /// <summary>Reads and checks the header, also against the file's length.</summary>
    /// <exception cref="InputException"><c>npy-broken</c>.</exception>
    public static NpyHeader Read(FileStream stream, string path)
    {
        Span<byte> start = stackalloc byte[12];
        if (stream.ReadAtLeast(start, 12, throwOnEndOfStream: false) < 12 || !start[..6].SequenceEqual(NpyFile.Magic))
        {
            throw NpyFile.Broken(path, "it does not begin as an .npy file");
        }

        var major = start[6];
        var (length, offset) = major switch
        {
            1 => ((long)BinaryPrimitives.ReadUInt16LittleEndian(start[8..]), 10L),
            2 or 3 => (BinaryPrimitives.ReadUInt32LittleEndian(start[8..]), 12L),
            _ => throw NpyFile.Broken(path, $"format {major} is not known"),
        };
        if (length > 1 << 20 || offset + length > stream.Length)
        {
            throw NpyFile.Broken(path, $"its header claims {length} bytes");
        }

        var bytes = new byte[length];
        stream.Position = offset;
        stream.ReadExactly(bytes);
        var text = Encoding.UTF8.GetString(bytes);
        var header = new NpyHeader(Type(text, path), IsFortran(text, path), Sizes(text, path), offset + length);
        var expected = (Int128)header.Offset + ((Int128)header.Count * header.ElementSize);
        return stream.Length == expected ? header : throw NpyFile.Broken(path, $"its header promises {expected} bytes and it has {stream.Length}");
    }

    private static string Type(string header, string path)
    {
        var type = Between(header, "'descr':", ",", path).Trim(' ', '\'', '"');
        return type.Length == 3 && type[0] is '<' or '>' or '|' && Kinds.Contains(type[1..]) && (type[0] == '|') == (type[2] == '1')
            ? type
            : throw NpyFile.Broken(path, $"element type {type} is not read here (floating-point numbers, whole numbers and booleans are)");
    }

    private static bool IsFortran(string header, string path) => Between(header, "'fortran_order':", ",", path).Trim() switch
    {
        "False" => false,
        "True" => true,
        var other => throw NpyFile.Broken(path, $"fortran_order is {other}"),
    };

    private static long[] Sizes(string header, string path)
    {
        var shape = new List<long>();
        foreach (var part in Between(header, "(", ")", path).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            shape.Add(
                long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size < 1L << 40
                    ? size
                    : throw NpyFile.Broken(path, $"shape '{part}' is not a size"));
        }

        return shape.Count <= MostDimensions ? [.. shape] : throw NpyFile.Broken(path, $"its shape has {shape.Count} sizes");
    }

    // A file of 2^62 elements there is not: beyond, the exact number does not matter.
    private static long Product(long[] shape)
    {
        var product = 1L;
        foreach (var size in shape)
        {
            if (size == 0)
            {
                return 0;
            }

            product = product > (1L << 62) / size ? 1L << 62 : product * size;
        }

        return product;
    }

    private static string Between(string text, string before, string after, string path)
    {
        var from = text.IndexOf(before, StringComparison.Ordinal);
        var to = from < 0 ? -1 : text.IndexOf(after, from + before.Length, StringComparison.Ordinal);
        return to < 0 ? throw NpyFile.Broken(path, $"its header has no {before}") : text[(from + before.Length)..to];
    }
}

using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace AlignedProbing.Files;

/// <summary>
/// NumPy's array files, format 1.0 to 3.0, little-endian, C order: float16, float32, float64, int32 and int64 are read as they are stored; float32 and float16
/// are written.
/// Source of the format: numpy.lib.format.
/// </summary>
public sealed class NpyFile : IDisposable
{
    private static readonly byte[] Magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    private readonly FileStream _stream;
    private readonly long _dataOffset;

    private NpyFile(FileStream stream, string path, string elementType, long[] shape, long dataOffset)
    {
        _stream = stream;
        Name = path;
        ElementType = elementType;
        Shape = shape;
        _dataOffset = dataOffset;
    }

    /// <summary>The file's path.</summary>
    public string Name { get; }

    /// <summary>NumPy's name of the stored type: <c>&lt;f4</c>, <c>&lt;f2</c>, <c>&lt;f8</c>, <c>&lt;i4</c> or <c>&lt;i8</c>.</summary>
    public string ElementType { get; }

    /// <summary>Sizes, slowest first.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);

    private int ElementSize => ElementType[2] - '0';

    /// <summary>Opens a file and checks its header against its length.</summary>
    /// <exception cref="InputException">It is not such a file, or is shorter or longer than its header says.</exception>
    public static NpyFile Open(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        try
        {
            var (elementType, shape, offset) = ReadHeader(stream, path);
            var file = new NpyFile(stream, path, elementType, shape, offset);
            var expected = offset + checked(file.Count * file.ElementSize);
            return stream.Length == expected
                ? file
                : throw Broken(path, $"its header promises {expected} bytes and it has {stream.Length}");
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads a whole file as float32, whatever float type it stores.</summary>
    public static (float[] Values, long[] Shape) ReadAll(string path)
    {
        using var file = Open(path);
        var values = new float[checked((int)file.Count)];
        file.Read(0, values);
        return (values, [.. file.Shape]);
    }

    /// <summary>Reads elements as float32, converting from float16 or float64.</summary>
    /// <param name="start">First element, counted through the whole array.</param>
    /// <param name="destination">Where to; its length says how many.</param>
    public void Read(long start, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + destination.Length, Count);
        var position = _dataOffset + (start * ElementSize);
        switch (ElementType)
        {
            case "<f4":
                ReadBytes(position, MemoryMarshal.AsBytes(destination));
                break;
            case "<f2":
                ReadConverted<Half>(position, destination, static (from, to) => System.Numerics.Tensors.TensorPrimitives.ConvertToSingle(from, to));
                break;
            case "<f8":
                ReadConverted<double>(position, destination, static (from, to) =>
                {
                    for (var i = 0; i < from.Length; i++)
                    {
                        to[i] = (float)from[i];
                    }
                });
                break;
            default:
                throw Broken(Name, $"it stores {ElementType}, and a floating-point type was asked for");
        }
    }

    /// <summary>Reads all elements of an integer file.</summary>
    public long[] ReadIntegers()
    {
        var values = new long[checked((int)Count)];
        switch (ElementType)
        {
            case "<i8":
                ReadBytes(_dataOffset, MemoryMarshal.AsBytes(values.AsSpan()));
                break;
            case "<i4":
                var narrow = new int[values.Length];
                ReadBytes(_dataOffset, MemoryMarshal.AsBytes(narrow.AsSpan()));
                for (var i = 0; i < narrow.Length; i++)
                {
                    values[i] = narrow[i];
                }

                break;
            default:
                throw Broken(Name, $"it stores {ElementType}, and an integer type was asked for");
        }

        return values;
    }

    /// <summary>Writes a float32 array.</summary>
    public static void Write(Stream stream, ReadOnlySpan<float> values, params ReadOnlySpan<long> shape)
    {
        WriteHeader(stream, "<f4", values.Length, shape);
        stream.Write(MemoryMarshal.AsBytes(values));
    }

    /// <summary>Writes a float16 array.</summary>
    public static void Write(Stream stream, ReadOnlySpan<Half> values, params ReadOnlySpan<long> shape)
    {
        WriteHeader(stream, "<f2", values.Length, shape);
        stream.Write(MemoryMarshal.AsBytes(values));
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    /// <summary>Begins a file whose elements are written bit by bit, in any order.</summary>
    /// <param name="path">The file; there must be none yet.</param>
    /// <param name="half">Whether elements are stored as float16; else as float32.</param>
    /// <param name="shape">Sizes, slowest first.</param>
    public static NpyWriter Create(string path, bool half, params ReadOnlySpan<long> shape)
    {
        var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1);
        var count = 1L;
        foreach (var size in shape)
        {
            count = checked(count * size);
        }

        WriteHeader(stream, half ? "<f2" : "<f4", count, shape);
        return new NpyWriter(stream, half, stream.Position, count);
    }

    private static void WriteHeader(Stream stream, string type, long count, ReadOnlySpan<long> shape)
    {
        long product = 1;
        var sizes = new StringBuilder();
        foreach (var size in shape)
        {
            product = checked(product * size);
            sizes.Append(CultureInfo.InvariantCulture, $"{size}, ");
        }

        if (product != count)
        {
            throw new ArgumentException($"The shape has {product} elements and {count} were given.", nameof(shape));
        }

        var text = sizes.ToString();
        text = shape.Length == 1 ? text.TrimEnd() : text.TrimEnd(' ', ',');
        var header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({text}), }}";
        var total = (10 + header.Length + 1 + 63) / 64 * 64;
        header = header.PadRight(total - 11) + "\n";
        Span<byte> start = stackalloc byte[10];
        Magic.CopyTo(start);
        start[6] = 1;
        start[7] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(start[8..], (ushort)header.Length);
        stream.Write(start);
        stream.Write(Encoding.ASCII.GetBytes(header));
    }

    private static (string ElementType, long[] Shape, long Offset) ReadHeader(FileStream stream, string path)
    {
        Span<byte> start = stackalloc byte[12];
        if (stream.ReadAtLeast(start, 12, throwOnEndOfStream: false) < 12 || !start[..6].SequenceEqual(Magic))
        {
            throw Broken(path, "it does not begin as an .npy file");
        }

        var major = start[6];
        var (length, offset) = major switch
        {
            1 => ((long)BinaryPrimitives.ReadUInt16LittleEndian(start[8..]), 10L),
            2 or 3 => (BinaryPrimitives.ReadUInt32LittleEndian(start[8..]), 12L),
            _ => throw Broken(path, $"format {major} is not known"),
        };
        if (length > 1 << 20 || offset + length > stream.Length)
        {
            throw Broken(path, $"its header claims {length} bytes");
        }

        var bytes = new byte[length];
        stream.Position = offset;
        stream.ReadExactly(bytes);
        var header = Encoding.UTF8.GetString(bytes);
        var type = Between(header, "'descr':", ",").Trim(' ', '\'', '"');
        if (type is not ("<f4" or "<f2" or "<f8" or "<i4" or "<i8"))
        {
            throw Broken(path, $"element type {type} is not read here (little-endian float16, float32, float64, int32 and int64 are)");
        }

        if (Between(header, "'fortran_order':", ",").Trim() != "False")
        {
            throw Broken(path, "it is in Fortran order; save it in C order (numpy.ascontiguousarray)");
        }

        var shape = new List<long>();
        foreach (var part in Between(header, "(", ")").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            shape.Add(
                long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size < 1L << 40
                    ? size
                    : throw Broken(path, $"shape '{part}' is not a size"));
        }

        return (type, [.. shape], offset + length);

        string Between(string text, string before, string after)
        {
            var from = text.IndexOf(before, StringComparison.Ordinal);
            var to = from < 0 ? -1 : text.IndexOf(after, from + before.Length, StringComparison.Ordinal);
            return to < 0 ? throw Broken(path, $"its header has no {before}") : text[(from + before.Length)..to];
        }
    }

    private static InputException Broken(string path, string found) =>
        new("npy-broken", $"reading the array '{path}'", found, "Write the file again, or remove it (for a chunk: its folder) and run the stage again");

    private void ReadBytes(long position, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            var read = RandomAccess.Read(_stream.SafeFileHandle, destination[..Math.Min(destination.Length, 1 << 28)], position);
            if (read == 0)
            {
                throw Broken(Name, "it ended while it was read");
            }

            position += read;
            destination = destination[read..];
        }
    }

    private void ReadConverted<T>(long position, Span<float> destination, Action<ReadOnlySpan<T>, Span<float>> convert)
        where T : unmanaged
    {
        var size = ElementSize;
        var buffer = new T[Math.Min(destination.Length, 1 << 16)];
        for (var done = 0; done < destination.Length;)
        {
            var part = buffer.AsSpan(0, Math.Min(buffer.Length, destination.Length - done));
            ReadBytes(position + ((long)done * size), MemoryMarshal.AsBytes(part));
            convert(part, destination.Slice(done, part.Length));
            done += part.Length;
        }
    }
}

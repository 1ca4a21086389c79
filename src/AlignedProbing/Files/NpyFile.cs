using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace AlignedProbing.Files;

/// <summary>
/// NumPy's array files, format 1.0 to 3.0: floating-point and whole numbers and booleans are read, of either byte order, in C or Fortran order; float32 and
/// float16 are written. Elements are counted in C order whatever order the file has. Source of the format: numpy.lib.format.
/// </summary>
public sealed class NpyFile : IDisposable
{
    /// <summary>How each such file begins.</summary>
    internal static readonly byte[] Magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    private const int BytesAtATime = 1 << 18;

    private readonly FileStream _stream;
    private readonly NpyHeader _header;

    // The elements of a file in Fortran order, in C order: made when they are first asked for.
    private float[]? _sorted;

    private NpyFile(FileStream stream, string path, NpyHeader header) => (_stream, Name, _header) = (stream, path, header);

    /// <summary>The file's path.</summary>
    public string Name { get; }

    /// <summary>NumPy's name of the stored type: <c>&lt;f4</c>, <c>&gt;f8</c>, <c>&lt;i8</c>, <c>|b1</c>.</summary>
    public string ElementType => _header.ElementType;

    /// <summary>Sizes, in the order of the indices.</summary>
    public IReadOnlyList<long> Shape => _header.Shape;

    /// <summary>Number of elements.</summary>
    public long Count => _header.Count;

    // Arrays with one index lie the same in both orders.
    private bool IsReversed => _header.Fortran && Shape.Count(size => size != 1) > 1;

    /// <summary>Opens a file and checks its header against its length.</summary>
    /// <exception cref="InputException"><c>npy-broken</c>: it is not such a file, or is shorter or longer than its header says.</exception>
    public static NpyFile Open(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        try
        {
            return new NpyFile(stream, path, NpyHeader.Read(stream, path));
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads a whole file as float32, whatever it stores.</summary>
    /// <exception cref="InputException"><c>npy-broken</c>: as for <see cref="Open"/>; or it has 2^31 elements or more.</exception>
    public static (float[] Values, long[] Shape) ReadAll(string path)
    {
        using var file = Open(path);
        var values = new float[file.CountInMemory()];
        file.Read(0, values);
        return (values, [.. file.Shape]);
    }

    /// <summary>Reads elements as float32, rounded to the nearest; booleans are 0 and 1.</summary>
    /// <param name="start">First element, counted through the whole array in C order.</param>
    /// <param name="destination">Where to; its length says how many.</param>
    /// <exception cref="InputException"><c>npy-broken</c>: the file was cut off meanwhile; or it is in Fortran order and has 2^31 elements or more.</exception>
    public void Read(long start, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + destination.Length, Count);
        if (!IsReversed)
        {
            ReadStored(start, destination);
            return;
        }

        if (_sorted is null)
        {
            var stored = new float[CountInMemory()];
            ReadStored(0, stored);
            _sorted = InOrder(stored);
        }

        _sorted.AsSpan((int)start, destination.Length).CopyTo(destination);
    }

    /// <summary>Reads all elements of a file of whole numbers or booleans.</summary>
    /// <exception cref="InputException"><c>npy-broken</c>: it holds floating-point numbers, numbers beyond 2^63, or 2^31 elements or more.</exception>
    public long[] ReadIntegers()
    {
        if (_header.Kind[0] == 'f')
        {
            throw Broken(Name, $"it stores {ElementType}, and an integer type was asked for");
        }

        var values = new long[CountInMemory()];
        var done = 0;
        try
        {
            ReadElements(0, values.Length, (elements, count) =>
            {
                NpyElements.ToIntegers(_header.Kind, elements, values.AsSpan(done, count));
                done += count;
            });
        }
        catch (OverflowException error)
        {
            throw Broken(Name, $"it stores {ElementType}, and a number of it is beyond 2^63", error);
        }

        return IsReversed ? InOrder(values) : values;
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

    /// <summary>SHA-256 of all that is before the elements, lower-case hexadecimal.</summary>
    public string HashOfHead() => HashOf(0, _header.Offset);

    /// <summary>SHA-256 of the elements at one index of the first axis, as they are stored, lower-case hexadecimal.</summary>
    public string HashOfPart(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Shape[0]);
        var length = Count / Shape[0] * _header.ElementSize;
        return HashOf(_header.Offset + (index * length), length);
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

    /// <summary>An error that says what is wrong with an array file.</summary>
    internal static InputException Broken(string path, string found, Exception? inner = null) => new(
        "npy-broken",
        $"reading the array '{path}'",
        found,
        "Write the file again, or remove it (for a chunk: its folder) and run the stage again",
        inner);

    private int CountInMemory() => Count <= Array.MaxLength
        ? (int)Count
        : throw Broken(Name, $"it has {Count} elements, more than can be read at once from it; save it in parts, in C order");

    private void ReadStored(long start, Span<float> destination)
    {
        if (_header is { Kind: "f4", BigEndian: false })
        {
            ReadBytes(_header.Offset + (start * sizeof(float)), MemoryMarshal.AsBytes(destination));
            return;
        }

        var buffer = new byte[(int)Math.Min(BytesAtATime, (long)destination.Length * _header.ElementSize)];
        while (destination.Length > 0)
        {
            var count = Math.Min(destination.Length, buffer.Length / _header.ElementSize);
            NpyElements.ToFloats(_header.Kind, ReadPart(start, buffer.AsSpan(0, count * _header.ElementSize)), destination[..count]);
            start += count;
            destination = destination[count..];
        }
    }

    private void ReadElements(long start, int count, Action<ReadOnlySpan<byte>, int> use)
    {
        var buffer = new byte[(int)Math.Min(BytesAtATime, (long)count * _header.ElementSize)];
        for (var done = 0; done < count;)
        {
            var part = Math.Min(count - done, buffer.Length / _header.ElementSize);
            use(ReadPart(start + done, buffer.AsSpan(0, part * _header.ElementSize)), part);
            done += part;
        }
    }

    private Span<byte> ReadPart(long start, Span<byte> elements)
    {
        ReadBytes(_header.Offset + (start * _header.ElementSize), elements);
        if (_header.BigEndian)
        {
            NpyElements.SwapBytes(elements, _header.ElementSize);
        }

        return elements;
    }

    /// <summary>Elements whose first index runs fastest, in C order.</summary>
    private T[] InOrder<T>(T[] stored)
    {
        var sorted = new T[stored.Length];
        var shape = _header.Shape;
        var at = new long[shape.Length];
        var steps = new long[shape.Length];
        for (var (axis, step) = (0, 1L); axis < shape.Length; step *= shape[axis++])
        {
            steps[axis] = step;
        }

        var place = 0L;
        for (var i = 0; i < sorted.Length; i++)
        {
            sorted[i] = stored[place];
            for (var axis = shape.Length - 1; axis >= 0; axis--)
            {
                place += steps[axis];
                if (++at[axis] < shape[axis])
                {
                    break;
                }

                place -= steps[axis] * shape[axis];
                at[axis] = 0;
            }
        }

        return sorted;
    }

    private string HashOf(long position, long length)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[Math.Min(length, 1 << 20)];
        for (var done = 0L; done < length;)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - done));
            ReadBytes(position + done, part);
            hash.AppendData(part);
            done += part.Length;
        }

        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

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
}

using System.Globalization;

namespace AlignedProbing.Gguf;

/// <summary>What a GGUF file (version 2 or 3, little-endian) says of itself, checked against its length. Source of the format: ggml's docs/gguf.md.</summary>
public sealed class GgufHeader
{
    private const int LargestAlignment = 1 << 20;
    private const int MostDimensions = 4;

    private readonly Dictionary<string, object> _values;
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    private GgufHeader(string path, Dictionary<string, object> values, IReadOnlyList<GgufTensor> tensors) => (Path, _values, Tensors) = (path, values, tensors);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Its tensors, in the file's order.</summary>
    public IReadOnlyList<GgufTensor> Tensors { get; }

    /// <summary>Whether a path is a GGUF file's, by its name.</summary>
    public static bool Is(string path) => path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) && File.Exists(path);

    /// <summary>Reads a file's header.</summary>
    /// <exception cref="InputException"><c>gguf-broken</c>, <c>gguf-unsupported</c>.</exception>
    public static GgufHeader Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            return Read(new GgufReader(stream, path), path, stream.Length);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw GgufErrors.Broken(path, error.Message.TrimEnd('.'), error);
        }
    }

    /// <summary>Whether it has a value.</summary>
    public bool Has(string key) => _values.ContainsKey(key);

    /// <summary>Whether a value is a list.</summary>
    public bool IsList(string key) => _values.GetValueOrDefault(key) is Array;

    /// <summary>Notes a value as one that changes nothing.</summary>
    public void Ignore(string key) => _read.Add(key);

    /// <summary>Keys with a prefix that nobody asked for.</summary>
    public IReadOnlyList<string> Unread(string prefix) =>
        [.. _values.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal) && !_read.Contains(key)).Order(StringComparer.Ordinal)];

    /// <summary>A text; null where it is absent.</summary>
    public string? Text(string key) => Value<string>(key, "a text");

    /// <summary>A number; null where it is absent.</summary>
    public double? Number(string key) => Found(key) switch
    {
        null => null,
        double number when double.IsFinite(number) => number,
        long number => number,
        _ => throw Wrong(key, "a finite number"),
    };

    /// <summary>A whole number from 0 to 2^31 - 1; null where it is absent.</summary>
    public int? Whole(string key) => Found(key) switch
    {
        null => null,
        long number and >= 0 and <= int.MaxValue => (int)number,
        _ => throw Wrong(key, "a whole number of 0 or above"),
    };

    /// <summary>A truth value; null where it is absent.</summary>
    public bool? Flag(string key) => Found(key) switch
    {
        null => null,
        bool flag => flag,
        _ => throw Wrong(key, "true or false"),
    };

    /// <summary>Texts; null where they are absent.</summary>
    public IReadOnlyList<string>? Texts(string key) => Value<string[]>(key, "texts");

    /// <summary>Whole numbers; null where they are absent.</summary>
    public IReadOnlyList<long>? Integers(string key) => Value<long[]>(key, "whole numbers");

    /// <summary>Numbers; null where they are absent.</summary>
    public IReadOnlyList<double>? Numbers(string key) => Value<double[]>(key, "numbers");

    private static GgufHeader Read(GgufReader reader, string path, long length)
    {
        if (reader.Left < 24 || reader.UInt32() != 0x46554747)
        {
            throw GgufErrors.Broken(path, "it does not begin as a GGUF file");
        }

        var version = reader.UInt32();
        if (version is not (2 or 3))
        {
            throw GgufErrors.Unsupported(path, version is 0x02000000 or 0x03000000 ? "it is big-endian" : $"its version is {version}; read: 2 and 3");
        }

        var (tensors, count) = (reader.Count("tensors", 24), reader.Count("values", 12));
        var values = new Dictionary<string, object>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var key = reader.Key();
            if (!values.TryAdd(key, reader.Value(reader.UInt32())))
            {
                throw GgufErrors.Broken(path, $"{key} stands in it twice");
            }
        }

        var header = new GgufHeader(path, values, []);
        var alignment = header.Whole("general.alignment") ?? 32;
        if (alignment is < 1 or > LargestAlignment)
        {
            throw GgufErrors.Broken(path, $"general.alignment is {alignment}");
        }

        var claims = new (string Name, uint Type, long[] Shape, ulong Offset)[tensors];
        for (var i = 0; i < tensors; i++)
        {
            claims[i] = Claim(reader, path);
        }

        var start = (reader.Position + alignment - 1) / alignment * alignment;
        return new GgufHeader(path, values, Check(claims, start, alignment, length, path));
    }

    private static (string Name, uint Type, long[] Shape, ulong Offset) Claim(GgufReader reader, string path)
    {
        var name = reader.Key();
        var dimensions = reader.UInt32();
        if (dimensions > MostDimensions)
        {
            throw GgufErrors.Broken(path, $"'{name}' has {dimensions} dimensions");
        }

        var shape = new long[dimensions];
        for (var axis = 0; axis < dimensions; axis++)
        {
            var size = reader.UInt64();
            shape[dimensions - 1 - axis] = size is > 0 and < 1UL << 40 ? (long)size : throw GgufErrors.Broken(path, $"'{name}' has a side of {size}");
        }

        return (name, reader.UInt32(), shape, reader.UInt64());
    }

    private static List<GgufTensor> Check((string Name, uint Type, long[] Shape, ulong Offset)[] claims, long start, int alignment, long length, string path)
    {
        var tensors = new List<GgufTensor>(claims.Length);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, number, shape, offset) in claims)
        {
            var type = GgufType.Of(number)
                ?? throw GgufErrors.Unsupported(path, $"the elements of '{name}' are of type {GgufType.NameOf(number)}, which is not read");
            var row = shape.Length == 0 ? 1 : shape[^1];
            if (row % type.Elements != 0)
            {
                throw GgufErrors.Broken(path, $"'{name}' has rows of {row}, no multiple of {type.Name}'s blocks of {type.Elements}");
            }

            var most = length * (Int128)type.Elements;
            var bytes = shape.Aggregate((Int128)1, (product, size) => product > most ? product : product * size) / type.Elements * type.Bytes;
            if (offset % (uint)alignment != 0 || start + (Int128)offset + bytes > length)
            {
                throw GgufErrors.Broken(
                    path,
                    $"'{name}' lies at byte {offset}, which is not aligned or beyond the file's end ({length} bytes): it may be cut short");
            }

            if (!names.Add(name))
            {
                throw GgufErrors.Broken(path, $"'{name}' stands in it twice");
            }

            tensors.Add(new GgufTensor(name, type, shape, start + (long)offset, (long)bytes));
        }

        var reached = (Name: "the header", End: start);
        foreach (var tensor in tensors.OrderBy(tensor => tensor.Offset))
        {
            if (tensor.Offset < reached.End)
            {
                throw GgufErrors.Broken(path, $"'{tensor.Name}' and '{reached.Name}' share bytes");
            }

            reached = (tensor.Name, tensor.Offset + tensor.Bytes);
        }

        return tensors;
    }

    private object? Found(string key)
    {
        _read.Add(key);
        return _values.GetValueOrDefault(key);
    }

    private T? Value<T>(string key, string kind)
        where T : class => Found(key) switch
    {
        null => null,
        T value => value,
        _ => throw Wrong(key, kind),
    };

    private InputException Wrong(string key, string expected)
    {
        var found = _values[key] is Array list ? $"a list of {list.Length}" : Convert.ToString(_values[key], CultureInfo.InvariantCulture)!;
        return GgufErrors.Broken(Path, $"{key} is {(found.Length > 60 ? found[..57] + "..." : found)}, not {expected}");
    }
}

using System.Text.Json;

namespace AlignedProbing.Torch.Checkpoints;

/// <summary>
/// The header of a safetensors file: eight bytes with its length, then JSON that gives each tensor's type, shape and range of bytes. All of it is checked
/// against the file's length before anything is used. Source: the format's description in the safetensors repository.
/// </summary>
internal static class SafetensorsHeader
{
    /// <summary>The format's own limit.</summary>
    public const long LargestHeader = 100_000_000;

    private const int MostDimensions = 64;

    /// <summary>Reads the JSON part.</summary>
    /// <param name="json">Its bytes.</param>
    /// <param name="dataStart">Where the data begins in the file: after the header.</param>
    /// <param name="fileLength">The file's length.</param>
    /// <param name="path">The file, for messages.</param>
    /// <exception cref="InputException">It is broken; the message says where.</exception>
    public static IReadOnlyList<StoredTensor> Read(ReadOnlySpan<byte> json, long dataStart, long fileLength, string path)
    {
        var tensors = new List<StoredTensor>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            var reader = ForeignJson.Reader(json, deepest: 8);
            Expect(ref reader, JsonTokenType.StartObject, path);
            while (Next(ref reader, path) == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                if (!names.Add(name))
                {
                    throw SafetensorsErrors.Header(path, $"the name '{name}' stands there twice");
                }

                if (name == "__metadata__")
                {
                    reader.Skip();
                }
                else
                {
                    tensors.Add(ReadTensor(ref reader, name, dataStart, fileLength, path));
                }
            }

            if (reader.TokenType != JsonTokenType.EndObject || reader.Read())
            {
                throw SafetensorsErrors.Header(path, "it goes on past its end");
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw SafetensorsErrors.Header(path, $"it is not the JSON it should be ({error.Message.Split(". Path", 2)[0].TrimEnd('.')})", error);
        }

        CheckRanges(tensors, dataStart, fileLength, path);
        return tensors;
    }

    private static StoredTensor ReadTensor(ref Utf8JsonReader reader, string name, long dataStart, long fileLength, string path)
    {
        string? type = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        Expect(ref reader, JsonTokenType.StartObject, path);
        while (Next(ref reader, path) == JsonTokenType.PropertyName)
        {
            switch (reader.GetString())
            {
                case "dtype" when type is null:
                    Expect(ref reader, JsonTokenType.String, path);
                    type = reader.GetString();
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(ref reader, name, path);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(ref reader, name, path);
                    break;
                case var other:
                    throw SafetensorsErrors.Header(path, $"'{name}' has an unknown or repeated field '{other}'");
            }
        }

        if (type is null || shape is null || offsets is not [var begin, var end])
        {
            throw SafetensorsErrors.Header(path, $"'{name}' lacks its dtype, its shape or its two data_offsets");
        }

        var bits = StoredTensor.BitsOf(type)
            ?? throw SafetensorsErrors.Header(path, $"'{name}' is of the element type '{type}', which the format does not have");
        Int128 size = bits;
        foreach (var length in shape)
        {
            // No file has this many bits; the bound keeps the product from overflowing.
            size = Int128.Min(size * length, Int128.One << 64);
        }

        if (begin > end)
        {
            throw SafetensorsErrors.Offsets(path, $"'{name}' begins at {begin} and ends at {end}");
        }

        if (size != (Int128)(end - begin) * 8)
        {
            throw SafetensorsErrors.Header(path, $"'{name}' {type} [{string.Join(", ", shape)}] does not fill the {end - begin} bytes it is given");
        }

        if (end > fileLength - dataStart)
        {
            throw SafetensorsErrors.Truncated(path, $"'{name}' ends at byte {dataStart + (Int128)end} and the file has {fileLength}");
        }

        return new StoredTensor(name, type, shape, dataStart + begin, end - begin);
    }

    private static List<long> ReadNumbers(ref Utf8JsonReader reader, string name, string path)
    {
        var numbers = new List<long>();
        Expect(ref reader, JsonTokenType.StartArray, path);
        while (Next(ref reader, path) == JsonTokenType.Number)
        {
            if (!reader.TryGetInt64(out var number) || number < 0 || numbers.Count == MostDimensions)
            {
                throw SafetensorsErrors.Header(path, $"'{name}' has a size or offset that is negative, broken, too large, or one of too many");
            }

            numbers.Add(number);
        }

        return reader.TokenType == JsonTokenType.EndArray
            ? numbers
            : throw SafetensorsErrors.Header(path, $"'{name}' has a size or offset that is not a number");
    }

    /// <summary>No byte may belong to two tensors or to none.</summary>
    private static void CheckRanges(List<StoredTensor> tensors, long dataStart, long fileLength, string path)
    {
        var reached = dataStart;
        var last = "the header";
        foreach (var tensor in tensors.OrderBy(tensor => tensor.Offset).ThenBy(tensor => tensor.Bytes))
        {
            if (tensor.Offset != reached)
            {
                throw tensor.Offset < reached
                    ? SafetensorsErrors.Offsets(path, $"'{tensor.Name}' and '{last}' share bytes")
                    : SafetensorsErrors.Offsets(path, $"{tensor.Offset - reached} bytes between '{last}' and '{tensor.Name}' belong to no tensor");
            }

            (reached, last) = (tensor.Offset + tensor.Bytes, tensor.Name);
        }

        if (reached != fileLength)
        {
            throw SafetensorsErrors.Offsets(path, $"{fileLength - reached} bytes after '{last}' belong to no tensor");
        }
    }

    private static JsonTokenType Next(ref Utf8JsonReader reader, string path) =>
        reader.Read() ? reader.TokenType : throw SafetensorsErrors.Header(path, "it ends too early");

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type, string path)
    {
        if (Next(ref reader, path) != type)
        {
            throw SafetensorsErrors.Header(path, $"it has a {reader.TokenType} where a {type} belongs");
        }
    }
}

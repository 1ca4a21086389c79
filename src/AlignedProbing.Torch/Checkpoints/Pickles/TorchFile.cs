using System.Buffers.Binary;
using System.Numerics;
using TorchSharp;

namespace AlignedProbing.Torch.Checkpoints.Pickles;

/// <summary>
/// A file that PyTorch's save wrote (<c>pytorch_model.bin</c>): a zip with a pickle and a part for each tensor's memory, or, before version 1.6, pickles
/// followed by that memory. The pickle is interpreted by hand (<see cref="PickleReader"/>), the memory is mapped. Source: torch/serialization.py.
/// </summary>
internal sealed class TorchFile : IWeightFile
{
    private const long ProtocolVersion = 1001;

    private static readonly BigInteger Magic = BigInteger.Parse(
        "1950a86a20f9469cfc6c",
        System.Globalization.NumberStyles.HexNumber,
        System.Globalization.CultureInfo.InvariantCulture);

    private readonly MappedFile _mapped;
    private readonly Dictionary<string, (PickledTensor Tensor, long Start)> _tensors;

    private TorchFile(string path, MappedFile mapped, Dictionary<string, (PickledTensor Tensor, long Start)> tensors)
    {
        (Path, _mapped, _tensors) = (path, mapped, tensors);
        Tensors =
        [
            .. tensors.Select(pair => new StoredTensor(
                pair.Key,
                pair.Value.Tensor.Storage.TypeName,
                pair.Value.Tensor.Shape,
                pair.Value.Start + (pair.Value.Tensor.Offset * pair.Value.Tensor.Storage.ElementBytes),
                pair.Value.Tensor.Count * pair.Value.Tensor.Storage.ElementBytes)),
        ];
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>Maps a file and reads what it says of its tensors.</summary>
    /// <exception cref="InputException"><c>checkpoint-missing</c>, <c>torch-file-broken</c>, <c>torch-file-refused</c>.</exception>
    public static TorchFile Open(string path) =>
        MappedFile.Read(path, 64, length => PickleErrors.Broken(path, $"it has {length} bytes, too few for a file of weights"), mapped =>
        {
            var start = mapped.Bytes(0, 4);
            return start.SequenceEqual("PK\u0003\u0004"u8) ? OpenZip(path, mapped)
                : start[0] == 0x80 ? OpenOlder(path, mapped)
                : throw PickleErrors.Broken(path, "it begins neither as PyTorch's save writes files nor as its older versions did");
        });

    /// <inheritdoc/>
    public torch.Tensor Take(StoredTensor tensor)
    {
        var (pickled, start) = _tensors[tensor.Name];
        var type = tensor.Type!.Value;
        if (pickled.IsContiguous || pickled.Count == 0)
        {
            return _mapped.Tensor(tensor.Offset, tensor.Bytes, type, pickled.Shape);
        }

        using var scope = torch.NewDisposeScope();
        var span = _mapped.Tensor(start + (pickled.Offset * pickled.Storage.ElementBytes), pickled.Span * pickled.Storage.ElementBytes, type, [pickled.Span]);
        return span.as_strided(pickled.Shape, pickled.Strides).contiguous().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public torch.Tensor TakeBytes(StoredTensor tensor) => throw SafetensorsErrors.Type(Path, tensor);

    /// <inheritdoc/>
    public void Dispose() => _mapped.Dispose();

    private static TorchFile OpenZip(string path, MappedFile mapped)
    {
        var entries = StoredZip.Read(mapped, path);
        var pickles = entries.Keys.Where(name => name.EndsWith("/data.pkl", StringComparison.Ordinal) && name.Count(letter => letter == '/') == 1).ToArray();
        if (pickles.Length != 1)
        {
            throw PickleErrors.Broken(path, $"it has {pickles.Length} parts called data.pkl, not one");
        }

        var folder = pickles[0][..^"data.pkl".Length];
        if (entries.ContainsKey($"{folder}constants.pkl"))
        {
            throw PickleErrors.Refused(path, "it is a TorchScript program (it has a part constants.pkl), not a file of weights");
        }

        if (entries.Where(entry => !entry.Value.Stored).Select(entry => entry.Key).FirstOrDefault() is { } packed)
        {
            throw PickleErrors.Refused(path, $"its part '{PickledCalls.Shown(packed)}' is compressed or encrypted, which PyTorch never does");
        }

        if (entries.TryGetValue($"{folder}byteorder", out var order) && (order.Length != 6 || !mapped.Bytes(order.Start, 6).SequenceEqual("little"u8)))
        {
            throw PickleErrors.Refused(path, "its numbers are not in little-endian order");
        }

        var (position, end) = (entries[pickles[0]].Start, entries[pickles[0]].Start + entries[pickles[0]].Length);
        var named = Named(PickleReader.Read(mapped, path, ref position, end), path);
        return new TorchFile(path, mapped, Place(named, path, storage =>
        {
            return entries.TryGetValue($"{folder}data/{storage.Key}", out var part) && (Int128)storage.Count * storage.ElementBytes <= part.Length
                ? part.Start
                : throw PickleErrors.Broken(path, $"its part 'data/{PickledCalls.Shown(storage.Key)}' is missing or has fewer than {storage.Count} numbers");
        }));
    }

    private static TorchFile OpenOlder(string path, MappedFile mapped)
    {
        var position = 0L;
        if (Next() is not BigInteger magic || magic != Magic || Next() is not ProtocolVersion)
        {
            throw PickleErrors.Broken(path, "it is a pickle, and not one that PyTorch's save wrote");
        }

        if (Next() is not PickledDictionary system || system.Entries.Any(entry => entry is ("little_endian", false)))
        {
            throw PickleErrors.Refused(path, "its numbers are not in little-endian order");
        }

        var named = Named(Next(), path);
        var keys = Next() as List<object?> ?? throw PickleErrors.Broken(path, "the list of its parts is missing");
        var storages = new Dictionary<string, PickledStorage>(StringComparer.Ordinal);
        foreach (var (_, tensor) in named)
        {
            if (!storages.TryAdd(tensor.Storage.Key, tensor.Storage) && storages[tensor.Storage.Key] != tensor.Storage)
            {
                throw PickleErrors.Broken(path, $"the memory '{PickledCalls.Shown(tensor.Storage.Key)}' has two types or lengths");
            }
        }

        var starts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var entry in keys)
        {
            // A part that no tensor looks at has no known element size, so what follows it cannot be found.
            if (entry is not string key || !storages.TryGetValue(key, out var storage) || !starts.TryAdd(key, position + 8))
            {
                throw PickleErrors.Broken(path, "the list of its parts names one that no tensor uses, or one twice");
            }

            var bytes = (Int128)storage.Count * storage.ElementBytes;
            if (
                mapped.Length - position < 8
                || BinaryPrimitives.ReadInt64LittleEndian(mapped.Bytes(position, 8)) != storage.Count
                || bytes > mapped.Length - position - 8)
            {
                throw PickleErrors.Broken(
                    path,
                    $"the memory '{PickledCalls.Shown(key)}' has not the {storage.Count} numbers it should have; a download may have been cut off");
            }

            position += 8 + (long)bytes;
        }

        return new TorchFile(
            path,
            mapped,
            Place(named, path, storage =>
                starts.TryGetValue(storage.Key, out var start)
                    ? start
                    : throw PickleErrors.Broken(path, $"the memory '{PickledCalls.Shown(storage.Key)}' is missing")));

        object? Next() => PickleReader.Read(mapped, path, ref position, mapped.Length);
    }

    private static List<(string Name, PickledTensor Tensor)> Named(object? content, string path)
    {
        if (content is not PickledDictionary dictionary)
        {
            throw PickleErrors.Refused(path, "it holds something else than a dictionary of tensors");
        }

        var named = new List<(string, PickledTensor)>();
        foreach (var (key, value) in dictionary.Entries)
        {
            named.Add(key is string name && value is PickledTensor tensor
                ? (name, tensor)
                : throw PickleErrors.Refused(path, $"'{PickledCalls.Shown(key?.ToString() ?? "None")}' is no tensor with a name"));
        }

        return named;
    }

    private static Dictionary<string, (PickledTensor, long)> Place(
        List<(string Name, PickledTensor Tensor)> named,
        string path,
        Func<PickledStorage, long> start)
    {
        var placed = new Dictionary<string, (PickledTensor, long)>(StringComparer.Ordinal);
        foreach (var (name, tensor) in named)
        {
            if (!placed.TryAdd(name, (tensor, start(tensor.Storage))))
            {
                throw PickleErrors.Broken(path, $"the name '{PickledCalls.Shown(name)}' stands there twice");
            }
        }

        return placed;
    }
}

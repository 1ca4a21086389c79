using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace AlignedProbing.Tests.Shared;

/// <summary>Reads recorded tensors for tests. It trusts its file: the program's own reader is in the Torch assembly.</summary>
internal sealed class SafetensorsReader
{
    private readonly byte[] _bytes;
    private readonly int _data;
    private readonly JsonElement _header;

    public SafetensorsReader(string path)
    {
        _bytes = File.ReadAllBytes(path);
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(_bytes);
        using var document = JsonDocument.Parse(_bytes.AsMemory(8, length));
        _header = document.RootElement.Clone();
        _data = 8 + length;
    }

    public IEnumerable<string> Names => _header.EnumerateObject().Select(tensor => tensor.Name).Where(name => name != "__metadata__");

    public T[] Read<T>(string name)
        where T : unmanaged
    {
        var offsets = _header.GetProperty(name).GetProperty("data_offsets");
        var (start, end) = (offsets[0].GetInt32(), offsets[1].GetInt32());
        return MemoryMarshal.Cast<byte, T>(_bytes.AsSpan(_data + start, end - start)).ToArray();
    }
}

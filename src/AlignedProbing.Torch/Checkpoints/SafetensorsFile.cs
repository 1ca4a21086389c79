using System.Buffers.Binary;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Checkpoints;

/// <summary>One safetensors file, mapped, its header checked.</summary>
internal sealed class SafetensorsFile : IWeightFile
{
    private readonly MappedFile _mapped;

    private SafetensorsFile(string path, MappedFile mapped, IReadOnlyList<StoredTensor> tensors)
    {
        Path = path;
        _mapped = mapped;
        Tensors = tensors;
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>Maps a file and checks its header.</summary>
    /// <exception cref="InputException"><c>checkpoint-missing</c>, <c>safetensors-truncated</c>, <c>safetensors-header</c> or
    /// <c>safetensors-offsets</c>.</exception>
    public static SafetensorsFile Open(string path) =>
        MappedFile.Read(path, 8, length => SafetensorsErrors.Truncated(path, $"it has {length} bytes, and the header's length alone takes 8"), mapped =>
        {
            var claimed = BinaryPrimitives.ReadUInt64LittleEndian(mapped.Bytes(0, 8));
            if (claimed > SafetensorsHeader.LargestHeader)
            {
                throw SafetensorsErrors.Header(path, $"it claims to be {claimed} bytes long, more than any; this is hardly a safetensors file");
            }

            if ((long)claimed > mapped.Length - 8)
            {
                throw SafetensorsErrors.Truncated(path, $"its header claims {claimed} bytes and {mapped.Length - 8} are left");
            }

            var tensors = SafetensorsHeader.Read(mapped.Bytes(8, (int)claimed), 8 + (long)claimed, mapped.Length, path);
            return new SafetensorsFile(path, mapped, tensors);
        });

    /// <inheritdoc/>
    public Tensor Take(StoredTensor tensor)
    {
        var type = tensor.Type ?? throw SafetensorsErrors.Type(Path, tensor);
        return _mapped.Tensor(tensor.Offset, tensor.Bytes, type, [.. tensor.Shape]);
    }

    /// <inheritdoc/>
    public Tensor TakeBytes(StoredTensor tensor) => _mapped.Tensor(tensor.Offset, tensor.Bytes, ScalarType.Byte, [tensor.Bytes]);

    /// <inheritdoc/>
    public void Dispose() => _mapped.Dispose();
}

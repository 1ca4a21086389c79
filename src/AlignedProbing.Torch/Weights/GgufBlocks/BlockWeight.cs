using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights.Panels;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights.GgufBlocks;

/// <summary>A weight in GGUF's blocks: each row is a sequence of blocks of one kind.</summary>
internal sealed unsafe class BlockWeight : QuantisedWeight
{
    /// <summary>Takes over a tensor.</summary>
    /// <param name="type">The kind of blocks.</param>
    /// <param name="columns">Numbers of a row, a multiple of the blocks'.</param>
    /// <param name="rows">uint8 [rows, bytes of a row], CPU memory, contiguous.</param>
    public BlockWeight(BlockType type, int columns, Tensor rows)
    {
        if (columns % type.Elements != 0 || rows.dim() != 2 || rows.dtype != ScalarType.Byte || rows.size(1) != columns / type.Elements * type.Bytes)
        {
            throw new ArgumentException($"Rows of {columns} numbers are whole blocks of {type.Name}.", nameof(rows));
        }

        (Type, Columns, Bytes) = (type, columns, rows.DetachFromDisposeScope());
    }

    /// <summary>The kind of blocks.</summary>
    public BlockType Type { get; }

    /// <summary>uint8 [rows, bytes of a row].</summary>
    public Tensor Bytes { get; }

    /// <inheritdoc/>
    public override int Rows => (int)Bytes.size(0);

    /// <inheritdoc/>
    public override int Columns { get; }

    /// <inheritdoc/>
    public override Tensor Dequantise() => Dequantise(0, Rows);

    /// <summary>Some rows as float32 [count, columns] in CPU memory, owned by the caller's scope.</summary>
    public Tensor Dequantise(int first, int count)
    {
        var result = empty([count, Columns], ScalarType.Float32);
        var (from, to, rowBytes) = ((nint)TensorMemory.Pointer<byte>(Bytes), (nint)TensorMemory.Pointer<float>(result), (nint)Bytes.size(1));
        ParallelRows.For(count, (begin, end) =>
        {
            for (var row = begin; row < end; row++)
            {
                for (var column = 0; column < Columns; column += BlockType.Part)
                {
                    var block = (byte*)from + ((first + row) * rowBytes) + (column / Type.Elements * Type.Bytes);
                    Type.Decode(block, column % Type.Elements / BlockType.Part, (float*)to + ((nint)row * Columns) + column, 1);
                }
            }
        });
        GC.KeepAlive(this);
        return result;
    }

    /// <inheritdoc/>
    internal override PanelWeight ToPanels(IReadOnlyList<int>? order = null) => new BlockPanels(this, order);

    /// <inheritdoc/>
    internal override DeviceWeight To(Device device) => new BlockOnDevice(this, device);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => Bytes.Dispose();
}

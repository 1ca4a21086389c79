using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights.Panels;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights.GgufBlocks;

/// <summary>GGUF's blocks as CPUs multiply them: rows of blocks as in the file, in the order of the outputs.</summary>
internal sealed unsafe class BlockPanels : PanelWeight
{
    private readonly BlockType _type;
    private readonly Tensor _rows;
    private readonly byte* _data;
    private readonly nint _rowBytes;

    /// <summary>Copies a weight.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="order">Its rows in the order of the outputs; null: as they are.</param>
    public BlockPanels(BlockWeight weight, IReadOnlyList<int>? order = null)
        : base(weight.Rows, weight.Columns, order)
    {
        using var scope = NewDisposeScope();
        _type = weight.Type;
        var sources = tensor([.. Enumerable.Range(0, Rows).Select(row => (long)Source(row))]);
        _rows = (order is null ? weight.Bytes.clone() : weight.Bytes.index_select(0, sources)).DetachFromDisposeScope();
        _data = TensorMemory.Pointer<byte>(_rows);
        _rowBytes = (nint)_rows.size(1);
    }

    public override string Name => $"gguf {_type.Name}";

    public override long Bytes => _rows.NumberOfElements;

    public override void Unpack(int panel, int first, int count, float* values)
    {
        var rows = Math.Min(Width, Rows - (panel * Width));
        if (rows < Width)
        {
            new Span<float>(values, count * Width).Clear();
        }

        for (var row = 0; row < rows; row++)
        {
            var blocks = _data + (((panel * Width) + row) * _rowBytes);
            for (var column = first; column < first + count; column += BlockType.Part)
            {
                var block = blocks + (column / _type.Elements * _type.Bytes);
                _type.Decode(block, column % _type.Elements / BlockType.Part, values + ((column - first) * Width) + row, Width);
            }
        }
    }

    public override void Dispose() => _rows.Dispose();
}

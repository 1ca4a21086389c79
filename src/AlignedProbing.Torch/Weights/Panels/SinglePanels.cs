using System.Runtime.InteropServices;
using AlignedProbing.Torch.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights.Panels;

/// <summary>
/// A weight in float32, read where it lies. For long rows: libtorch's own products divide those along the row, by the number of rows and threads.
/// </summary>
internal sealed unsafe class SinglePanels : PanelWeight
{
    private float* _data;

    /// <summary>Copies a weight.</summary>
    /// <param name="weight">[rows, columns], contiguous float32 in CPU memory.</param>
    public SinglePanels(Tensor weight)
        : base((int)weight.size(0), (int)weight.size(1))
    {
        _data = (float*)NativeMemory.AlignedAlloc((nuint)Bytes, 64);
        var (from, to) = ((nint)TensorMemory.Pointer<float>(weight), (nint)_data);
        ParallelRows.For(Panels, (first, end) =>
        {
            for (var panel = first; panel < end; panel++)
            {
                Pack((float*)from, panel, (float*)to + ((nint)panel * Columns * Width));
            }
        });
        GC.KeepAlive(weight);
    }

    ~SinglePanels() => NativeMemory.AlignedFree(_data);

    public override string Name => "float32";

    public override long Bytes => 4L * Panels * Columns * Width;

    // Nothing is unpacked: small pieces divide evenly among threads, and their rows stay in the second cache.
    public override int RowsOfPiece => 48;

    public override void Unpack(int panel, int first, int count, float* values) =>
        new ReadOnlySpan<float>(At(panel, first), count * Width).CopyTo(new Span<float>(values, count * Width));

    public override float* Part(int panel, int first, int count, float* room) => At(panel, first);

    public override void Dispose()
    {
        NativeMemory.AlignedFree(_data);
        _data = null;
        GC.SuppressFinalize(this);
    }

    private float* At(int panel, int first) => _data + ((((nint)panel * Columns) + first) * Width);

    private void Pack(float* weight, int panel, float* to)
    {
        var rows = Math.Min(Width, Rows - (panel * Width));
        var from = weight + ((nint)panel * Width * Columns);
        for (var column = 0; column < Columns; column++, to += Width)
        {
            for (var row = 0; row < rows; row++)
            {
                to[row] = from[((nint)row * Columns) + column];
            }

            new Span<float>(to + rows, Width - rows).Clear();
        }
    }
}

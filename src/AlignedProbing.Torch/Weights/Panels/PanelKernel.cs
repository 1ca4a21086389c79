using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using AlignedProbing.Torch.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights.Panels;

/// <summary>
/// Weights in CPU memory, in few bits or in float32, multiplied in float32. A row's result is the same to the bit whatever the number of rows and threads, and
/// on every processor: each sum is made by one thread, in one order.
/// </summary>
internal sealed unsafe class PanelKernel : ILinearKernel
{
    private readonly PanelWeight[] _parts;
    private readonly (int Part, int Panel, int FirstOutput)[] _panels;
    private readonly float[]? _bias;
    private readonly int _inputs;
    private readonly int _outputs;
    private readonly int _rowsOfPiece;

    /// <summary>Takes over the weights, which lie one below the other.</summary>
    /// <param name="parts">Each with the same number of columns.</param>
    /// <param name="bias">[outputs] float32, or null.</param>
    public PanelKernel(PanelWeight[] parts, float[]? bias)
    {
        (_parts, _bias, _inputs, _rowsOfPiece) = (parts, bias, parts[0].Columns, parts[0].RowsOfPiece);
        var panels = new List<(int, int, int)>();
        for (var part = 0; part < parts.Length; part++)
        {
            for (var panel = 0; panel < parts[part].Panels; panel++)
            {
                panels.Add((part, panel, _outputs + (panel * PanelWeight.Width)));
            }

            _outputs += parts[part].Rows;
        }

        _panels = [.. panels];
    }

    public string Name => _parts[0] is SinglePanels ? "float32, panels" : $"{_parts[0].Name}, computed in float32";

    /// <summary>Whether vectors of 512 bits are used; tests compare both ways.</summary>
    internal bool Wide { get; set; } = Vector512.IsHardwareAccelerated;

    public Tensor Forward(Tensor rows)
    {
        using var given = rows.is_contiguous() ? null : rows.contiguous();
        var count = (int)rows.size(0);
        var result = LargeTensors.Empty(count, _outputs);
        var (x, y) = ((nint)TensorMemory.Pointer<float>(given ?? rows), (nint)TensorMemory.Pointer<float>(result));
        // Rows of a piece and the parts of its panel stay in the processor's caches; a piece is the work of one thread.
        var blocks = (count + _rowsOfPiece - 1) / _rowsOfPiece;
        ParallelRows.For(_panels.Length * blocks, (first, end) =>
        {
            for (var piece = first; piece < end; piece++)
            {
                var row = piece % blocks * _rowsOfPiece;
                Multiply(_panels[piece / blocks], (float*)x + ((nint)row * _inputs), Math.Min(_rowsOfPiece, count - row), (float*)y + ((nint)row * _outputs));
            }
        });
        GC.KeepAlive(rows);
        GC.KeepAlive(this);
        return result;
    }

    public void Dispose() => Array.ForEach(_parts, part => part.Dispose());

    [SkipLocalsInit]
    private void Multiply((int Part, int Panel, int FirstOutput) at, float* x, int rows, float* y)
    {
        const int Alignment = 64 / sizeof(float);
        var memory = stackalloc float[(PanelWeight.Depth * PanelWeight.Width) + (rows * PanelWeight.Width) + Alignment];
        var values = (float*)(((nuint)memory + 63) / 64 * 64);
        var sums = values + (PanelWeight.Depth * PanelWeight.Width);
        NativeMemory.Clear(sums, (nuint)(rows * PanelWeight.Width * sizeof(float)));
        var weight = _parts[at.Part];
        for (var first = 0; first < _inputs; first += PanelWeight.Depth)
        {
            var count = Math.Min(PanelWeight.Depth, _inputs - first);
            PanelProduct.Add(x + first, _inputs, rows, weight.Part(at.Panel, first, count, values), count, sums, Wide);
        }

        var outputs = Math.Min(PanelWeight.Width, weight.Rows - (at.Panel * PanelWeight.Width));
        for (var row = 0; row < rows; row++)
        {
            var to = new Span<float>(y + ((nint)row * _outputs) + at.FirstOutput, outputs);
            var from = new ReadOnlySpan<float>(sums + (row * PanelWeight.Width), outputs);
            if (_bias is null)
            {
                from.CopyTo(to);
            }
            else
            {
                System.Numerics.Tensors.TensorPrimitives.Add(from, _bias.AsSpan(at.FirstOutput, outputs), to);
            }
        }
    }
}

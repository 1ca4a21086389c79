using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights.Bitsandbytes;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights.Panels;

/// <summary>A weight in eight bits, with a scale for each of its rows.</summary>
internal sealed unsafe class EightBitPanels : PanelWeight
{
    private readonly Tensor _codes;
    private readonly Tensor _scales;
    private readonly sbyte* _data;
    private readonly float* _largest;

    /// <summary>Copies a weight.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="order">Its rows in the order of the outputs; null: as they are.</param>
    public EightBitPanels(EightBitWeight weight, IReadOnlyList<int>? order = null)
        : base(weight.Rows, weight.Columns, order)
    {
        _codes = empty([Panels, Columns, Width], ScalarType.Int8).DetachFromDisposeScope();
        _scales = zeros([Panels, Width], ScalarType.Float32).DetachFromDisposeScope();
        _data = TensorMemory.Pointer<sbyte>(_codes);
        _largest = TensorMemory.Pointer<float>(_scales);
        var largest = TensorMemory.Span<float>(weight.Largest);
        for (var row = 0; row < Rows; row++)
        {
            _largest[row] = largest[Source(row)];
        }

        var (from, to) = ((nint)TensorMemory.Pointer<sbyte>(weight.Codes), (nint)_data);
        ParallelRows.For(Panels, (first, end) =>
        {
            for (var panel = first; panel < end; panel++)
            {
                Pack((sbyte*)from, panel, (sbyte*)to + ((nint)panel * Columns * Width));
            }
        });
        GC.KeepAlive(weight);
    }

    public override string Name => "int8";

    public override long Bytes => ((long)Panels * Columns * Width) + (4L * Panels * Width);

    public override void Unpack(int panel, int first, int count, float* values)
    {
        var from = _data + ((((nint)panel * Columns) + first) * Width);
        var end = from + (count * Width);
        var step = Vector512.Create(EightBitWeight.Step);
        var (s0, s1) = (Vector512.LoadAligned(_largest + (panel * Width)), Vector512.LoadAligned(_largest + (panel * Width) + 16));
        var (s2, s3) = (Vector512.LoadAligned(_largest + (panel * Width) + 32), Vector512.LoadAligned(_largest + (panel * Width) + 48));
        for (; from < end; from += Width, values += Width)
        {
            Vector512.StoreAligned(Widened(from) * s0 * step, values);
            Vector512.StoreAligned(Widened(from + 16) * s1 * step, values + 16);
            Vector512.StoreAligned(Widened(from + 32) * s2 * step, values + 32);
            Vector512.StoreAligned(Widened(from + 48) * s3 * step, values + 48);
        }
    }

    public override void Dispose()
    {
        _codes.Dispose();
        _scales.Dispose();
    }

    private static Vector512<float> Widened(sbyte* from)
    {
        if (Avx512F.IsSupported)
        {
            return Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(Vector128.LoadAligned(from)));
        }

        var (low, high) = Vector128.Widen(Vector128.LoadAligned(from));
        var (a, b) = Vector128.Widen(low);
        var (c, d) = Vector128.Widen(high);
        return Vector512.ConvertToSingle(Vector512.Create(Vector256.Create(a, b), Vector256.Create(c, d)));
    }

    private void Pack(sbyte* codes, int panel, sbyte* to)
    {
        var rows = Math.Min(Width, Rows - (panel * Width));
        new Span<sbyte>(to, Columns * Width).Clear();
        for (var row = 0; row < rows; row++)
        {
            var from = codes + ((nint)Source((panel * Width) + row) * Columns);
            for (var column = 0; column < Columns; column++)
            {
                to[((nint)column * Width) + row] = from[column];
            }
        }
    }
}

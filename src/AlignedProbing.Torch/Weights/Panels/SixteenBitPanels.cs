using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using AlignedProbing.Torch.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights.Panels;

/// <summary>A weight in bfloat16 or float16; unpacking changes no value.</summary>
internal sealed unsafe class SixteenBitPanels : PanelWeight
{
    private readonly Tensor _bits;
    private readonly ushort* _data;
    private readonly bool _brain;

    /// <summary>Copies a weight.</summary>
    /// <param name="weight">[rows, columns], contiguous bfloat16 or float16 in CPU memory.</param>
    public SixteenBitPanels(Tensor weight)
        : base((int)weight.size(0), (int)weight.size(1))
    {
        _brain = weight.dtype == ScalarType.BFloat16;
        _bits = empty([Panels, Columns, Width], ScalarType.Int16).DetachFromDisposeScope();
        _data = TensorMemory.Pointer<ushort>(_bits);
        var (from, to) = ((nint)TensorMemory.Pointer<ushort>(weight), (nint)_data);
        ParallelRows.For(Panels, (first, end) =>
        {
            for (var panel = first; panel < end; panel++)
            {
                Pack((ushort*)from, panel, (ushort*)to + ((nint)panel * Columns * Width));
            }
        });
        GC.KeepAlive(weight);
    }

    public override string Name => _brain ? "bfloat16" : "float16";

    public override long Bytes => 2L * Panels * Columns * Width;

    public override void Unpack(int panel, int first, int count, float* values)
    {
        var from = _data + ((((nint)panel * Columns) + first) * Width);
        var end = from + (count * Width);
        if (_brain)
        {
            for (; from < end; from += 16, values += 16)
            {
                Vector512.StoreAligned(Vector512.ShiftLeft(Widened(from), 16).AsSingle(), values);
            }

            return;
        }

        for (; from < end; from += 16, values += 16)
        {
            Vector512.StoreAligned(FromHalf(Widened(from)), values);
        }
    }

    public override void Dispose() => _bits.Dispose();

    private static Vector512<uint> Widened(ushort* from)
    {
        if (Avx512F.IsSupported)
        {
            return Avx512F.ConvertToVector512UInt32(Vector256.LoadAligned(from));
        }

        var (low, high) = Vector256.Widen(Vector256.LoadAligned(from));
        return Vector512.Create(low, high);
    }

    /// <summary>
    /// float16 in the low halves to float32. Normal numbers are moved and their exponent corrected. Subnormal ones become the fraction of a power of two, which
    /// is then subtracted: no subnormal float32 occurs on the way, and processors are slow at those. Infinities and NaNs get the highest exponent.
    /// </summary>
    private static Vector512<float> FromHalf(Vector512<uint> half)
    {
        var sign = Vector512.ShiftLeft(half & Vector512.Create(0x8000u), 16);
        var moved = Vector512.ShiftLeft(half & Vector512.Create(0x7FFFu), 13);
        var exponent = moved & Vector512.Create(0x7C00u << 13);
        var normal = moved + Vector512.Create((127u - 15) << 23);
        normal = Vector512.ConditionalSelect(
            Vector512.Equals(exponent, Vector512.Create(0x7C00u << 13)),
            normal + Vector512.Create((255u - 31 - 112) << 23),
            normal);
        var power = Vector512.Create((127u - 15 + 1) << 23);
        var small = (moved + power).AsSingle() - power.AsSingle();
        return (Vector512.ConditionalSelect(Vector512.Equals(exponent, Vector512<uint>.Zero), small.AsUInt32(), normal) | sign).AsSingle();
    }

    private void Pack(ushort* weight, int panel, ushort* to)
    {
        var rows = Math.Min(Width, Rows - (panel * Width));
        var from = weight + ((nint)panel * Width * Columns);
        for (var column = 0; column < Columns; column++, to += Width)
        {
            for (var row = 0; row < rows; row++)
            {
                to[row] = from[((nint)row * Columns) + column];
            }

            new Span<ushort>(to + rows, Width - rows).Clear();
        }
    }
}

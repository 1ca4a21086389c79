using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights.Panels;
using TorchSharp;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace AlignedProbing.Torch.Weights.Grouped;

/// <summary>
/// Codes in groups as CPUs multiply them. Of each column of a panel 64 codes: in four bits as <see cref="FourBitPanels"/> lays them, in eight bits row by row.
/// Scales and zeros lie group by group, 64 rows each, in the type they are stored in.
/// </summary>
internal sealed unsafe class GroupedPanels : PanelWeight
{
    private readonly string _name;
    private readonly CodeKind _kind;
    private readonly bool _narrow;
    private readonly int _columnBytes;
    private readonly int[] _groups;
    private readonly int _groupCount;
    private readonly int _offset;
    private readonly ScalarType _scaleType;
    private readonly Tensor _codes;
    private readonly Tensor _scales;
    private readonly Tensor? _zeros;
    private readonly byte* _data;
    private readonly void* _scaleData;
    private readonly byte* _zeroData;

    /// <summary>Copies a weight.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="order">Its rows in the order of the outputs; null: as they are.</param>
    public GroupedPanels(GroupedWeight weight, IReadOnlyList<int>? order = null)
        : base(weight.Rows, weight.Columns, order)
    {
        (_name, _kind, _narrow, _groups, _offset) = (weight.Name, weight.Kind, CodeValues.IsNarrow(weight.Kind), weight.Groups, weight.Offset);
        (_columnBytes, _groupCount) = (_narrow ? Width / 2 : Width, (int)weight.Scales.size(1));
        _scaleType = weight.Scales.dtype;
        _scales = ByGroup(weight.Scales).DetachFromDisposeScope();
        _zeros = weight.Zeros is null ? null : ByGroup(weight.Zeros).DetachFromDisposeScope();
        _scaleData = _scales.dtype == ScalarType.Float32 ? TensorMemory.Pointer<float>(_scales) : TensorMemory.Pointer<ushort>(_scales);
        _zeroData = _zeros is null ? null : TensorMemory.Pointer<byte>(_zeros);
        _codes = empty([Panels, Columns, _columnBytes], ScalarType.Byte).DetachFromDisposeScope();
        _data = TensorMemory.Pointer<byte>(_codes);
        var (from, to) = ((nint)TensorMemory.Pointer<byte>(weight.Codes), (nint)_data);
        ParallelRows.For(Panels, (first, end) =>
        {
            for (var panel = first; panel < end; panel++)
            {
                Pack((byte*)from, panel, (byte*)to + ((nint)panel * Columns * _columnBytes));
            }
        });
        GC.KeepAlive(weight);
    }

    public override string Name => _name;

    public override long Bytes => Size(_codes) + Size(_scales) + (_zeros is null ? 0 : Size(_zeros));

    [SkipLocalsInit]
    public override void Unpack(int panel, int first, int count, float* values)
    {
        var memory = stackalloc float[(2 * Width) + 16];
        var scales = (float*)(((nuint)memory + 63) / 64 * 64);
        var zeros = scales + Width;
        new Span<float>(zeros, Width).Clear();
        var from = _data + ((((nint)panel * Columns) + first) * _columnBytes);
        for (var column = first; column < first + count;)
        {
            var group = _groups[column];
            var end = column + 1;
            while (end < first + count && _groups[end] == group)
            {
                end++;
            }

            ReadGroup(panel, group, scales, zeros);
            Unpack(from, end - column, scales, zeros, values);
            from += (end - column) * _columnBytes;
            values += (end - column) * Width;
            column = end;
        }
    }

    public override void Dispose()
    {
        _codes.Dispose();
        _scales.Dispose();
        _zeros?.Dispose();
    }

    private static long Size(Tensor tensor) => tensor.NumberOfElements * tensor.ElementSize;

    private void Unpack(byte* from, int columns, float* scales, float* zeros, float* values)
    {
        var (s0, s1, s2, s3) = Four(scales);
        var (z0, z1, z2, z3) = Four(zeros);
        var low = Vector512.Create(15);
        for (var end = from + (columns * _columnBytes); from < end; from += _columnBytes, values += Width)
        {
            Vector512<int> c0, c1, c2, c3;
            if (_narrow)
            {
                var (first, second) = (Widened(from), Widened(from + 16));
                (c0, c1, c2, c3) = (first & low, Vector512.ShiftRightLogical(first, 4), second & low, Vector512.ShiftRightLogical(second, 4));
            }
            else
            {
                (c0, c1, c2, c3) = (Widened(from), Widened(from + 16), Widened(from + 32), Widened(from + 48));
            }

            Vector512.StoreAligned((Value(c0) - z0) * s0, values);
            Vector512.StoreAligned((Value(c1) - z1) * s1, values + 16);
            Vector512.StoreAligned((Value(c2) - z2) * s2, values + 32);
            Vector512.StoreAligned((Value(c3) - z3) * s3, values + 48);
        }
    }

    private Vector512<float> Value(Vector512<int> codes) => _kind switch
    {
        CodeKind.Float8 => FromFloat(codes, exponentBits: 4, fractionBits: 3),
        CodeKind.Float4 => FromFloat(codes, exponentBits: 2, fractionBits: 1),
        _ => Vector512.ConvertToSingle(codes - Vector512.Create(_offset)),
    };

    /// <summary>
    /// Short floating-point numbers to float32. Normal ones are moved and their exponent corrected; subnormal ones are put after a power of two, which is
    /// subtracted: no subnormal float32 occurs on the way, which processors are slow at.
    /// </summary>
    private static Vector512<float> FromFloat(Vector512<int> codes, int exponentBits, int fractionBits)
    {
        var (all, bias) = (exponentBits + fractionBits, (1 << (exponentBits - 1)) - 1);
        var sign = Vector512.ShiftLeft(codes & Vector512.Create(1 << all), 31 - all);
        var moved = Vector512.ShiftLeft(codes & Vector512.Create((1 << all) - 1), 23 - fractionBits);
        var normal = moved + Vector512.Create((127 - bias) << 23);
        var power = Vector512.Create((127 - bias + 1) << 23);
        var small = (moved + power).AsSingle() - power.AsSingle();
        var isSmall = Vector512.LessThan(moved, Vector512.Create(1 << 23));
        return (Vector512.ConditionalSelect(isSmall, small.AsInt32(), normal) | sign).AsSingle();
    }

    private static Vector512<int> Widened(byte* from)
    {
        if (Avx512F.IsSupported)
        {
            return Avx512F.ConvertToVector512Int32(Vector128.LoadAligned(from));
        }

        var (low, high) = Vector128.Widen(Vector128.LoadAligned(from));
        var (a, b) = Vector128.Widen(low);
        var (c, d) = Vector128.Widen(high);
        return Vector512.Create(Vector256.Create(a, b), Vector256.Create(c, d)).AsInt32();
    }

    private static (Vector512<float> A, Vector512<float> B, Vector512<float> C, Vector512<float> D) Four(float* values) => (
        Vector512.LoadAligned(values),
        Vector512.LoadAligned(values + 16),
        Vector512.LoadAligned(values + 32),
        Vector512.LoadAligned(values + 48));

    private void ReadGroup(int panel, int group, float* scales, float* zeros)
    {
        var first = (((nint)panel * _groupCount) + group) * Width;
        var to = new Span<float>(scales, Width);
        switch (_scaleType)
        {
            case ScalarType.Float32:
                new ReadOnlySpan<float>((float*)_scaleData + first, Width).CopyTo(to);
                break;
            case ScalarType.Float16:
                TensorPrimitives.ConvertToSingle(new ReadOnlySpan<Half>((Half*)_scaleData + first, Width), to);
                break;
            default:
                var bits = (ushort*)_scaleData + first;
                for (var i = 0; i < Width; i++)
                {
                    to[i] = BitConverter.UInt32BitsToSingle((uint)bits[i] << 16);
                }

                break;
        }

        for (var i = 0; i < Width && _zeroData is not null; i++)
        {
            zeros[i] = _zeroData[first + i];
        }
    }

    /// <summary>
    /// [rows, groups] in the order of the outputs, panel by panel, within a panel group by group: [panels, groups, 64], zeros after the last row.
    /// </summary>
    private Tensor ByGroup(Tensor values)
    {
        using var scope = NewDisposeScope();
        using var order = tensor([.. Enumerable.Range(0, Rows).Select(row => (long)Source(row))]);
        var rows = torch.zeros([(long)Panels * Width, _groupCount], values.dtype);
        using var place = rows.narrow(0, 0, Rows);
        place.copy_(values.index_select(0, order));
        return rows.view(Panels, Width, _groupCount).permute(0, 2, 1).contiguous().MoveToOuterDisposeScope();
    }

    private void Pack(byte* codes, int panel, byte* to)
    {
        var rows = Math.Min(Width, Rows - (panel * Width));
        new Span<byte>(to, Columns * _columnBytes).Clear();
        for (var row = 0; row < rows; row++)
        {
            var from = codes + ((nint)Source((panel * Width) + row) * Columns);
            var (place, shift) = _narrow ? ((row / 32 * 16) + (row % 16), row / 16 % 2 * 4) : (row, 0);
            for (var column = 0; column < Columns; column++)
            {
                to[((nint)column * _columnBytes) + place] |= (byte)(from[column] << shift);
            }
        }
    }
}

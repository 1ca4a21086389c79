using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights.Bitsandbytes;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights.Panels;

/// <summary>
/// A weight in four bits. Of each column of a panel 32 bytes: byte i of the first 16 holds the codes of rows i and 16 + i (low and high half), byte i of the
/// others those of rows 32 + i and 48 + i. The blocks' largest values stay quantised too, in their own order.
/// </summary>
internal sealed unsafe class FourBitPanels : PanelWeight
{
    private const int ColumnBytes = Width / 2;

    private readonly Tensor _codes;
    private readonly Tensor _largest;
    private readonly byte* _data;
    private readonly byte* _largestCodes;
    private readonly float* _largestValues;
    private readonly float[] _map;
    private readonly float[] _nestedMap;
    private readonly float[] _nestedLargest;
    private readonly float _nestedOffset;
    private readonly int _blockBits;
    private readonly int _nestedBits;

    // Columns for which no row of a panel enters another block.
    private readonly int _run;

    /// <summary>Copies a weight.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="order">Its rows in the order of the outputs; null: as they are.</param>
    public FourBitPanels(FourBitWeight weight, IReadOnlyList<int>? order = null)
        : base(weight.Rows, weight.Columns, order)
    {
        (_map, _nestedMap, _nestedLargest, _nestedOffset) = ([.. weight.Map], [.. weight.NestedMap], [.. weight.NestedLargest], weight.NestedOffset);
        (_blockBits, _nestedBits) = (BitOperations.Log2((uint)weight.Block), BitOperations.Log2((uint)weight.NestedBlock));
        _run = (int)BigInteger.GreatestCommonDivisor(Columns, Math.Min(weight.Block, Depth));
        _largest = weight.Largest.clone().DetachFromDisposeScope();
        if (_largest.dtype == ScalarType.Byte)
        {
            _largestCodes = TensorMemory.Pointer<byte>(_largest);
        }
        else
        {
            _largestValues = TensorMemory.Pointer<float>(_largest);
        }

        _codes = empty([Panels, Columns, ColumnBytes], ScalarType.Byte).DetachFromDisposeScope();
        _data = TensorMemory.Pointer<byte>(_codes);
        var (from, to) = ((nint)TensorMemory.Pointer<byte>(weight.Codes), (nint)_data);
        ParallelRows.For(Panels, (first, end) =>
        {
            for (var panel = first; panel < end; panel++)
            {
                Pack((byte*)from, panel, (byte*)to + ((nint)panel * Columns * ColumnBytes));
            }
        });
        GC.KeepAlive(weight);
    }

    public override string Name => "nf4";

    /// <summary>Whether sixteen codes are looked up at once; tests compare both ways.</summary>
    internal bool Wide { get; set; } = Avx512F.IsSupported;

    public override long Bytes => ((long)Panels * Columns * ColumnBytes) + (_largest.NumberOfElements * _largest.ElementSize) + (4L * _nestedLargest.Length);

    [SkipLocalsInit]
    public override void Unpack(int panel, int first, int count, float* values)
    {
        var memory = stackalloc float[Width + 16];
        var scales = (float*)(((nuint)memory + 63) / 64 * 64);
        var from = _data + ((((nint)panel * Columns) + first) * ColumnBytes);
        fixed (float* map = _map)
        {
            for (var column = first; column < first + count; column += _run)
            {
                ReadScales(panel, column, scales);
                if (Wide)
                {
                    UnpackWide(from, _run, map, scales, values);
                }
                else
                {
                    UnpackNarrow(from, _run, map, scales, values);
                }

                from += _run * ColumnBytes;
                values += _run * Width;
            }
        }
    }

    public override void Dispose()
    {
        _codes.Dispose();
        _largest.Dispose();
    }

    private static void UnpackNarrow(byte* from, int columns, float* map, float* scales, float* values)
    {
        for (var end = from + (columns * ColumnBytes); from < end; from += ColumnBytes, values += Width)
        {
            for (var i = 0; i < 16; i++)
            {
                values[i] = map[from[i] & 15] * scales[i];
                values[16 + i] = map[from[i] >> 4] * scales[16 + i];
                values[32 + i] = map[from[16 + i] & 15] * scales[32 + i];
                values[48 + i] = map[from[16 + i] >> 4] * scales[48 + i];
            }
        }
    }

    private static void UnpackWide(byte* from, int columns, float* map, float* scales, float* values)
    {
        var table = Vector512.Load(map);
        var (s0, s1, s2, s3) = (
            Vector512.LoadAligned(scales),
            Vector512.LoadAligned(scales + 16),
            Vector512.LoadAligned(scales + 32),
            Vector512.LoadAligned(scales + 48));
        for (var end = from + (columns * ColumnBytes); from < end; from += ColumnBytes, values += Width)
        {
            // The permutation reads the lowest four bits of each index only.
            var codes = Avx512F.ConvertToVector512Int32(Vector128.LoadAligned(from));
            Vector512.StoreAligned(Avx512F.PermuteVar16x32(table, codes) * s0, values);
            Vector512.StoreAligned(Avx512F.PermuteVar16x32(table, Vector512.ShiftRightLogical(codes, 4)) * s1, values + 16);
            codes = Avx512F.ConvertToVector512Int32(Vector128.LoadAligned(from + 16));
            Vector512.StoreAligned(Avx512F.PermuteVar16x32(table, codes) * s2, values + 32);
            Vector512.StoreAligned(Avx512F.PermuteVar16x32(table, Vector512.ShiftRightLogical(codes, 4)) * s3, values + 48);
        }
    }

    /// <summary>What the codes of each row of a panel are multiplied by, at a column.</summary>
    private void ReadScales(int panel, int column, float* scales)
    {
        var rows = Math.Min(Width, Rows - (panel * Width));
        if (_largestValues is not null)
        {
            for (var row = 0; row < rows; row++)
            {
                scales[row] = _largestValues[Block(row)];
            }
        }
        else
        {
            fixed (float* map = _nestedMap, nested = _nestedLargest)
            {
                for (var row = 0; row < rows; row++)
                {
                    var block = Block(row);
                    scales[row] = (map[_largestCodes[block]] * nested[block >> _nestedBits]) + _nestedOffset;
                }
            }
        }

        new Span<float>(scales + rows, Width - rows).Clear();

        long Block(int row) => (((long)Source((panel * Width) + row) * Columns) + column) >> _blockBits;
    }

    private void Pack(byte* codes, int panel, byte* to)
    {
        var rows = Math.Min(Width, Rows - (panel * Width));
        new Span<byte>(to, Columns * ColumnBytes).Clear();
        for (var row = 0; row < rows; row++)
        {
            var place = (row / 32 * 16) + (row % 16);
            var shift = row / 16 % 2 * 4;
            var element = (long)Source((panel * Width) + row) * Columns;
            for (var column = 0; column < Columns; column++, element++)
            {
                var code = element % 2 == 0 ? codes[element / 2] >> 4 : codes[element / 2] & 15;
                to[((nint)column * ColumnBytes) + place] |= (byte)(code << shift);
            }
        }
    }
}

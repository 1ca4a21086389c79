namespace AlignedProbing.Probing;

/// <summary>
/// Managed float32 memory that does not move and begins at a cache line: half of all 32-byte loads would straddle two lines otherwise. The object must outlive uses of the pointer.
/// </summary>
internal sealed unsafe class AlignedFloats
{
    /// <summary>Floats in a cache line; rows are padded to whole lines with zeros.</summary>
    public const int Line = 16;

    private readonly float[] _array;
    private readonly int _offset;

    public AlignedFloats(long length)
    {
        // Zeroed: padding must hold zeros.
        _array = GC.AllocateArray<float>(checked((int)length + Line), pinned: true);
        Length = (int)length;
        var address = (nuint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _array[0]);
        _offset = (int)((((nuint)64 - (address & 63)) & 63) / sizeof(float));
    }

    public int Length { get; }

    public float* Pointer => (float*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _array[_offset]);

    public Span<float> Span => _array.AsSpan(_offset, Length);

    /// <summary>A width rounded up to whole cache lines.</summary>
    public static int Padded(int width) => (width + Line - 1) / Line * Line;

    /// <summary>A padded width with an odd number of lines: rows of a power-of-two width would all fall into the same few sets of the cache.</summary>
    public static int OddStride(int width) => Padded(width) / Line % 2 == 0 ? Padded(width) + Line : Padded(width);
}

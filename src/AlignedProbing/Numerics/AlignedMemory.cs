using System.Runtime.CompilerServices;

namespace AlignedProbing.Numerics;

/// <summary>
/// Managed memory that does not move, begins at a cache line (half of all 32-byte loads would straddle two lines otherwise) and holds zeros. The object must
/// outlive uses of the pointer.
/// </summary>
internal sealed unsafe class AlignedMemory<T>
    where T : unmanaged
{
    private const int LineBytes = 64;

    private readonly T[] _array;
    private readonly int _offset;

    public AlignedMemory(long length)
    {
        _array = GC.AllocateArray<T>(checked((int)length + Line), pinned: true);
        Length = (int)length;
        var address = (nuint)Unsafe.AsPointer(ref _array[0]);
        _offset = (int)((LineBytes - (address & (LineBytes - 1))) & (LineBytes - 1)) / sizeof(T);
    }

    /// <summary>Elements in a cache line; rows are padded to whole lines with zeros.</summary>
    public static int Line => LineBytes / sizeof(T);

    public int Length { get; }

    public T* Pointer => (T*)Unsafe.AsPointer(ref _array[_offset]);

    public Span<T> Span => _array.AsSpan(_offset, Length);

    /// <summary>A width rounded up to whole cache lines.</summary>
    public static int Padded(int width) => (width + Line - 1) / Line * Line;

    /// <summary>A padded width with an odd number of lines: rows of a power-of-two width would all fall into the same few sets of the cache.</summary>
    public static int OddStride(int width) => Padded(width) / Line % 2 == 0 ? Padded(width) + Line : Padded(width);
}

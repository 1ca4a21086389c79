using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace AlignedProbing.Files;

/// <summary>
/// An array file that is written part by part, so that it need never be in memory whole. Made by <see cref="NpyFile.Create"/>; complete once every element was
/// written.
/// </summary>
public sealed class NpyWriter : IDisposable
{
    private readonly FileStream _stream;
    private readonly Half[]? _narrow;
    private readonly long _dataOffset;

    internal NpyWriter(FileStream stream, bool half, long dataOffset, long count)
    {
        (_stream, _dataOffset, Count) = (stream, dataOffset, count);
        _narrow = half ? new Half[1 << 14] : null;
    }

    /// <summary>Number of elements.</summary>
    public long Count { get; }

    /// <summary>Writes neighbouring elements.</summary>
    /// <param name="start">The first one's place, counted through the whole array.</param>
    /// <param name="values">The elements; rounded to float16 where the file stores that.</param>
    /// <exception cref="OverflowException">One of them is finite and float16, which ends at 65504, cannot hold it.</exception>
    public void Write(long start, ReadOnlySpan<float> values)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + values.Length, Count);
        if (_narrow is null)
        {
            RandomAccess.Write(_stream.SafeFileHandle, MemoryMarshal.AsBytes(values), _dataOffset + (start * sizeof(float)));
            return;
        }

        for (var done = 0; done < values.Length;)
        {
            var part = values.Slice(done, Math.Min(_narrow.Length, values.Length - done));
            var narrow = _narrow.AsSpan(0, part.Length);
            TensorPrimitives.ConvertToHalf(part, narrow);
            for (var i = 0; i < part.Length; i++)
            {
                if (Half.IsInfinity(narrow[i]) && float.IsFinite(part[i]))
                {
                    throw new OverflowException($"{part[i]:R} does not fit float16.");
                }
            }

            RandomAccess.Write(_stream.SafeFileHandle, MemoryMarshal.AsBytes(narrow), _dataOffset + ((start + done) * sizeof(ushort)));
            done += part.Length;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();
}

using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Kernels.Encoders;

/// <summary>
/// What DeBERTa's attention (He et al. 2021) knows of relative places, for one block: keys and queries of each bucket of distances, made from the weights once.
/// Bucket r of head h is column r of a matrix [size, stride].
/// </summary>
internal sealed class RelativePlaces
{
    private readonly int _span;
    private readonly int[] _buckets;

    /// <summary>Lays out the buckets' keys and queries.</summary>
    /// <param name="keys">[2 * span, heads * size], or null where queries do not look at places.</param>
    /// <param name="queries">[2 * span, heads * size], or null where keys do not.</param>
    /// <param name="size">Elements of a head.</param>
    /// <param name="buckets">Bucket of each distance from 0 up to the longest sequence, not yet held within the span.</param>
    public RelativePlaces(torch.Tensor? keys, torch.Tensor? queries, int size, int[] buckets)
    {
        var table = keys ?? queries ?? throw new ArgumentException("Places need keys or queries.", nameof(keys));
        (_span, _buckets) = ((int)table.size(0) / 2, buckets);
        Stride = VectorMath.RoundUp(2 * _span) + 16;
        HeadLength = size * Stride;
        Keys = Transposed(keys, size);
        Queries = Transposed(queries, size);
    }

    /// <summary>Distance between elements of one bucket.</summary>
    public int Stride { get; }

    /// <summary>Elements of one head's matrix.</summary>
    public int HeadLength { get; }

    /// <summary>Keys of the buckets; null where queries do not look at places.</summary>
    public float[]? Keys { get; }

    /// <summary>Queries of the buckets; null where keys do not look at places.</summary>
    public float[]? Queries { get; }

    /// <summary>The bucket of a distance (of the query from the key), from 0.</summary>
    public int BucketOf(int distance)
    {
        var bucket = distance < 0 ? -_buckets[-distance] : _buckets[distance];
        return Math.Clamp(bucket + _span, 0, (2 * _span) - 1);
    }

    private float[]? Transposed(torch.Tensor? table, int size)
    {
        if (table is null)
        {
            return null;
        }

        var rows = TensorMemory.Span<float>(table);
        var (count, width) = ((int)table.size(0), (int)table.size(1));
        var columns = GC.AllocateArray<float>(width * Stride, pinned: true);
        for (var row = 0; row < count; row++)
        {
            for (var element = 0; element < width; element++)
            {
                columns[(element / size * HeadLength) + (element % size * Stride) + row] = rows[(row * width) + element];
            }
        }

        GC.KeepAlive(table);
        return columns;
    }
}

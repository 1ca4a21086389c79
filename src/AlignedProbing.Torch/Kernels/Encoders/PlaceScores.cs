using static AlignedProbing.Torch.Kernels.AttentionKernels;

namespace AlignedProbing.Torch.Kernels.Encoders;

/// <summary>
/// What relative places add to the scores of one head of one sequence: query i and key j meet the bucket of i - j. Only the buckets that the sequence is long
/// enough for are computed.
/// </summary>
internal unsafe struct PlaceScores
{
    private readonly RelativePlaces? _places;
    private readonly int _head;
    private readonly int _tokens;
    private readonly int _size;
    private readonly int _low;
    private readonly int _count;
    private float* _ofKeys;
    private float* _ofQueries;

    public PlaceScores(in EncoderAttentionRule rule, int tokens, int size)
    {
        (_places, _head, _tokens, _size) = (rule.Places!, rule.Head, tokens, size);
        _low = _places.BucketOf(1 - tokens) / VectorMath.Lanes * VectorMath.Lanes;
        _count = VectorMath.RoundUp(_places.BucketOf(tokens - 1) + 1 - _low);
    }

    /// <summary>Elements of memory wanted.</summary>
    public readonly int Elements => _places is null ? 0 : (_tokens + 4) * _count;

    /// <summary>Takes the memory and lets every key meet the buckets' queries.</summary>
    public void Start(float* memory, float* key, int stride)
    {
        _ofQueries = memory;
        _ofKeys = memory + (4 * _count);
        if (_places?.Queries is null)
        {
            return;
        }

        fixed (float* columns = _places.Queries)
        {
            var bucket = columns + ((long)_head * _places.HeadLength) + _low;
            for (var t = 0; t < _tokens; t += 4)
            {
                Scores(Four.Rows(key, stride, t, _tokens), bucket, _places.Stride, _size, _count, Four.Rows(_ofKeys, _count, t, _tokens));
            }
        }
    }

    /// <summary>Adds what up to four queries and all keys have to say of their places.</summary>
    /// <param name="queries">The queries, <c>size</c> apart.</param>
    /// <param name="first">Token of the first.</param>
    /// <param name="count">Their number.</param>
    /// <param name="scores">Scores of all keys, for each query.</param>
    /// <param name="length">Elements from query to query.</param>
    public readonly void Add(float* queries, int first, int count, float* scores, int length)
    {
        if (_places is null)
        {
            return;
        }

        if (_places.Keys is not null)
        {
            fixed (float* columns = _places.Keys)
            {
                var bucket = columns + ((long)_head * _places.HeadLength) + _low;
                Scores(Four.Rows(queries, _size, 0, count), bucket, _places.Stride, _size, _count, Four.Rows(_ofQueries, _count, 0, count));
            }
        }

        for (var q = 0; q < count; q++)
        {
            float* own = _ofQueries + (q * _count), to = scores + (q * length);
            for (var key = 0; key < _tokens; key++)
            {
                var bucket = _places.BucketOf(first + q - key) - _low;
                var ofQuery = _places.Keys is null ? 0 : own[bucket];
                var ofKey = _places.Queries is null ? 0 : _ofKeys[((long)key * _count) + bucket];
                to[key] += ofQuery + ofKey;
            }
        }
    }
}

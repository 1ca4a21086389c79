using static AlignedProbing.Torch.Kernels.AttentionKernels;

namespace AlignedProbing.Torch.Kernels.Encoders;

/// <summary>
/// Attention of every token to all tokens of its sequence, or to those near it. A task is one head of one sequence; it copies the head's keys (transposed) and
/// values, so that what is read in the inner loops lies together.
/// </summary>
internal static unsafe class EncoderAttention
{
    [ThreadStatic]
    private static float[]? _scratch;

    /// <summary>One head of one sequence.</summary>
    /// <param name="query">First query; the next one is <paramref name="stride"/> elements further. The same for keys and values.</param>
    /// <param name="key">First key.</param>
    /// <param name="value">First value.</param>
    /// <param name="stride">Elements from row to row.</param>
    /// <param name="tokens">Tokens of the sequence.</param>
    /// <param name="size">Elements of a head.</param>
    /// <param name="output">Where the first mixed value goes.</param>
    /// <param name="outputStride">Elements from row to row of the output.</param>
    /// <param name="rule">Who sees whom, and how scores are scaled.</param>
    public static void Run(
        float* query,
        float* key,
        float* value,
        int stride,
        int tokens,
        int size,
        float* output,
        int outputStride,
        in EncoderAttentionRule rule)
    {
        // Keys a power of two apart would all fall into the same few lines of the processor's cache.
        var keys = VectorMath.RoundUp(tokens);
        var keyStride = keys % 64 == 0 ? keys + 16 : keys;
        var valueSize = VectorMath.RoundUp(size);
        var places = rule.Places is null ? default : new PlaceScores(rule, tokens, size);
        fixed (float* memory = Scratch((size * keyStride) + (tokens * valueSize) + (4 * keys) + (4 * size) + (4 * valueSize) + places.Elements))
        {
            float* keysAt = memory, valuesAt = keysAt + (size * keyStride), scores = valuesAt + (tokens * valueSize);
            float* queries = scores + (4 * keys), mixed = queries + (4 * size);
            var sums = stackalloc float[4];
            Copy(key, value, stride, tokens, size, keysAt, keyStride, keys, valuesAt, valueSize);
            places.Start(mixed + (4 * valueSize), key, stride);
            for (var first = 0; first < tokens; first += 4)
            {
                var count = Math.Min(4, tokens - first);
                for (var q = 0; q < count; q++)
                {
                    new ReadOnlySpan<float>(query + ((long)(first + q) * stride), size).CopyTo(new Span<float>(queries + (q * size), size));
                }

                // The keys that any of the four sees, from a whole vector on.
                var low = Math.Max(0, first - rule.Reach) / VectorMath.Lanes * VectorMath.Lanes;
                var high = (int)Math.Min(tokens, (long)first + count + rule.Reach);
                var length = VectorMath.RoundUp(high - low);
                Scores(Four.Rows(queries, size, 0, count), keysAt + low, keyStride, size, length, Four.Rows(scores, length, 0, count));
                places.Add(queries, first, count, scores, length);
                new Span<float>(mixed, 4 * valueSize).Clear();
                for (var q = 0; q < count; q++)
                {
                    var own = new Span<float>(scores + (q * length), length);
                    own[..Math.Max(0, first + q - rule.Reach - low)].Fill(float.NegativeInfinity);
                    own[(int)(Math.Min(tokens, (long)first + q + rule.Reach + 1) - low)..].Fill(float.NegativeInfinity);
                    sums[q] = Softmax(scores + (q * length), length, rule.Scale);
                }

                Mix(Four.Rows(scores, length, 0, count), valuesAt + ((long)low * valueSize), valueSize, high - low, Four.Rows(mixed, valueSize, 0, count));
                for (var q = 0; q < count; q++)
                {
                    var to = output + ((long)(first + q) * outputStride);
                    var scale = 1f / sums[q];
                    for (var d = 0; d < size; d++)
                    {
                        to[d] = mixed[(q * valueSize) + d] * scale;
                    }
                }
            }
        }
    }

    private static void Copy(float* key, float* value, int stride, int tokens, int size, float* keysAt, int keyStride, int keys, float* valuesAt, int valueSize)
    {
        for (var t = 0; t < tokens; t++)
        {
            float* k = key + ((long)t * stride), v = value + ((long)t * stride), to = valuesAt + ((long)t * valueSize);
            for (var d = 0; d < size; d++)
            {
                keysAt[(d * keyStride) + t] = k[d];
                to[d] = v[d];
            }

            new Span<float>(to + size, valueSize - size).Clear();
        }

        // Scores of keys that are not there are computed too and then hidden: what they are computed from must be finite.
        for (var d = 0; d < size; d++)
        {
            new Span<float>(keysAt + (d * keyStride) + tokens, keys - tokens).Clear();
        }
    }

    private static Span<float> Scratch(int count)
    {
        if (_scratch is null || _scratch.Length < count)
        {
            _scratch = GC.AllocateUninitializedArray<float>(count, pinned: true);
        }

        return _scratch;
    }
}

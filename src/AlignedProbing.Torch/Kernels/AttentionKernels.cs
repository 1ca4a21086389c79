using System.Numerics;

namespace AlignedProbing.Torch.Kernels;

/// <summary>
/// The inner loops of attention for up to four queries that share their keys. Every score and every output is summed by fused multiply-adds in an order of its
/// own, whichever queries it is computed beside, so results are the same for any grouping.
/// </summary>
internal static unsafe class AttentionKernels
{
    /// <summary>scores[q][t] = query q · key t, for t below <paramref name="keys"/>, a multiple of the vector's length.</summary>
    /// <param name="q">Four queries; fewer are given by repeating one.</param>
    /// <param name="key">Keys, transposed: element d of key t at <c>key[d * stride + t]</c>.</param>
    /// <param name="stride">Distance between elements of one key.</param>
    /// <param name="size">Elements of a key.</param>
    /// <param name="keys">Number of keys, padding included.</param>
    /// <param name="scores">Where the scores of each query go.</param>
    public static void Scores(in Four q, float* key, int stride, int size, int keys, in Four scores)
    {
        var lanes = Vector<float>.Count;
        float* q0 = q.A, q1 = q.B, q2 = q.C, q3 = q.D;
        var t = 0;
        for (; t + (2 * lanes) <= keys; t += 2 * lanes)
        {
            Vector<float> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
            var k = key + t;
            for (var d = 0; d < size; d++, k += stride)
            {
                var (k0, k1) = (Vector.Load(k), Vector.Load(k + lanes));
                var x = Vector.Create(q0[d]);
                a0 = Vector.FusedMultiplyAdd(x, k0, a0);
                a1 = Vector.FusedMultiplyAdd(x, k1, a1);
                x = Vector.Create(q1[d]);
                b0 = Vector.FusedMultiplyAdd(x, k0, b0);
                b1 = Vector.FusedMultiplyAdd(x, k1, b1);
                x = Vector.Create(q2[d]);
                c0 = Vector.FusedMultiplyAdd(x, k0, c0);
                c1 = Vector.FusedMultiplyAdd(x, k1, c1);
                x = Vector.Create(q3[d]);
                d0 = Vector.FusedMultiplyAdd(x, k0, d0);
                d1 = Vector.FusedMultiplyAdd(x, k1, d1);
            }

            Vector.Store(a0, scores.A + t);
            Vector.Store(a1, scores.A + t + lanes);
            Vector.Store(b0, scores.B + t);
            Vector.Store(b1, scores.B + t + lanes);
            Vector.Store(c0, scores.C + t);
            Vector.Store(c1, scores.C + t + lanes);
            Vector.Store(d0, scores.D + t);
            Vector.Store(d1, scores.D + t + lanes);
        }

        if (t < keys)
        {
            Vector<float> a = default, b = default, c = default, d = default;
            var k = key + t;
            for (var i = 0; i < size; i++, k += stride)
            {
                var k0 = Vector.Load(k);
                a = Vector.FusedMultiplyAdd(Vector.Create(q0[i]), k0, a);
                b = Vector.FusedMultiplyAdd(Vector.Create(q1[i]), k0, b);
                c = Vector.FusedMultiplyAdd(Vector.Create(q2[i]), k0, c);
                d = Vector.FusedMultiplyAdd(Vector.Create(q3[i]), k0, d);
            }

            Vector.Store(a, scores.A + t);
            Vector.Store(b, scores.B + t);
            Vector.Store(c, scores.C + t);
            Vector.Store(d, scores.D + t);
        }
    }

    /// <summary>scores[q][t] = query q · key t, for keys that lie one after the other.</summary>
    /// <param name="q">Four queries, padded as the keys are; fewer are given by repeating one.</param>
    /// <param name="key">Key t at <c>key + t * size</c>.</param>
    /// <param name="size">Elements of a key, a multiple of the vector's length.</param>
    /// <param name="keys">Number of keys.</param>
    /// <param name="scores">Where the scores of each query go.</param>
    public static void ScoresOfRows(in Four q, float* key, int size, int keys, in Four scores)
    {
        float* q0 = q.A, q1 = q.B, q2 = q.C, q3 = q.D;
        for (var t = 0; t < keys; t++, key += size)
        {
            Vector<float> a = default, b = default, c = default, d = default;
            for (var i = 0; i < size; i += Vector<float>.Count)
            {
                var k = Vector.Load(key + i);
                a = Vector.FusedMultiplyAdd(Vector.Load(q0 + i), k, a);
                b = Vector.FusedMultiplyAdd(Vector.Load(q1 + i), k, b);
                c = Vector.FusedMultiplyAdd(Vector.Load(q2 + i), k, c);
                d = Vector.FusedMultiplyAdd(Vector.Load(q3 + i), k, d);
            }

            scores.A[t] = Vector.Sum(a);
            scores.B[t] = Vector.Sum(b);
            scores.C[t] = Vector.Sum(c);
            scores.D[t] = Vector.Sum(d);
        }
    }

    /// <summary>output[q] += sum over t of weights[q][t] * value t.</summary>
    /// <param name="weights">Weights of four queries; fewer are given by repeating one together with its output.</param>
    /// <param name="value">Values: value t at <c>value + t * size</c>.</param>
    /// <param name="size">Elements of a value, a multiple of the vector's length.</param>
    /// <param name="count">Number of values.</param>
    /// <param name="output">Sums so far, and where they go.</param>
    public static void Mix(in Four weights, float* value, int size, int count, in Four output)
    {
        var lanes = Vector<float>.Count;
        float* w0 = weights.A, w1 = weights.B, w2 = weights.C, w3 = weights.D;
        var i = 0;
        for (; i + (2 * lanes) <= size; i += 2 * lanes)
        {
            var (a0, a1) = (Vector.Load(output.A + i), Vector.Load(output.A + i + lanes));
            var (b0, b1) = (Vector.Load(output.B + i), Vector.Load(output.B + i + lanes));
            var (c0, c1) = (Vector.Load(output.C + i), Vector.Load(output.C + i + lanes));
            var (d0, d1) = (Vector.Load(output.D + i), Vector.Load(output.D + i + lanes));
            var v = value + i;
            for (var t = 0; t < count; t++, v += size)
            {
                var (v0, v1) = (Vector.Load(v), Vector.Load(v + lanes));
                var x = Vector.Create(w0[t]);
                a0 = Vector.FusedMultiplyAdd(x, v0, a0);
                a1 = Vector.FusedMultiplyAdd(x, v1, a1);
                x = Vector.Create(w1[t]);
                b0 = Vector.FusedMultiplyAdd(x, v0, b0);
                b1 = Vector.FusedMultiplyAdd(x, v1, b1);
                x = Vector.Create(w2[t]);
                c0 = Vector.FusedMultiplyAdd(x, v0, c0);
                c1 = Vector.FusedMultiplyAdd(x, v1, c1);
                x = Vector.Create(w3[t]);
                d0 = Vector.FusedMultiplyAdd(x, v0, d0);
                d1 = Vector.FusedMultiplyAdd(x, v1, d1);
            }

            Vector.Store(a0, output.A + i);
            Vector.Store(a1, output.A + i + lanes);
            Vector.Store(b0, output.B + i);
            Vector.Store(b1, output.B + i + lanes);
            Vector.Store(c0, output.C + i);
            Vector.Store(c1, output.C + i + lanes);
            Vector.Store(d0, output.D + i);
            Vector.Store(d1, output.D + i + lanes);
        }

        if (i < size)
        {
            var (a, b, c, d) = (Vector.Load(output.A + i), Vector.Load(output.B + i), Vector.Load(output.C + i), Vector.Load(output.D + i));
            var v = value + i;
            for (var t = 0; t < count; t++, v += size)
            {
                var v0 = Vector.Load(v);
                a = Vector.FusedMultiplyAdd(Vector.Create(w0[t]), v0, a);
                b = Vector.FusedMultiplyAdd(Vector.Create(w1[t]), v0, b);
                c = Vector.FusedMultiplyAdd(Vector.Create(w2[t]), v0, c);
                d = Vector.FusedMultiplyAdd(Vector.Create(w3[t]), v0, d);
            }

            Vector.Store(a, output.A + i);
            Vector.Store(b, output.B + i);
            Vector.Store(c, output.C + i);
            Vector.Store(d, output.D + i);
        }
    }

    /// <summary>scores = exp(scale * (scores - max)), and their sum. Scores of masked keys are negative infinity; there is at least one other.</summary>
    /// <param name="scores">The scores, then the weights.</param>
    /// <param name="count">Their number, a multiple of the vector's length.</param>
    /// <param name="scale">What scores are multiplied by, above 0.</param>
    /// <param name="sink">One more score, multiplied already, whose weight is in the sum alone; null: none.</param>
    public static float Softmax(float* scores, int count, float scale, float? sink = null)
    {
        var max = Vector.Create(float.NegativeInfinity);
        for (var t = 0; t < count; t += Vector<float>.Count)
        {
            max = Vector.Max(max, Vector.Load(scores + t));
        }

        var top = float.NegativeInfinity;
        for (var lane = 0; lane < Vector<float>.Count; lane++)
        {
            top = MathF.Max(top, max[lane]);
        }

        var (tops, scales) = (Vector.Create(top), Vector.Create(scale));
        Vector<float> sum = default;
        for (var t = 0; t < count; t += Vector<float>.Count)
        {
            var weight = VectorMath.Exp((Vector.Load(scores + t) - tops) * scales);
            sum += weight;
            Vector.Store(weight, scores + t);
        }

        return sink is { } more ? Vector.Sum(sum) + VectorMath.Exp(more - (top * scale)) : Vector.Sum(sum);
    }

    /// <summary>score = scale * score + slope * distance, of keys that lie one after the other.</summary>
    /// <param name="scores">The scores.</param>
    /// <param name="count">Their number.</param>
    /// <param name="scale">What scores are multiplied by.</param>
    /// <param name="slope">What distances are multiplied by.</param>
    /// <param name="first">Position of the first key less the query's.</param>
    public static void Slope(float* scores, int count, float scale, float slope, int first)
    {
        for (var t = 0; t < count; t++)
        {
            scores[t] = (scores[t] * scale) + (slope * (first + t));
        }
    }

    /// <summary>Four addresses.</summary>
    internal readonly struct Four(float* a, float* b, float* c, float* d)
    {
        public readonly float* A = a;
        public readonly float* B = b;
        public readonly float* C = c;
        public readonly float* D = d;

        /// <summary>Addresses <paramref name="start"/> to the next three of an array with a fixed distance, the last one repeated.</summary>
        public static Four Rows(float* first, int distance, int start, int count)
        {
            var last = count - 1;
            return new Four(
                first + ((long)Math.Min(start, last) * distance),
                first + ((long)Math.Min(start + 1, last) * distance),
                first + ((long)Math.Min(start + 2, last) * distance),
                first + ((long)Math.Min(start + 3, last) * distance));
        }
    }
}

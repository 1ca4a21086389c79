using System.Numerics;
using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Kernels;

/// <summary>The keys that each token of a batch sees, beside what positions hide: a choice of its own.</summary>
/// <param name="seen">Of each row, whether it sees the key at each position up to its own [tokens][position + 1]; null: all.</param>
internal sealed class KeyChoice(bool[]?[] seen)
{
    /// <summary>Whether a row sees the key at a position, which is not after its own.</summary>
    public bool Sees(int row, int position) => seen[row] is not { } own || own[position];

    /// <summary>Whether a row sees all keys up to its own.</summary>
    public bool SeesAll(int row) => seen[row] is null;

    /// <summary>
    /// Keeps the keys of a batch, and chooses for each token those that score best: the sum over heads of its factor times max(query · key, 0). In managed
    /// loops in CPU memory; a token's choice depends on its own sequence alone.
    /// </summary>
    /// <param name="batch">The batch.</param>
    /// <param name="states">Where keys of earlier tokens are.</param>
    /// <param name="kind">Which of them.</param>
    /// <param name="queries">float32 [tokens, heads * size].</param>
    /// <param name="keys">float32 [tokens, size].</param>
    /// <param name="factors">float32 [tokens, heads].</param>
    /// <param name="count">Keys that a token sees.</param>
    public static KeyChoice Best(
        TokenBatch batch,
        SequenceStates states,
        string kind,
        torch.Tensor queries,
        torch.Tensor keys,
        torch.Tensor factors,
        int count)
    {
        using var scope = torch.NewDisposeScope();
        var (q, k, w) = (DeviceCopies.ToHost(queries).contiguous(), DeviceCopies.ToHost(keys).contiguous(), DeviceCopies.ToHost(factors).contiguous());
        var (size, heads) = ((int)k.size(1), (int)w.size(1));
        var all = states.Of(kind);
        for (var s = 0; s < batch.Segments.Length; s++)
        {
            var segment = batch.Segments[s];
            var slot = states.Slot(segment);
            all[slot] = [.. all[slot] ?? [], .. TensorMemory.Span<float>(k).Slice(batch.FirstRows[s] * size, segment.Ids.Length * size)];
        }

        var seen = new bool[]?[batch.Tokens];
        var firstTail = states.FirstTail;
        ParallelRows.For(batch.Tokens, (first, end) =>
        {
            var query = TensorMemory.Span<float>(q);
            var factor = TensorMemory.Span<float>(w);
            for (var row = first; row < end; row++)
            {
                var (ofPrompt, ofTail) = (batch.PromptKeys[row], batch.TailKeys[row]);
                if (ofPrompt + ofTail <= count)
                {
                    continue;
                }

                var scores = new float[ofPrompt + ofTail];
                var own = query.Slice(row * heads * size, heads * size);
                var weights = factor.Slice(row * heads, heads);
                Score(own, weights, all[batch.PromptOfRow[row]]!, scores.AsSpan(0, ofPrompt));
                if (ofTail > 0)
                {
                    Score(own, weights, all[firstTail + batch.TailOfRow[row]]!, scores.AsSpan(ofPrompt));
                }

                seen[row] = Largest(scores, count);
            }
        });
        return new KeyChoice(seen);
    }

    private static void Score(ReadOnlySpan<float> query, ReadOnlySpan<float> factors, float[] keys, Span<float> scores)
    {
        var size = query.Length / factors.Length;
        for (var position = 0; position < scores.Length; position++)
        {
            var key = keys.AsSpan(position * size, size);
            var sum = 0f;
            for (var head = 0; head < factors.Length; head++)
            {
                sum += factors[head] * MathF.Max(Product(query.Slice(head * size, size), key), 0);
            }

            scores[position] = sum;
        }
    }

    private static float Product(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        var (sums, i) = (Vector<float>.Zero, 0);
        for (; i + Vector<float>.Count <= left.Length; i += Vector<float>.Count)
        {
            sums = Vector.FusedMultiplyAdd(new Vector<float>(left[i..]), new Vector<float>(right[i..]), sums);
        }

        var sum = Vector.Sum(sums);
        for (; i < left.Length; i++)
        {
            sum += left[i] * right[i];
        }

        return sum;
    }

    /// <summary>The largest scores; of equals the earlier.</summary>
    private static bool[] Largest(float[] scores, int count)
    {
        var order = Enumerable.Range(0, scores.Length).ToArray();
        Array.Sort(order, (left, right) => scores[right].CompareTo(scores[left]) is var by and not 0 ? by : left.CompareTo(right));
        var seen = new bool[scores.Length];
        foreach (var position in order.AsSpan(0, count))
        {
            seen[position] = true;
        }

        return seen;
    }
}

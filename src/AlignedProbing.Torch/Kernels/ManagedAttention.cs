using System.Numerics.Tensors;
using System.Runtime.Intrinsics.X86;
using AlignedProbing.Torch.Native;
using static AlignedProbing.Torch.Kernels.AttentionKernels;

namespace AlignedProbing.Torch.Kernels;

/// <summary>
/// Attention of a packed batch over a <see cref="ManagedCache"/>: rows that share a prompt read its keys and values together, then each its own tail's.
/// The work is cut into tasks of some rows of one prompt; a task does all the query heads of one key-value head.
/// </summary>
internal sealed unsafe class ManagedAttention
{
    /// <summary>Rows of a task at most: enough to read a prompt's keys seldom, few enough for even shares.</summary>
    private const int RowsAtATime = 8;

    /// <summary>Elements of scores a task may hold, so that they stay in the processor's second cache.</summary>
    private const int ScoresAtATime = 64 * 1024;

    [ThreadStatic]
    private static float[]? _scratch;

    private readonly TokenBatch _batch;
    private readonly (int First, int Count)[] _tasks;
    private readonly int _heads;
    private readonly int _group;
    private readonly int _size;
    private readonly int _valueSize;

    public ManagedAttention(TokenBatch batch, BlockShape shape)
    {
        _batch = batch;
        (_heads, _group, _size, _valueSize) = (shape.KeyValueHeads, shape.QueryHeads / shape.KeyValueHeads, shape.KeySize, shape.ValueSize);
        var tasks = new List<(int, int)>();
        for (var row = 0; row < batch.Tokens;)
        {
            var keys = _group * ScoreLength(batch.PromptKeys[row], batch.TailKeys[row]);
            var limit = Math.Clamp(ScoresAtATime / keys, 1, RowsAtATime);
            var end = row + 1;
            while (
                end < batch.Tokens
                && end - row < limit
                && batch.PromptOfRow[end] == batch.PromptOfRow[row]
                && batch.TailOfRow[end] < 0 == batch.TailOfRow[row] < 0)
            {
                end++;
            }

            tasks.Add((row, end - row));
            row = end;
        }

        _tasks = [.. tasks];
        var tails = new HashSet<int>();
        RowsAreSteps = Array.TrueForAll(batch.TailOfRow, tail => tail >= 0 && tails.Add(tail));
    }

    /// <summary>Whether each row is the next token of a tail of its own, so that no row reads what another one adds.</summary>
    public bool RowsAreSteps { get; }

    /// <summary>Number of pieces of work; any of them can be done beside any other.</summary>
    public int Tasks => _tasks.Length * _heads;

    /// <summary>The rows and the key-value head of a piece of work.</summary>
    public (int First, int Rows, int Head) Task(int task) => (_tasks[task / _heads].First, _tasks[task / _heads].Count, task % _heads);

    /// <summary>Does one piece of work.</summary>
    /// <param name="task">Its number.</param>
    /// <param name="cache">Keys and values, those of this batch included.</param>
    /// <param name="block">The block.</param>
    /// <param name="query">Queries: row r, head h at <c>query + r * stride + h * size</c>.</param>
    /// <param name="queryStride">Elements from row to row.</param>
    /// <param name="output">Where the mixed values go: row r, head h at <c>output + r * stride + h * size of a value</c>.</param>
    /// <param name="outputStride">Elements from row to row.</param>
    /// <param name="rule">How scores become weights.</param>
    public void Run(int task, ManagedCache cache, int block, float* query, int queryStride, float* output, int outputStride, in AttentionRule rule)
    {
        var (first, rows, head) = Task(task);
        var queries = rows * _group;
        var (promptKeys, tailKeys) = (0, 0);
        for (var row = first; row < first + rows; row++)
        {
            promptKeys = Math.Max(promptKeys, _batch.PromptKeys[row]);
            tailKeys = Math.Max(tailKeys, _batch.TailKeys[row]);
        }

        var promptLength = VectorMath.RoundUp(promptKeys);
        var length = ScoreLength(promptKeys, tailKeys);
        var (keySize, valueSize) = (VectorMath.RoundUp(_size), VectorMath.RoundUp(_valueSize));
        var scratch = Scratch(queries * (length + keySize + valueSize));
        fixed (float* scores = scratch)
        {
            var mixed = scores + (queries * length);
            var gathered = mixed + (queries * valueSize);
            for (var i = 0; i < queries; i++)
            {
                var from = query + ((long)(first + (i / _group)) * queryStride) + (((head * _group) + (i % _group)) * _size);
                new ReadOnlySpan<float>(from, _size).CopyTo(new Span<float>(gathered + (i * keySize), _size));
                new Span<float>(gathered + (i * keySize) + _size, keySize - _size).Clear();
            }

            new Span<float>(mixed, queries * valueSize).Clear();
            var prompt = _batch.PromptOfRow[first];
            for (var i = 0; i < queries; i += 4)
            {
                Scores(
                    Four.Rows(gathered, keySize, i, queries),
                    cache.Keys(prompt, block, head),
                    cache.KeyStride(prompt),
                    _size,
                    promptLength,
                    Four.Rows(scores, length, i, queries));
            }

            for (var row = 0; row < rows && tailKeys > 0; row++)
            {
                var slot = cache.FirstTail + _batch.TailOfRow[first + row];
                Fetch(cache.Values(slot, block, head), _batch.TailKeys[first + row] * valueSize);
                if (row + 1 < rows)
                {
                    Fetch(cache.Keys(cache.FirstTail + _batch.TailOfRow[first + row + 1], block, head), _batch.TailKeys[first + row + 1] * keySize);
                }

                float* own = gathered + (row * _group * keySize), ownScores = scores + (row * _group * length) + promptLength;
                for (var i = 0; i < _group; i += 4)
                {
                    ScoresOfRows(
                        Four.Rows(own, keySize, i, _group),
                        cache.Keys(slot, block, head),
                        keySize,
                        _batch.TailKeys[first + row],
                        Four.Rows(ownScores, length, i, _group));
                }
            }

            var sums = stackalloc float[queries];
            for (var i = 0; i < queries; i++)
            {
                var row = first + (i / _group);
                var own = new Span<float>(scores + (i * length), length);
                if (rule.SoftCap is { } cap)
                {
                    RowKernels.SoftCap(scores + (i * length), length, rule.Scale, cap);
                }

                if (rule.Slopes is { } slopes)
                {
                    var slope = TensorMemory.Pointer<float>(slopes)[(head * _group) + (i % _group)];
                    Slope(scores + (i * length), _batch.PromptKeys[row], rule.Scale, slope, -_batch.Positions[row]);
                    var firstOfTail = _batch.PromptKeys[row] - _batch.Positions[row];
                    Slope(scores + (i * length) + promptLength, _batch.TailKeys[row], rule.Scale, slope, firstOfTail);
                }

                var firstSeen = rule.FirstSeen(_batch.Positions[row]);
                own[..Math.Min(firstSeen, _batch.PromptKeys[row])].Fill(float.NegativeInfinity);
                own[_batch.PromptKeys[row]..(promptLength + Math.Max(0, firstSeen - _batch.PromptKeys[row]))].Fill(float.NegativeInfinity);
                own[(promptLength + _batch.TailKeys[row])..].Fill(float.NegativeInfinity);
                if (rule.Chosen is { } chosen && !chosen.SeesAll(row))
                {
                    Hide(chosen, row, own, promptLength);
                }

                float? sink = rule.Sinks is { } sinks ? TensorMemory.Pointer<float>(sinks)[(head * _group) + (i % _group)] : null;
                sums[i] = Softmax(scores + (i * length), length, rule.SoftCap is null && rule.Slopes is null ? rule.Scale : 1, sink);
            }

            for (var i = 0; i < queries; i += 4)
            {
                // Keys that only the later rows see have weight 0 for the earlier ones.
                var seen = _batch.PromptKeys[first + (Math.Min(i + 3, queries - 1) / _group)];
                Mix(Four.Rows(scores, length, i, queries), cache.Values(prompt, block, head), valueSize, seen, Four.Rows(mixed, valueSize, i, queries));
            }

            for (var row = 0; row < rows && tailKeys > 0; row++)
            {
                var slot = cache.FirstTail + _batch.TailOfRow[first + row];
                float* own = scores + (row * _group * length) + promptLength, ownMixed = mixed + (row * _group * valueSize);
                for (var i = 0; i < _group; i += 4)
                {
                    Mix(
                        Four.Rows(own, length, i, _group),
                        cache.Values(slot, block, head),
                        valueSize,
                        _batch.TailKeys[first + row],
                        Four.Rows(ownMixed, valueSize, i, _group));
                }
            }

            for (var i = 0; i < queries; i++)
            {
                var to = output + ((long)(first + (i / _group)) * outputStride) + (((head * _group) + (i % _group)) * _valueSize);
                var scaled = 1f / sums[i];
                TensorPrimitives.Multiply(new ReadOnlySpan<float>(mixed + (i * valueSize), _valueSize), scaled, new Span<float>(to, _valueSize));
            }
        }
    }

    private void Hide(KeyChoice chosen, int row, Span<float> scores, int firstOfTail)
    {
        for (var key = 0; key < _batch.PromptKeys[row] + _batch.TailKeys[row]; key++)
        {
            if (!chosen.Sees(row, key))
            {
                scores[key < _batch.PromptKeys[row] ? key : firstOfTail + key - _batch.PromptKeys[row]] = float.NegativeInfinity;
            }
        }
    }

    /// <summary>Asks for memory that is read soon: tails lie far apart, and each is too short for the processor to foresee.</summary>
    private static void Fetch(float* from, int count)
    {
        if (Sse.IsSupported)
        {
            for (var i = 0; i < count; i += 64 / sizeof(float))
            {
                Sse.Prefetch0(from + i);
            }
        }
    }

    private static int ScoreLength(int promptKeys, int tailKeys) => VectorMath.RoundUp(promptKeys) + VectorMath.RoundUp(tailKeys);

    private static Span<float> Scratch(int count)
    {
        if (_scratch is null || _scratch.Length < count)
        {
            _scratch = GC.AllocateUninitializedArray<float>(count, pinned: true);
        }

        return _scratch;
    }
}

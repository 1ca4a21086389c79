using AlignedProbing.Torch.Native;
using TorchSharp;
using BFloat16 = AlignedProbing.Torch.Weights.BFloat16;

namespace AlignedProbing.Torch.Kernels;

/// <summary>
/// The kernels for CPU memory: managed loops over rows, divided among libtorch's threads. A row is always done by one thread and reads no other row of the
/// batch, so that results are the same to the bit for any batch and any number of threads.
/// </summary>
internal sealed unsafe class ManagedKernels : ModelKernels
{
    /// <summary>
    /// Elements worth a thread of their own: some 15 microseconds of work. Waking the threads for less costs as much, and far more where other programs use the
    /// processor.
    /// </summary>
    private const int ElementsAThread = 64 * 1024;

    private delegate void GatedRow(float* gate, float* up, float* y, int width);

    private delegate void Row(float* y, int width);

    private ManagedKernels()
    {
    }

    /// <summary>The only one.</summary>
    public static ManagedKernels Instance { get; } = new();

    /// <inheritdoc/>
    public override torch.Tensor RmsNorm(torch.Tensor rows, torch.Tensor weight, float epsilon)
    {
        var (count, width) = Shape(rows);
        var result = torch.empty(count, width, dtype: torch.ScalarType.Float32);
        float* x = Pointer(rows), w = Pointer(weight), y = Pointer(result);
        ForRows(count, width, (first, end) =>
        {
            for (var row = first; row < end; row++)
            {
                RowKernels.RmsNorm(x + ((long)row * width), w, y + ((long)row * width), width, epsilon);
            }
        });
        return result;
    }

    /// <inheritdoc/>
    public override void NormHeads(in Heads heads, torch.Tensor weight, float epsilon)
    {
        var (count, columns) = Shape(heads.Rows);
        float* x = Pointer(heads.Rows) + heads.First, w = Pointer(weight);
        var (headCount, size) = (heads.Count, heads.Size);
        ForRows(count, headCount * size, (first, end) =>
        {
            for (var row = first; row < end; row++)
            {
                for (var head = 0; head < headCount; head++)
                {
                    var at = x + ((long)row * columns) + (head * size);
                    RowKernels.RmsNorm(at, w, at, size, epsilon);
                }
            }
        });
    }

    /// <inheritdoc/>
    public override void NormHeads(in Heads heads, LayerNormWeights norm)
    {
        var (count, columns) = Shape(heads.Rows);
        float* x = Pointer(heads.Rows) + heads.First, w = Pointer(norm.Weight), b = Pointer(norm.Bias);
        var (headCount, size, epsilon) = (heads.Count, heads.Size, norm.Epsilon);
        var step = norm.Weight.NumberOfElements == size ? 0 : size;
        ForRows(count, 2 * headCount * size, (first, end) =>
        {
            for (var row = first; row < end; row++)
            {
                for (var head = 0; head < headCount; head++)
                {
                    var at = x + ((long)row * columns) + (head * size);
                    RowKernels.LayerNorm(at, w + (head * step), b + (head * step), at, size, epsilon);
                }
            }
        });
    }

    /// <inheritdoc/>
    public override void Xielu(torch.Tensor rows, in XieluNumbers numbers)
    {
        var of = numbers;
        ForRows(rows, (row, width) =>
        {
            for (var i = 0; i < width; i++)
            {
                row[i] = of.Of(row[i]);
            }
        });
    }

    /// <inheritdoc/>
    public override void Clamp(torch.Tensor rows, float limit) => ForRows(rows, (row, width) => RowKernels.Clamp(row, width, limit));

    /// <inheritdoc/>
    public override void Scale(torch.Tensor rows, float factor) => ForRows(rows, (row, width) => RowKernels.Scale(row, width, factor));

    /// <inheritdoc/>
    public override void SoftCap(torch.Tensor rows, float cap) => ForRows(rows, (row, width) => RowKernels.SoftCap(row, width, 1, cap));

    /// <inheritdoc/>
    public override void KeepAbove(torch.Tensor rows, float deviations) => ForRows(rows, (row, width) => RowKernels.KeepAbove(row, width, deviations));

    /// <inheritdoc/>
    public override void AsLargeAs(torch.Tensor rows, torch.Tensor other, float least)
    {
        var (first, others) = ((nint)Pointer(rows), (nint)Pointer(other));
        ForRows(rows, (row, width) => RowKernels.AsLargeAs(row, (float*)(others + ((nint)row - first)), width, least));
    }

    /// <inheritdoc/>
    public override torch.Tensor LayerNorm(torch.Tensor rows, LayerNormWeights norm)
    {
        var (count, width) = Shape(rows);
        var result = torch.empty(count, width, dtype: torch.ScalarType.Float32);
        float* x = Pointer(rows), w = Pointer(norm.Weight), b = Pointer(norm.Bias), y = Pointer(result);
        var epsilon = norm.Epsilon;
        ForRows(count, width, (first, end) =>
        {
            for (var row = first; row < end; row++)
            {
                RowKernels.LayerNorm(x + ((long)row * width), w, b, y + ((long)row * width), width, epsilon);
            }
        });
        return result;
    }

    /// <inheritdoc/>
    public override void Activate(torch.Tensor rows, Activation activation)
    {
        var (count, width) = Shape(rows);
        var x = Pointer(rows);
        ForRows(count, 4 * width, (first, end) => ActivationKernels.Apply(activation, x + ((long)first * width), (long)(end - first) * width));
    }

    /// <inheritdoc/>
    public override void Add(torch.Tensor stream, torch.Tensor branch)
    {
        var (count, width) = Shape(stream);
        float* x = Pointer(branch), y = Pointer(stream);
        ForRows(count, width, (first, end) =>
        {
            for (var row = first; row < end; row++)
            {
                RowKernels.Add(y + ((long)row * width), x + ((long)row * width), width);
            }
        });
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ExpertWork> Route(torch.Tensor scores, RoutingRule rule) =>
        ExpertRouting.Of(TensorMemory.Span<float>(scores), (int)scores.size(1), rule);

    /// <summary>Adds weighted rows to some rows of a tensor, in place: row rows[i] gets weights[i] times row i of <paramref name="addend"/>.</summary>
    /// <param name="target">[tokens, width].</param>
    /// <param name="addend">[rows, width].</param>
    /// <param name="rows">Rows of the target, each once.</param>
    /// <param name="weights">A weight each.</param>
    public static void AddWeighted(torch.Tensor target, torch.Tensor addend, long[] rows, float[] weights)
    {
        var (count, width) = Shape(addend);
        float* x = Pointer(addend), y = Pointer(target);
        ForRows(count, width, (first, end) =>
        {
            for (var row = first; row < end; row++)
            {
                RowKernels.AddScaled(y + (rows[row] * width), x + ((long)row * width), width, weights[row]);
            }
        });
    }

    /// <inheritdoc/>
    public override torch.Tensor SwiGlu(torch.Tensor gateAndUp) => Gated(gateAndUp, RowKernels.SwiGlu);

    /// <inheritdoc/>
    public override torch.Tensor GeGlu(torch.Tensor gateAndUp) => Gated(gateAndUp, RowKernels.GeGlu);

    /// <inheritdoc/>
    public override void Rotate(in Heads heads, RotaryEmbedding rotary, BatchMetadata batch)
    {
        var (count, columns) = Shape(heads.Rows);
        var x = Pointer(heads.Rows) + heads.First;
        var (headCount, size, half) = (heads.Count, heads.Size, rotary.Half);
        var angles = rotary.Angles(batch.Batch);
        var neighbours = rotary.PairsAreNeighbours;
        ForRows(count, headCount * size, (first, end) =>
        {
            fixed (float* cosine = angles.Cosine, sine = angles.Sine)
            {
                for (var row = first; row < end; row++)
                {
                    var at = (long)angles.Rows[row] * half;
                    for (var head = 0; head < headCount; head++)
                    {
                        var to = x + ((long)row * columns) + (head * size);
                        if (neighbours)
                        {
                            RowKernels.RotateNeighbours(to, cosine + at, sine + at, half);
                        }
                        else
                        {
                            RowKernels.Rotate(to, cosine + at, sine + at, half);
                        }
                    }
                }
            }
        });
    }

    /// <inheritdoc/>
    public override IAttention Attention(BatchMetadata batch, KeyValueCache cache, IReadOnlyList<BlockShape> blocks) =>
        new PackedAttention(batch.Batch, cache, blocks);

    /// <summary>Of float32 float32, of bfloat16 bfloat16: computed in float32 and rounded as a linear layer rounds what it is given.</summary>
    private static torch.Tensor Gated(torch.Tensor gateAndUp, GatedRow kernel)
    {
        var (count, both) = Shape(gateAndUp);
        var width = both / 2;
        var result = torch.empty(count, width, dtype: gateAndUp.dtype);
        if (gateAndUp.dtype == torch.ScalarType.BFloat16)
        {
            var (narrow, to) = ((nint)TensorMemory.Pointer<ushort>(gateAndUp), (nint)TensorMemory.Pointer<ushort>(result));
            ForRows(count, 4 * width, (first, end) =>
            {
                for (var row = first; row < end; row++)
                {
                    NarrowRow((ushort*)narrow + ((long)row * both), (ushort*)to + ((long)row * width), width, kernel);
                }
            });
            return result;
        }

        float* x = Pointer(gateAndUp), y = Pointer(result);
        ForRows(count, 4 * width, (first, end) =>
        {
            for (var row = first; row < end; row++)
            {
                var gate = x + ((long)row * both);
                kernel(gate, gate + width, y + ((long)row * width), width);
            }
        });
        return result;
    }

    private static void NarrowRow(ushort* gate, ushort* y, int width, GatedRow kernel)
    {
        const int stretch = 512;
        var wide = stackalloc float[2 * stretch];
        for (var i = 0; i < width; i += stretch)
        {
            var count = Math.Min(stretch, width - i);
            BFloat16.Widen(gate + i, wide, count);
            BFloat16.Widen(gate + width + i, wide + stretch, count);
            kernel(wide, wide + stretch, wide, count);
            BFloat16.Narrow(wide, y + i, count);
        }
    }

    /// <summary>One operation on every row, in place.</summary>
    private static void ForRows(torch.Tensor rows, Row kernel)
    {
        var (count, width) = Shape(rows);
        var x = Pointer(rows);
        ForRows(count, width, (first, end) =>
        {
            for (var row = first; row < end; row++)
            {
                kernel(x + ((long)row * width), width);
            }
        });
    }

    private static void ForRows(int rows, int elementsOfRow, Action<int, int> body) =>
        ParallelRows.For(rows, body, Math.Max(1, ElementsAThread / Math.Max(elementsOfRow, 1)));

    private static (int Rows, int Columns) Shape(torch.Tensor tensor) => ((int)tensor.size(0), (int)tensor.size(1));

    // The caller holds the tensor while the address is in use.
    private static float* Pointer(torch.Tensor tensor) =>
        (float*)
            System.Runtime.CompilerServices.Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetReference(TensorMemory.Span<float>(tensor)));

    private sealed class PackedAttention : IAttention
    {
        private readonly TokenBatch _batch;
        private readonly ManagedCache _cache;
        private readonly IReadOnlyList<BlockShape> _blocks;
        private readonly Dictionary<BlockShape, ManagedAttention> _attentions = [];

        public PackedAttention(TokenBatch batch, KeyValueCache cache, IReadOnlyList<BlockShape> blocks)
        {
            (_batch, _blocks) = (batch, blocks);
            cache.Storage ??= new ManagedCache(cache, blocks);
            _cache = (ManagedCache)cache.Storage;
        }

        public torch.Tensor Attend(int block, in Heads query, in Heads key, in Heads value, in AttentionRule rule)
        {
            var attention = Of(block);
            var tokens = _batch.Tokens;
            var (columns, keyColumns, valueColumns) = ((int)query.Rows.size(1), (int)key.Rows.size(1), (int)value.Rows.size(1));
            float* q = Pointer(query.Rows) + query.First, k = Pointer(key.Rows) + key.First, v = Pointer(value.Rows) + value.First;
            var width = query.Count * value.Size;
            var result = torch.empty(tokens, width, dtype: torch.ScalarType.Float32);
            var output = Pointer(result);
            var scores = rule;
            var (heads, size, valueSize) = (key.Count, key.Size, value.Size);
            if (!attention.RowsAreSteps)
            {
                ForRows(tokens, heads * size * 4, (first, end) =>
                {
                    for (var row = first; row < end; row++)
                    {
                        for (var head = 0; head < heads; head++)
                        {
                            Append(row, head);
                        }
                    }
                });
            }

            ParallelRows.For(attention.Tasks, (first, end) =>
            {
                for (var task = first; task < end; task++)
                {
                    if (attention.RowsAreSteps)
                    {
                        // What a row adds is read by its own task alone: no thread waits for the others.
                        var (firstRow, rows, head) = attention.Task(task);
                        for (var row = firstRow; row < firstRow + rows; row++)
                        {
                            Append(row, head);
                        }
                    }

                    attention.Run(task, _cache, block, q, columns, output, width, scores);
                }
            });

            void Append(int row, int head)
            {
                var tail = _batch.TailOfRow[row];
                var (slot, index) = tail < 0 ? (_batch.PromptOfRow[row], _batch.PromptKeys[row] - 1) : (_cache.FirstTail + tail, _batch.TailKeys[row] - 1);
                _cache.Append(slot, block, head, index, k + ((long)row * keyColumns) + (head * size), v + ((long)row * valueColumns) + (head * valueSize));
            }

            return result;
        }

        public torch.Tensor AttendKept(int block, in Heads query, in AttentionRule rule)
        {
            var attention = Of(block);
            var (columns, width, scores) = ((int)query.Rows.size(1), query.Count * _blocks[block].ValueSize, rule);
            var q = Pointer(query.Rows) + query.First;
            var result = torch.empty(_batch.Tokens, width, dtype: torch.ScalarType.Float32);
            var output = Pointer(result);
            ParallelRows.For(attention.Tasks, (first, end) =>
            {
                for (var task = first; task < end; task++)
                {
                    attention.Run(task, _cache, block, q, columns, output, width, scores);
                }
            });
            return result;
        }

        private ManagedAttention Of(int block)
        {
            var shape = _blocks[block];
            if (!_attentions.TryGetValue(shape, out var attention))
            {
                _attentions.Add(shape, attention = new ManagedAttention(_batch, shape));
            }

            return attention;
        }
    }
}

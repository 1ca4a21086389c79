using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Kernels.Encoders;
using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Encoders;

/// <summary>
/// The operations that encoders are written in, over one packed batch: managed loops over rows, divided among libtorch's threads. A row is always done by one
/// thread and reads only rows of its own sequence. New tensors belong to the caller's scope.
/// </summary>
internal sealed unsafe class EncoderPass
{
    /// <summary>Elements worth a thread of their own: some 15 microseconds of work.</summary>
    private const int ElementsAThread = 64 * 1024;

    private readonly SequenceBatch _batch;
    private readonly Action<int, torch.Tensor>? _states;

    /// <summary>Checks a batch against a model's sizes.</summary>
    public EncoderPass(EncoderSizes sizes, SequenceBatch batch, Action<int, torch.Tensor>? states)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(batch.Lengths.Max(), sizes.Context, "tokens of a sequence");
        (_batch, _states) = (batch, states);
    }

    /// <summary>Rows of a table of any floating-point type as float32 [tokens, width].</summary>
    /// <param name="table">[rows, width].</param>
    /// <param name="rows">Which row for each token.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public static torch.Tensor Embed(torch.Tensor table, int[] rows)
    {
        foreach (var row in rows)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)table.size(0), "row of an embedding");
        }

        using var scope = torch.NewDisposeScope();
        return table.index_select(0, torch.tensor(Array.ConvertAll(rows, row => (long)row))).to(torch.ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>x += branch, in place.</summary>
    public static void Add(torch.Tensor x, torch.Tensor branch) => ManagedKernels.Instance.Add(x, branch);

    /// <summary>x = norm(x), in place.</summary>
    public static void Norm(torch.Tensor x, LayerNorm norm)
    {
        var (rows, width) = Shape(x);
        float* y = Pointer(x), weight = Pointer(norm.Weight), bias = norm.Bias is null ? null : Pointer(norm.Bias);
        ForRows(rows, 2 * width, row => EncoderRows.LayerNorm(y + ((long)row * width), weight, bias, width, norm.Epsilon));
    }

    /// <summary>norm(x) as a new tensor.</summary>
    public static torch.Tensor Normed(torch.Tensor x, LayerNorm norm)
    {
        var copy = x.clone();
        Norm(copy, norm);
        return copy;
    }

    /// <summary>x = norm(x + branch), in place: what a block after the manner of BERT does after each of its halves.</summary>
    public static void AddAndNorm(torch.Tensor x, torch.Tensor branch, LayerNorm norm)
    {
        var (rows, width) = Shape(x);
        float* y = Pointer(x), b = Pointer(branch), weight = Pointer(norm.Weight), bias = norm.Bias is null ? null : Pointer(norm.Bias);
        ForRows(rows, 3 * width, row =>
        {
            var at = (long)row * width;
            RowKernels.Add(y + at, b + at, width);
            EncoderRows.LayerNorm(y + at, weight, bias, width, norm.Epsilon);
        });
    }

    /// <summary>x = gelu(x), exact, in place.</summary>
    public static void Gelu(torch.Tensor x)
    {
        var (rows, width) = Shape(x);
        var y = Pointer(x);
        ForRows(rows, 3 * width, row => EncoderRows.Gelu(y + ((long)row * width), width));
    }

    /// <summary>gelu(input) * gate, exact.</summary>
    /// <param name="inputAndGate">[rows, 2 * width]: input, then gate.</param>
    /// <returns>[rows, width].</returns>
    public static torch.Tensor GeluGate(torch.Tensor inputAndGate)
    {
        var (rows, both) = Shape(inputAndGate);
        var width = both / 2;
        var result = torch.empty(rows, width, dtype: torch.ScalarType.Float32);
        float* x = Pointer(inputAndGate), y = Pointer(result);
        ForRows(rows, 3 * width, row => EncoderRows.GeluGate(x + ((long)row * both), x + ((long)row * both) + width, y + ((long)row * width), width));
        return result;
    }

    /// <summary>Each element through a function, in place: for the few rows of a head.</summary>
    public static void Apply(torch.Tensor x, Func<float, float> function)
    {
        foreach (ref var element in TensorMemory.Span<float>(x))
        {
            element = function(element);
        }

        GC.KeepAlive(x);
    }

    /// <summary>Turns heads by their tokens' positions, in place.</summary>
    public void Rotate(in Heads heads, RotaryEmbedding rotary)
    {
        var (rows, columns) = Shape(heads.Rows);
        var x = Pointer(heads.Rows) + heads.First;
        var (count, size, half) = (heads.Count, heads.Size, rotary.Half);
        var angles = rotary.Angles(_batch.Positions);
        ForRows(rows, count * size, row =>
        {
            fixed (float* cosine = angles.Cosine, sine = angles.Sine)
            {
                var at = (long)angles.Rows[row] * half;
                for (var head = 0; head < count; head++)
                {
                    RowKernels.Rotate(x + ((long)row * columns) + (head * size), cosine + at, sine + at, half);
                }
            }
        });
    }

    /// <summary>Mixes the values that each query of its sequence sees.</summary>
    /// <param name="fused">Queries, keys and values, [tokens, 3 * heads * size].</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="rule">Who sees whom, and how scores are scaled.</param>
    /// <returns>[tokens, heads * size].</returns>
    public torch.Tensor Attend(torch.Tensor fused, int heads, EncoderAttentionRule rule)
    {
        var (tokens, columns) = Shape(fused);
        var width = columns / 3;
        var size = width / heads;
        var result = torch.empty(tokens, width, dtype: torch.ScalarType.Float32);
        float* x = Pointer(fused), y = Pointer(result);
        ParallelRows.For(_batch.Count * heads, (first, end) =>
        {
            for (var task = first; task < end; task++)
            {
                var (sequence, head) = (task / heads, task % heads);
                var row = _batch.FirstRows[sequence];
                var from = x + ((long)row * columns) + (head * size);
                var to = y + ((long)row * width) + (head * size);
                EncoderAttention.Run(from, from + width, from + (2 * width), columns, _batch.Lengths[sequence], size, to, width, rule with { Head = head });
            }
        });
        GC.KeepAlive(fused);
        return result;
    }

    /// <summary>The first token's row of each sequence, [sequences, width].</summary>
    public torch.Tensor FirstTokens(torch.Tensor x) => Embed(x, _batch.FirstRows);

    /// <summary>The mean over each sequence's rows, [sequences, width].</summary>
    public torch.Tensor MeanTokens(torch.Tensor x)
    {
        var (_, width) = Shape(x);
        var result = torch.zeros(_batch.Count, width, dtype: torch.ScalarType.Float32);
        float* from = Pointer(x), to = Pointer(result);
        for (var sequence = 0; sequence < _batch.Count; sequence++)
        {
            var mean = to + ((long)sequence * width);
            for (var row = _batch.FirstRows[sequence]; row < _batch.FirstRows[sequence] + _batch.Lengths[sequence]; row++)
            {
                RowKernels.Add(mean, from + ((long)row * width), width);
            }

            for (var i = 0; i < width; i++)
            {
                mean[i] /= _batch.Lengths[sequence];
            }
        }

        GC.KeepAlive(x);
        return result;
    }

    /// <summary>Hands out the hidden states of a layer.</summary>
    public void States(int layer, torch.Tensor states) => _states?.Invoke(layer, states);

    private static void ForRows(int rows, int elementsOfRow, Action<int> body) => ParallelRows.For(
        rows,
        (first, end) =>
        {
            for (var row = first; row < end; row++)
            {
                body(row);
            }
        },
        Math.Max(1, ElementsAThread / Math.Max(elementsOfRow, 1)));

    private static (int Rows, int Columns) Shape(torch.Tensor tensor) => ((int)tensor.size(0), (int)tensor.size(1));

    // The caller holds the tensor while the address is in use.
    private static float* Pointer(torch.Tensor tensor) => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(TensorMemory.Span<float>(tensor)));
}

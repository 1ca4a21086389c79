using System.Diagnostics;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Encoding;

/// <summary>Some rows of a batch that are pooled into one vector.</summary>
/// <param name="Vectors">Where the vector is kept.</param>
/// <param name="Target">Which one of them.</param>
/// <param name="First">First row.</param>
/// <param name="Count">Number of rows.</param>
/// <param name="Position">Position of the first row in its sequence.</param>
internal readonly record struct PooledRows(PooledVectors Vectors, int Target, int First, int Count, int Position);

/// <summary>Pools hidden states as a forward pass hands them out, and passes logits on. No state outlives the call.</summary>
/// <param name="rows">What is pooled; no two may name the same target.</param>
/// <param name="onLogits">Gets blocks of logits: index of the first row, and float32 [rows, vocabulary] in CPU memory.</param>
/// <param name="times">Adds up where the time goes; null: not asked.</param>
internal sealed class PoolingObserver(IReadOnlyList<PooledRows> rows, Action<int, torch.Tensor>? onLogits, PartTimes? times) : IForwardObserver, IForwardClock
{
    /// <summary>Elements worth a thread of their own.</summary>
    private const int ElementsAThread = 64 * 1024;

    public void OnStates(int layer, torch.Tensor states)
    {
        using var scope = torch.NewDisposeScope();
        var local = states.cpu().contiguous();
        var width = (int)states.size(1);
        ParallelRows.For(rows.Count, (first, end) =>
        {
            var values = TensorMemory.Span<float>(local);
            for (var i = first; i < end; i++)
            {
                var part = rows[i];
                for (var row = 0; row < part.Count; row++)
                {
                    part.Vectors.Add(layer, part.Target, values.Slice((part.First + row) * width, width), part.Position + row);
                }
            }
        }, Math.Max(1, ElementsAThread / width));
    }

    public void OnLogits(int first, torch.Tensor logits)
    {
        using var scope = torch.NewDisposeScope();
        onLogits?.Invoke(first, logits.cpu().contiguous());
    }

    public void Add(ForwardPart part, long start) => times?.Add(part, Stopwatch.GetTimestamp() - start);
}

using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Generation.Pooling;

/// <summary>Pools states that lie in CPU memory, in the order of the tokens, divided among libtorch's threads by targets.</summary>
internal sealed class HostPooling : IStatePooling
{
    /// <summary>Elements worth a thread of their own.</summary>
    private const int ElementsAThread = 64 * 1024;

    private IReadOnlyList<PooledRows> _rows = [];

    /// <summary>Where the parts of each target begin, and the end: two threads never add to one target.</summary>
    private List<int> _starts = [];

    public void Begin(IReadOnlyList<PooledRows> rows)
    {
        (_rows, _starts) = (rows, []);
        for (var i = 0; i < rows.Count; i++)
        {
            if (i == 0 || rows[i].Target != rows[i - 1].Target || rows[i].Vectors != rows[i - 1].Vectors)
            {
                _starts.Add(i);
            }
        }

        _starts.Add(rows.Count);
    }

    public void Add(int layer, torch.Tensor states)
    {
        var width = (int)states.size(1);
        ParallelRows.For(_starts.Count - 1, (first, end) =>
        {
            var values = TensorMemory.Span<float>(states);
            for (var i = _starts[first]; i < _starts[end]; i++)
            {
                var part = _rows[i];
                for (var row = 0; row < part.Count; row++)
                {
                    part.Vectors.Add(layer, part.Target, values.Slice((part.First + row) * width, width), part.Position + row);
                }
            }
        }, Math.Max(1, ElementsAThread / width));
    }

    public void Complete()
    {
        // Each state is in its vector already.
    }

    public void Dispose()
    {
        // There is nothing but the vectors, and they are the encoder's.
    }
}

using static TorchSharp.torch;

namespace AlignedProbing.Torch.Native;

/// <summary>Lists of whole numbers on a device, moved there in one copy.</summary>
internal sealed class IndexLists : IDisposable
{
    private readonly Tensor _packed;
    private readonly long[] _starts;

    /// <summary>Moves the lists.</summary>
    public IndexLists(IReadOnlyList<IReadOnlyList<long>> lists, Device device)
    {
        _starts = new long[lists.Count + 1];
        for (var i = 0; i < lists.Count; i++)
        {
            _starts[i + 1] = _starts[i] + lists[i].Count;
        }

        var packed = new long[_starts[^1]];
        for (var i = 0; i < lists.Count; i++)
        {
            var at = _starts[i];
            foreach (var value in lists[i])
            {
                packed[at++] = value;
            }
        }

        _packed = DeviceCopies.ToDevice(packed, device).DetachFromDisposeScope();
    }

    /// <summary>A list, int64 [values]: a view that belongs to the caller's scope.</summary>
    public Tensor this[int number] => Part(number, 0, _starts[number + 1] - _starts[number]);

    /// <summary>Some values of a list.</summary>
    public Tensor Part(int number, long first, long count) => _packed.narrow(0, _starts[number] + first, count);

    /// <inheritdoc/>
    public void Dispose() => _packed.Dispose();
}

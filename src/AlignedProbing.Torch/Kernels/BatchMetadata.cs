using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Kernels;

/// <summary>
/// What the operations of a pass need to know of its batch, as tensors on the device: made once a pass, moved in one copy, the same for all blocks. Belongs to
/// the pass.
/// </summary>
internal class BatchMetadata : IDisposable
{
    private readonly IndexLists _lists;

    /// <summary>Ids, positions and rows of logits alone.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="device">Where the pass runs.</param>
    public BatchMetadata(TokenBatch batch, torch.Device device)
        : this(batch, device, [])
    {
    }

    /// <summary>These and more.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="device">Where the pass runs.</param>
    /// <param name="more">Lists that go along, numbered from 0 for <see cref="More"/>.</param>
    protected BatchMetadata(TokenBatch batch, torch.Device device, IReadOnlyList<IReadOnlyList<long>> more)
    {
        (Batch, Device) = (batch, device);
        _lists = new IndexLists(
            [Array.ConvertAll(batch.Ids, Wide), Array.ConvertAll(batch.Positions, Wide), Array.ConvertAll(batch.LogitRows, Wide), .. more],
            device);

        static long Wide(int value) => value;
    }

    /// <summary>The batch.</summary>
    public TokenBatch Batch { get; }

    /// <summary>Where the pass runs.</summary>
    public torch.Device Device { get; }

    /// <summary>Token ids, int64 [tokens]. A new view, as all the others; it belongs to the caller's scope.</summary>
    public torch.Tensor Ids => _lists[0];

    /// <summary>Position of each token in its sequence, int64 [tokens].</summary>
    public torch.Tensor Positions => _lists[1];

    /// <summary>Some of the rows whose logits are asked for, int64 [count].</summary>
    public torch.Tensor LogitRows(int first, int count) => _lists.Part(2, first, count);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>One of the lists that went along.</summary>
    protected torch.Tensor More(int number) => _lists[3 + number];

    /// <summary>Frees the tensors.</summary>
    protected virtual void Dispose(bool disposing) => _lists.Dispose();
}

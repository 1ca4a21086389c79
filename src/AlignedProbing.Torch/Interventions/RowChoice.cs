using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Interventions;

/// <summary>Which rows of a pass an edit changes.</summary>
internal sealed class RowChoice : IDisposable
{
    private readonly bool[]? _holds;

    /// <summary>Chooses rows.</summary>
    /// <param name="positions">Which tokens.</param>
    /// <param name="batch">The pass.</param>
    /// <param name="device">Where a mask is needed; null: nowhere.</param>
    public RowChoice(EditPositions positions, TokenBatch batch, torch.Device? device)
    {
        Rows = batch.Tokens;
        if (positions == EditPositions.All)
        {
            return;
        }

        _holds = Array.ConvertAll(batch.TailOfRow, tail => tail < 0 == (positions == EditPositions.Prompt));
        Rows = _holds.Count(holds => holds);
        if (Rows == batch.Tokens)
        {
            _holds = null;
        }
        else if (device is not null && Rows > 0)
        {
            using var scope = torch.NewDisposeScope();
            var ones = DeviceCopies.ToDevice(Array.ConvertAll(_holds, holds => holds ? 1L : 0), device);
            Mask = ones.to(torch.ScalarType.Float32).view(-1, 1).DetachFromDisposeScope();
        }
    }

    /// <summary>Number of rows chosen.</summary>
    public int Rows { get; }

    /// <summary>float32 [tokens, 1] on the device, 1 where a row is chosen; null: all are, or no device was named.</summary>
    public torch.Tensor? Mask { get; }

    /// <summary>Whether a row is chosen.</summary>
    public bool Holds(int row) => _holds is null || _holds[row];

    /// <inheritdoc/>
    public void Dispose() => Mask?.Dispose();
}

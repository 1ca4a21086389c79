using AlignedProbing.Torch.Weights.Panels;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights;

/// <summary>A weight [rows, columns] held in few bits, as it is made or stored; layers keep it in an order of their own.</summary>
public abstract class QuantisedWeight : IDisposable
{
    /// <summary>Outputs.</summary>
    public abstract int Rows { get; }

    /// <summary>Inputs.</summary>
    public abstract int Columns { get; }

    /// <summary>The weight that is multiplied by, whole.</summary>
    /// <returns>float32 [rows, columns] in CPU memory, owned by the caller's scope.</returns>
    public abstract Tensor Dequantise();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>A copy in the order in which CPUs multiply it.</summary>
    /// <param name="order">Rows in the order of the outputs; null: as they are.</param>
    internal abstract PanelWeight ToPanels(IReadOnlyList<int>? order = null);

    /// <summary>A copy on a device.</summary>
    internal abstract DeviceWeight To(Device device);

    /// <summary>Frees its tensors.</summary>
    protected abstract void Dispose(bool disposing);
}

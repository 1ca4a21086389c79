using AlignedProbing.Torch.Weights.Panels;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights;

/// <summary>A weight of plain numbers among quantised ones, multiplied together with them.</summary>
internal sealed class DenseWeight : QuantisedWeight
{
    private readonly Tensor _weight;

    /// <summary>Takes over a tensor.</summary>
    /// <param name="weight">[rows, columns], float32, float16 or bfloat16, CPU memory, contiguous.</param>
    public DenseWeight(Tensor weight) => _weight = weight.DetachFromDisposeScope();

    /// <inheritdoc/>
    public override int Rows => (int)_weight.size(0);

    /// <inheritdoc/>
    public override int Columns => (int)_weight.size(1);

    /// <inheritdoc/>
    public override Tensor Dequantise() => _weight.to(ScalarType.Float32, copy: true);

    /// <inheritdoc/>
    internal override PanelWeight ToPanels(IReadOnlyList<int>? order = null)
    {
        using var scope = NewDisposeScope();
        var sorted = new LinearPart { Weight = _weight, Order = order }.Sorted(_weight).contiguous();
        return sorted.dtype == ScalarType.Float32 ? new SinglePanels(sorted) : new SixteenBitPanels(sorted);
    }

    /// <inheritdoc/>
    internal override DeviceWeight To(Device device) => new DenseOnDevice(_weight, device);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _weight.Dispose();
}

using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights;

/// <summary>A weight of plain numbers on any device.</summary>
internal sealed class DenseOnDevice(Tensor weight, Device device) : DeviceWeight((int)weight.size(0), (int)weight.size(1))
{
    private readonly Tensor _weight = weight.to(device, copy: true).DetachFromDisposeScope();

    public override string Name => $"{_weight.dtype}";

    public override Tensor Dequantise(int first, int count)
    {
        using var scope = NewDisposeScope();
        return _weight.narrow(0, first, count).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    public override void Dispose() => _weight.Dispose();
}

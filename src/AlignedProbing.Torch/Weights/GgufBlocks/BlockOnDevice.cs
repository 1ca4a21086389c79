using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights.GgufBlocks;

/// <summary>GGUF's blocks beside another device than the CPU: they stay in CPU memory, some rows at a time are made float32 there and sent.</summary>
internal sealed class BlockOnDevice : DeviceWeight
{
    private readonly BlockWeight _weight;
    private readonly Device _device;

    public BlockOnDevice(BlockWeight weight, Device device)
        : base(weight.Rows, weight.Columns)
    {
        using var scope = NewDisposeScope();
        (_weight, _device) = (new BlockWeight(weight.Type, weight.Columns, weight.Bytes.clone()), device);
    }

    public override string Name => $"gguf {_weight.Type.Name}, unpacked by the CPU";

    public override Tensor Dequantise(int first, int count)
    {
        using var scope = NewDisposeScope();
        return _weight.Dequantise(first, count).to(_device).MoveToOuterDisposeScope();
    }

    public override void Dispose() => _weight.Dispose();
}

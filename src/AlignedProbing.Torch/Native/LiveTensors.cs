using TorchSharp;

namespace AlignedProbing.Torch.Native;

/// <summary>How many tensors are alive: what must be the same before and after a forward.</summary>
public static class LiveTensors
{
    /// <summary>Number of tensors that managed code has made or received and not yet disposed of.</summary>
    public static long Count => torch.Tensor.TotalCount;
}

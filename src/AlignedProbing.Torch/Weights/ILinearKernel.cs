using TorchSharp;

namespace AlignedProbing.Torch.Weights;

/// <summary>One way to hold a weight and multiply by it.</summary>
internal interface ILinearKernel : IDisposable
{
    /// <summary>What it is, for reports: "float32, packed".</summary>
    string Name { get; }

    /// <summary>rows [n, in] float32 -> [n, out] float32, owned by the caller's scope.</summary>
    torch.Tensor Forward(torch.Tensor rows);
}

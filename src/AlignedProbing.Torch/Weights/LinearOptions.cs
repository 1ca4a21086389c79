using TorchSharp;

namespace AlignedProbing.Torch.Weights;

/// <summary>How and where linear layers hold their weights.</summary>
public sealed record LinearOptions
{
    /// <summary>What weights are rounded to. Default: float32.</summary>
    public WeightPrecision Precision { get; init; } = WeightPrecision.Full;

    /// <summary>Where they lie. Default: CPU memory.</summary>
    public torch.Device Device { get; init; } = torch.CPU;

    /// <summary>
    /// Whether a layer computes in float32 also where it could in the type of its weights: that of an output head beside quantised layers, which stays as it is
    /// stored. Default: off.
    /// </summary>
    internal bool Float32Products { get; init; }

    /// <summary>Whether weights in CPU memory are rearranged for the processor where libtorch can. Off only to compare. Default: on.</summary>
    public bool Packed { get; init; } = true;
}

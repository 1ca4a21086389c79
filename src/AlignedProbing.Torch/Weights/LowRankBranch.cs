using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights;

/// <summary>What is added to a layer y = W x beside its weight: y + up (down x), and all of that times a gain for each output.</summary>
/// <param name="Down">[rank, inputs] float32.</param>
/// <param name="Up">[outputs, rank] float32.</param>
/// <param name="Gain">[outputs] float32, or null for 1.</param>
public sealed record LowRankBranch(Tensor Down, Tensor Up, Tensor? Gain);

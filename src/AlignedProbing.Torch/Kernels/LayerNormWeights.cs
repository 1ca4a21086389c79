using TorchSharp;

namespace AlignedProbing.Torch.Kernels;

/// <summary>What a layer norm holds. It belongs to the model that asked for it.</summary>
/// <param name="Weight">float32 [width].</param>
/// <param name="Bias">float32 [width].</param>
/// <param name="Epsilon">Added to the variance.</param>
internal sealed record LayerNormWeights(torch.Tensor Weight, torch.Tensor Bias, float Epsilon);

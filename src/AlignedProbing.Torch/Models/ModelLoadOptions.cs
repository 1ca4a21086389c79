using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models;

/// <summary>How a model is loaded.</summary>
public sealed record ModelLoadOptions
{
    /// <summary>What the weights of linear layers are rounded to; float32 by default.</summary>
    public WeightPrecision Precision { get; init; } = WeightPrecision.Full;

    /// <summary>Where it runs: <c>cpu</c> (the default), <c>cuda</c>, <c>cuda:1</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>
    /// Folder of a LoRA adapter as PEFT saves it; null (the default) for none. It is merged into the weights before they are rounded; beside weights in eight
    /// or four bits it stays a branch of its own.
    /// </summary>
    public string? Adapter { get; init; }

    /// <summary>
    /// A seed: the weights are drawn at random, as before training, and those stored give only names, shapes and types. Null (the default): the stored weights.
    /// </summary>
    public int? RandomWeights { get; init; }

    /// <summary>What the model computes with; null (the default): what suits the device. Tests run on the CPU what a GPU would run.</summary>
    internal ModelKernels? Kernels { get; init; }

    /// <summary>
    /// Where it runs, in the place of <see cref="Device"/>. Tests run passes on <c>meta</c>, which has shapes and no numbers: what asks it for one, or gives it
    /// another device's tensor, fails.
    /// </summary>
    internal torch.Device? TorchDevice { get; init; }
}

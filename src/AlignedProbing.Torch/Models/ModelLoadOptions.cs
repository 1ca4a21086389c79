using AlignedProbing.Torch.Precision;

namespace AlignedProbing.Torch.Models;

/// <summary>How a model is loaded.</summary>
public sealed record ModelLoadOptions
{
    /// <summary>What the weights of linear layers are rounded to; float32 by default.</summary>
    public WeightPrecision Precision { get; init; } = WeightPrecision.Full;

    /// <summary>Where it runs: <c>cpu</c> (the default), <c>cuda</c>, <c>cuda:1</c>.</summary>
    public string Device { get; init; } = "cpu";
}

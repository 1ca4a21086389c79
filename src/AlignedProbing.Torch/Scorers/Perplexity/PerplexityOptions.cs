using AlignedProbing.Torch.Weights;

namespace AlignedProbing.Torch.Scorers.Perplexity;

/// <summary>Which model reads the texts, and how.</summary>
public sealed record PerplexityOptions
{
    /// <summary>The scorer's name.</summary>
    public required string Name { get; init; }

    /// <summary>The model's folder.</summary>
    public required string Folder { get; init; }

    /// <summary>What the weights of linear layers are rounded to; float32 by default.</summary>
    public WeightPrecision Precision { get; init; } = WeightPrecision.Full;
}

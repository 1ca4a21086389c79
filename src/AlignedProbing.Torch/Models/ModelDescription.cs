namespace AlignedProbing.Torch.Models;

/// <summary>What a model folder holds.</summary>
/// <param name="Architecture">Its <c>model_type</c>.</param>
/// <param name="Sizes">Its sizes; <see cref="ModelSizes.Parameters"/> counts what the files hold.</param>
public sealed record ModelDescription(string Architecture, ModelSizes Sizes)
{
    /// <summary>The few bits that its linear layers are stored in: <c>gptq int4, groups of 128</c>; null where they are plain numbers.</summary>
    public string? WeightFormat { get; init; }
}

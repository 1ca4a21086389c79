namespace AlignedProbing.Torch.Models;

/// <summary>What a model folder holds.</summary>
/// <param name="Architecture">Its <c>model_type</c>.</param>
/// <param name="Sizes">Its sizes; <see cref="ModelSizes.Parameters"/> counts what the files hold.</param>
public sealed record ModelDescription(string Architecture, ModelSizes Sizes);

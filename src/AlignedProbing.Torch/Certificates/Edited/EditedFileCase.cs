namespace AlignedProbing.Torch.Certificates.Edited;

/// <summary>A case of a file of edited models.</summary>
/// <param name="Name">Its name, which says what is edited.</param>
/// <param name="Gaps">Of each row the smallest difference of the two best logits over its steps; infinite where the file does not say.</param>
/// <param name="MeanLogProbability">Of each row the mean log-probability of its ids under the edited model; null: not told here.</param>
internal sealed record EditedFileCase(string Name, IReadOnlyList<double> Gaps, IReadOnlyList<double>? MeanLogProbability);

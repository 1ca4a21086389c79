namespace AlignedProbing.Torch.Running.Estimates;

/// <summary>Something that does not fit.</summary>
/// <param name="Found">What, with both numbers.</param>
/// <param name="Remedy">What would fit.</param>
public sealed record PlanProblem(string Found, string Remedy);

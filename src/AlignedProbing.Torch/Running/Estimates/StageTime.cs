namespace AlignedProbing.Torch.Running.Estimates;

/// <summary>How long a stage takes on this machine for what is left of it.</summary>
/// <param name="Stage">encode, score/ngram, probe/linear/ngram.</param>
/// <param name="Seconds">Seconds; null where they cannot be told.</param>
/// <param name="Basis">What they come from: measured products, finished units, a service's rate; or why there are none.</param>
public sealed record StageTime(string Stage, double? Seconds, string Basis);

namespace AlignedProbing.Torch.Running.Estimates;

/// <summary>Calls to a service that scores, which may cost money.</summary>
/// <param name="Scorer">The scorer.</param>
/// <param name="Calls">Calls at most: a text each; what the cache holds is not asked again.</param>
/// <param name="PerSecond">Calls a second at most; null where the scorer has no limit of its own.</param>
public sealed record ScorerCalls(string Scorer, long Calls, double? PerSecond);

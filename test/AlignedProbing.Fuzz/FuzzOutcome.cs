namespace AlignedProbing.Fuzz;

/// <summary>What became of a number of cases.</summary>
/// <param name="Read">Cases that were read.</param>
/// <param name="Refused">Cases that were refused in words meant for people.</param>
/// <param name="Words">The words of the first refusal; null where there was none.</param>
/// <param name="Faults">Cases with any other outcome, as "case N: error".</param>
public sealed record FuzzOutcome(int Read, int Refused, string? Words, IReadOnlyList<string> Faults);

namespace AlignedProbing.Runs;

/// <summary>A text's score of one attribute.</summary>
/// <param name="Attribute">The attribute.</param>
/// <param name="Score">The score, in [0, 1]; null where there is none.</param>
/// <param name="Reason">Why there is none (a <see cref="MissingReason"/> or a scorer's own); null where there is one.</param>
public readonly record struct TextScoreOf(string Attribute, double? Score, string? Reason);

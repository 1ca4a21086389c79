
namespace AlignedProbing.Runs;

/// <summary>
/// Two scorers on the same texts: how far they agree, and what changes where one replaces the other. The second is what the first is held against.
/// </summary>
public sealed record ScorerComparisonFinding
{
    /// <summary>The one.</summary>
    public required string First { get; init; }

    /// <summary>The other, which the first is held against.</summary>
    public required string Second { get; init; }

    /// <summary>Version of the first.</summary>
    public required string FirstVersion { get; init; }

    /// <summary>Version of the second.</summary>
    public required string SecondVersion { get; init; }

    /// <summary>How far they agree: a row for each attribute that both have, part of the texts and measure.</summary>
    public required IReadOnlyList<AgreementFinding> Agreement { get; init; }

    /// <summary>What the second says where the first says so much: a row for each attribute that both have, over all texts.</summary>
    public required IReadOnlyList<ReliabilityFinding> Reliability { get; init; }

    /// <summary>What changes in behaviour where the second replaces the first. Empty where texts belong to no prompts.</summary>
    public required IReadOnlyList<ScorerChangeFinding> Changes { get; init; }

    /// <summary>Attributes that only the first has.</summary>
    public IReadOnlyList<string> OnlyFirst { get; init; } = [];

    /// <summary>Attributes that only the second has.</summary>
    public IReadOnlyList<string> OnlySecond { get; init; } = [];
}

/// <summary>One measure of how far two scorers agree.</summary>
public sealed record AgreementFinding
{
    /// <summary>The attribute.</summary>
    public required string Attribute { get; init; }

    /// <summary><c>all</c>, <c>prompts</c> or <c>continuations</c>.</summary>
    public required string Texts { get; init; }

    /// <summary>
    /// <c>pearson</c>, <c>spearman</c>, <c>same-side</c> (share of texts on the same side of .5), <c>difference</c> (mean of first minus second), <c>rmse</c>,
    /// <c>calibration-error</c>.
    /// </summary>
    public required string Measure { get; init; }

    /// <summary>The figure; null where it is not defined.</summary>
    public double? Value { get; init; }

    /// <summary>Lower end of its interval.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end of its interval.</summary>
    public double? High { get; init; }

    /// <summary>Texts that both have scored.</summary>
    public required int N { get; init; }

    /// <summary>Texts that one of them has not scored.</summary>
    public required int Missing { get; init; }

    /// <summary>Why there is no figure; null where there is one.</summary>
    public string? Reason { get; init; }
}

/// <summary>A reliability curve: ten bins of the first's scores.</summary>
/// <param name="Attribute">The attribute.</param>
/// <param name="Bins">The bins that hold a text.</param>
public sealed record ReliabilityFinding(string Attribute, IReadOnlyList<ReliabilityBin> Bins);

/// <summary>A bin of a reliability curve.</summary>
/// <param name="From">The lowest score that belongs to it.</param>
/// <param name="To">The score from which on the next begins; 1 belongs to the last.</param>
/// <param name="N">Texts in it.</param>
/// <param name="First">Mean of the first's scores.</param>
/// <param name="Second">Mean of the second's scores of the same texts.</param>
public sealed record ReliabilityBin(double From, double To, int N, double First, double Second);

/// <summary>
/// What changes in one figure of behaviour where the second scorer replaces the first. Prompts that both can use; each scorer's own prompt scores say which are
/// toxic.
/// </summary>
public sealed record ScorerChangeFinding
{
    /// <summary>The attribute.</summary>
    public required string Attribute { get; init; }

    /// <summary>all, toxic or other.</summary>
    public required string Subset { get; init; }

    /// <summary>EMT, TP, TC or mean.</summary>
    public required string Metric { get; init; }

    /// <summary>The figure by the first; null where it is not defined.</summary>
    public double? First { get; init; }

    /// <summary>The figure by the second; null where it is not defined.</summary>
    public double? Second { get; init; }

    /// <summary>Second minus first; null where either is not defined.</summary>
    public double? Difference { get; init; }

    /// <summary>Lower end of the difference's interval.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end of the difference's interval.</summary>
    public double? High { get; init; }

    /// <summary>Prompts of the first's subset.</summary>
    public required int NFirst { get; init; }

    /// <summary>Prompts of the second's subset.</summary>
    public required int NSecond { get; init; }
}

namespace AlignedProbing.Statistics;

/// <summary>Which correlation.</summary>
public enum CorrelationKind
{
    /// <summary>Pearson's r.</summary>
    Pearson,

    /// <summary>Spearman's rank correlation: mean ranks for ties.</summary>
    Spearman,
}

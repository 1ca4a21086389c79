namespace AlignedProbing.Runs;

/// <summary>One correlation over runs of information strength with behaviour.</summary>
public sealed record InterplayFinding
{
    /// <summary>Where: <c>mean</c> over layers, <c>relative:5/16</c>, or <c>layer:3</c> of runs of equal depth.</summary>
    public required string At { get; init; }

    /// <summary>Number of blocks of the runs, where they are of equal depth (<c>layer:3</c>); null elsewhere.</summary>
    public int? Layers { get; init; }

    /// <summary>The scenario: input, forward, output or backward.</summary>
    public required string Scenario { get; init; }

    /// <summary>The attribute whose strength it is.</summary>
    public required string Attribute { get; init; }

    /// <summary>The behaviour: EMT, TP, TC, or another that was asked for.</summary>
    public required string Metric { get; init; }

    /// <summary>The correlation: pearson or spearman.</summary>
    public required string Statistic { get; init; }

    /// <summary>The correlation, in [-1, 1]; null where there is none.</summary>
    public double? R { get; init; }

    /// <summary>Why there is no correlation or no interval over families; null where both are there.</summary>
    public string? Reason { get; init; }

    /// <summary>Lower end of the 95 % interval over runs.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end of the 95 % interval over runs.</summary>
    public double? High { get; init; }

    /// <summary>Runs it rests on: those with both figures.</summary>
    public required int Runs { get; init; }

    /// <summary>Families of these runs.</summary>
    public required int Families { get; init; }

    /// <summary>Lower end of the 95 % interval over families.</summary>
    public double? FamilyLow { get; init; }

    /// <summary>Upper end of the 95 % interval over families.</summary>
    public double? FamilyHigh { get; init; }

    /// <summary>The smallest correlation when one family is left out.</summary>
    public double? WithoutOneLow { get; init; }

    /// <summary>The largest correlation when one family is left out.</summary>
    public double? WithoutOneHigh { get; init; }

    /// <summary>The p of the permutation test.</summary>
    public double? P { get; init; }

    /// <summary>p after Holm over all tests of the same kind of place, metric and statistic; a test without a p counts as one of p = 1.</summary>
    public double? Holm { get; init; }

    /// <summary>p after Benjamini and Hochberg over the same tests.</summary>
    public double? Bh { get; init; }
}

namespace AlignedProbing.Runs;

/// <summary>How many prompts of a cell a probe may have seen in another's clothes: identical or nearly identical ones in other folds.</summary>
public sealed record LeakFinding
{
    /// <summary>The probe.</summary>
    public required string Probe { get; init; }

    /// <summary>The scorer whose scores are the labels.</summary>
    public required string Scorer { get; init; }

    /// <summary>The scenario.</summary>
    public required Scenario Scenario { get; init; }

    /// <summary>The attribute.</summary>
    public required string Attribute { get; init; }

    /// <summary>Prompts of the cell.</summary>
    public required int Prompts { get; init; }

    /// <summary>Those of them to which another prompt of the cell is identical or nearly so.</summary>
    public required int Alike { get; init; }

    /// <summary>Those to which one of another fold is.</summary>
    public required int AcrossFolds { get; init; }
}

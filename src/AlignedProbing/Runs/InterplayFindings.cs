namespace AlignedProbing.Runs;

/// <summary>How behaviour and what is encoded go together over runs, and what a reader must know before believing it.</summary>
public sealed record InterplayFindings
{
    /// <summary>Runs that both tables name.</summary>
    public required int Runs { get; init; }

    /// <summary>Families that these runs are of.</summary>
    public required int Families { get; init; }

    /// <summary>The correlations: of the means over layers, by relative depth, by layer of runs of equal depth.</summary>
    public required IReadOnlyList<InterplayFinding> Rows { get; init; }

    /// <summary>What cannot be concluded, as sentences; the reader sees them first.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Resamples of runs, and as many of families.</summary>
    public required int Resamples { get; init; }

    /// <summary>Permutations of behaviour over runs.</summary>
    public required int Permutations { get; init; }

    /// <summary>The seed of both.</summary>
    public required int Seed { get; init; }
}

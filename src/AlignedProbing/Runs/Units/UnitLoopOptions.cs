namespace AlignedProbing.Runs.Units;

/// <summary>How a stage goes through its units. None of it changes a result.</summary>
public sealed record UnitLoopOptions
{
    /// <summary>The stage's name for progress: encode, score, probe.</summary>
    public required string Stage { get; init; }

    /// <summary>What progress counts, in the plural: continuations, texts, probes.</summary>
    public required string Counted { get; init; }

    /// <summary>How much of that a unit holds.</summary>
    public required Func<int, long> Weight { get; init; }

    /// <summary>The share of the units that is done; all by default.</summary>
    public Shard Shard { get; init; } = Shard.All;

    /// <summary>Who is told of units, and what ends the work between two of them; nobody and nothing by default.</summary>
    public UnitControl Control { get; init; } = UnitControl.None;

    /// <summary>Units made together, at least 1; 1 by default.</summary>
    public int Together { get; init; } = 1;

    /// <summary>Whether units are brought to disk while the next are made; not so by default.</summary>
    public bool CompletesAside { get; init; }

    /// <summary>Told the time stamp since when the loop has waited for the disk; null: nobody asks.</summary>
    public Action<long>? Waited { get; init; }

    /// <summary>
    /// The message for a fault after which no other unit is tried, because it would fail likewise; null for all others, after which the loop goes on.
    /// </summary>
    public Func<Exception, string?> Ends { get; init; } = _ => null;

    /// <summary>Told how far the stage has come.</summary>
    public IProgress<StageProgress>? Progress { get; init; }
}

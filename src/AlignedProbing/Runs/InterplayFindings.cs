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

    /// <summary>What the correlations rest on: a row for each run, scenario and attribute.</summary>
    public IReadOnlyList<InterplayPoint> Points { get; init; } = [];

    /// <summary>What cannot be concluded, as sentences; the reader sees them first.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Resamples of runs, and as many of families.</summary>
    public required int Resamples { get; init; }

    /// <summary>Permutations of behaviour over runs.</summary>
    public required int Permutations { get; init; }

    /// <summary>The seed of both.</summary>
    public required int Seed { get; init; }
}

/// <summary>A run's behaviour and its strength in one scenario.</summary>
/// <param name="Run">The run.</param>
/// <param name="Family">Its family.</param>
/// <param name="Scenario">The scenario.</param>
/// <param name="Attribute">The attribute.</param>
/// <param name="Behavior">Behaviour by metric; null where it is missing.</param>
/// <param name="Mean">Strength, mean over layers; null where a layer has none.</param>
/// <param name="Relative">Strength at the depths 0, 1/16, ..., 1; null where a layer around one has none.</param>
public sealed record InterplayPoint(
    string Run,
    string Family,
    string Scenario,
    string Attribute,
    IReadOnlyDictionary<string, double?> Behavior,
    double? Mean,
    IReadOnlyList<double?> Relative);

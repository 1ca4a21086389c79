namespace AlignedProbing.Runs.Interventions;

/// <summary>What a run's interventions gave: <c>interventions/findings.json</c>.</summary>
public sealed record InterventionFindings
{
    /// <summary>The model's name.</summary>
    public required string Model { get; init; }

    /// <summary>Number of prompts of the run.</summary>
    public required int Prompts { get; init; }

    /// <summary>The sweeps, by name.</summary>
    public required IReadOnlyList<SweepFinding> Sweeps { get; init; }

    /// <summary>Seed of intervals and sign flips.</summary>
    public required int Seed { get; init; }

    /// <summary>Resamples of the intervals.</summary>
    public required int Resamples { get; init; }

    /// <summary>Sign flips.</summary>
    public required int Flips { get; init; }
}

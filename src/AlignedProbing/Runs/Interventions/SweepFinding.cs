namespace AlignedProbing.Runs.Interventions;

/// <summary>What one sweep gave.</summary>
public sealed record SweepFinding
{
    /// <summary>What was asked.</summary>
    public required InterventionSweep Sweep { get; init; }

    /// <summary>The edits and controls that are complete, by name, with their edits.</summary>
    public required IReadOnlyDictionary<string, InterventionManifest> Interventions { get; init; }

    /// <summary>Effects of the edits, and of their controls.</summary>
    public required IReadOnlyList<EffectFinding> Effects { get; init; }

    /// <summary>Damage; the unedited run first.</summary>
    public required IReadOnlyList<DamageFinding> Damage { get; init; }

    /// <summary>The edits against their controls.</summary>
    public required IReadOnlyList<ControlFinding> Controls { get; init; }

    /// <summary>What is left to be read in the layers of edited runs; empty where nothing was probed.</summary>
    public IReadOnlyList<InsideFinding> Inside { get; init; } = [];

    /// <summary>Interventions that are not complete, by name, with the reason: they are left out.</summary>
    public required IReadOnlyDictionary<string, string> Incomplete { get; init; }
}

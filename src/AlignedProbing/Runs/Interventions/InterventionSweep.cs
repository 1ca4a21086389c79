namespace AlignedProbing.Runs.Interventions;

/// <summary>
/// What one command asked: edits, and the controls they are held against. <c>interventions/&lt;name&gt;.sweep.json</c>, rewritten as controls are found.
/// </summary>
public sealed record InterventionSweep
{
    /// <summary>Its name: <c>bypass-each</c>, <c>ablate-toxicity.input.10-10</c>.</summary>
    public required string Name { get; init; }

    /// <summary><c>bypass</c>, <c>ablate</c> or <c>steer</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The attribute that sentences are about.</summary>
    public required string Attribute { get; init; }

    /// <summary>The scorer that sentences are about.</summary>
    public required string Scorer { get; init; }

    /// <summary>The probe by which it is said what is left inside; null where nothing is.</summary>
    public string? Probe { get; init; }

    /// <summary>Whether each edit has all others of the sweep as its controls (bypass of one block after the other).</summary>
    public bool OthersAreControls { get; init; }

    /// <summary>The edits.</summary>
    public required IReadOnlyList<SweepEdit> Edits { get; init; }
}

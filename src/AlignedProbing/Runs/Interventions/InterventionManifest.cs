namespace AlignedProbing.Runs.Interventions;

/// <summary>What edits a run that is derived from another one: part of its manifest.</summary>
public sealed record InterventionManifest
{
    /// <summary>SHA-256 of the unedited run's <c>manifest.json</c>.</summary>
    public required string Parent { get; init; }

    /// <summary>The edits, applied together.</summary>
    public required IReadOnlyList<EditManifest> Edits { get; init; }
}

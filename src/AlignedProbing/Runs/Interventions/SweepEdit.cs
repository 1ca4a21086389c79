namespace AlignedProbing.Runs.Interventions;

/// <summary>One edit of a sweep and its controls.</summary>
public sealed record SweepEdit
{
    /// <summary>The intervention's name: its folder in <c>interventions/</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Its layers, from 1; null: all.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>For steering how many standard deviations; null otherwise.</summary>
    public double? Strength { get; init; }

    /// <summary>Names of the controls of the same strength.</summary>
    public IReadOnlyList<string> SameStrength { get; init; } = [];

    /// <summary>The controls that do as much damage.</summary>
    public IReadOnlyList<EqualDamageControl> EqualDamage { get; init; } = [];
}

namespace AlignedProbing.Runs.Interventions;

/// <summary>One edit.</summary>
public sealed record EditManifest
{
    /// <summary><c>bypass</c>, <c>ablate</c> or <c>steer</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The layers, from 1; null: all.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary><c>all</c>, <c>prompt</c> or <c>generated</c>.</summary>
    public string Positions { get; init; } = "all";

    /// <summary>For a bypass how much of the block's contribution is left; null otherwise.</summary>
    public double? Factor { get; init; }

    /// <summary>For steering the strength in standard deviations, for an ablation the share that is removed; null otherwise.</summary>
    public double? Strength { get; init; }

    /// <summary>For steering one standard deviation of the prompts' tokens along the direction, at each of the layers; null otherwise.</summary>
    public IReadOnlyList<double>? StandardDeviations { get; init; }

    /// <summary>Where the direction comes from, as it was asked for; null for a bypass.</summary>
    public string? Direction { get; init; }

    /// <summary>SHA-256 of the unit direction's float32 numbers, little endian; null for a bypass. The numbers lie in <c>direction.npy</c>.</summary>
    public string? DirectionSha256 { get; init; }
}

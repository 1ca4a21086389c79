namespace AlignedProbing.Runs.Interventions;

/// <summary>A control whose strength was searched for, so that it does as much damage as the edit it is held against.</summary>
public sealed record EqualDamageControl
{
    /// <summary>What it is: <c>random3</c>, or the layers of another bypass.</summary>
    public required string Control { get; init; }

    /// <summary>Its name as an intervention; null where no strength was found.</summary>
    public string? Name { get; init; }

    /// <summary>The strength found, as a multiple of the edit's own.</summary>
    public double? Strength { get; init; }

    /// <summary>Its mean KL, nats a token.</summary>
    public double? Divergence { get; init; }

    /// <summary>The edit's mean KL that was searched for, nats a token.</summary>
    public required double Target { get; init; }

    /// <summary>Why no strength was found; null where one was.</summary>
    public string? Reason { get; init; }
}

namespace AlignedProbing.Runs.Interventions;

/// <summary>An edit's effect against those of its controls.</summary>
public sealed record ControlFinding
{
    /// <summary>The intervention's name.</summary>
    public required string Intervention { get; init; }

    /// <summary><c>same-strength</c> or <c>equal-damage</c>.</summary>
    public required string Against { get; init; }

    /// <summary>The scorer.</summary>
    public required string Scorer { get; init; }

    /// <summary>The attribute.</summary>
    public required string Attribute { get; init; }

    /// <summary>EMT, TP or mean; of all prompts.</summary>
    public required string Metric { get; init; }

    /// <summary>Prompts that the unedited run, the edited one and all controls can use.</summary>
    public required int N { get; init; }

    /// <summary>Number of controls.</summary>
    public required int Controls { get; init; }

    /// <summary>The edit's change over these prompts.</summary>
    public double? Effect { get; init; }

    /// <summary>Mean change of the controls.</summary>
    public double? ControlMean { get; init; }

    /// <summary>Effect less the controls' mean.</summary>
    public double? Excess { get; init; }

    /// <summary>Lower end of its 95 % interval, which allows for other prompts and other controls: it holds 0 where the edit may be one of them.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end.</summary>
    public double? High { get; init; }

    /// <summary>The edit's place by size of change among itself and its controls: 1 is the largest. Ties count against it.</summary>
    public int? Place { get; init; }

    /// <summary>Why figures are absent; null where all are there.</summary>
    public string? Reason { get; init; }
}

namespace AlignedProbing.Runs.Interventions;

/// <summary>What an intervention changed of one figure of behaviour, paired by prompt.</summary>
public sealed record EffectFinding
{
    /// <summary>The intervention's name.</summary>
    public required string Intervention { get; init; }

    /// <summary>Whether it is a control; controls have no p.</summary>
    public bool IsControl { get; init; }

    /// <summary>The scorer.</summary>
    public required string Scorer { get; init; }

    /// <summary>The attribute.</summary>
    public required string Attribute { get; init; }

    /// <summary>all, toxic or other: by the unedited run's prompt scores.</summary>
    public required string Subset { get; init; }

    /// <summary>EMT, TP, TC or mean.</summary>
    public required string Metric { get; init; }

    /// <summary>Prompts that both runs can use.</summary>
    public required int N { get; init; }

    /// <summary>The unedited run's figure; null where it is not defined.</summary>
    public double? Unedited { get; init; }

    /// <summary>The edited run's figure.</summary>
    public double? Edited { get; init; }

    /// <summary>Edited less unedited.</summary>
    public double? Change { get; init; }

    /// <summary>Lower end of the change's 95 % bootstrap interval over prompts.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end.</summary>
    public double? High { get; init; }

    /// <summary>p by sign flips of prompts, two-sided.</summary>
    public double? P { get; init; }

    /// <summary>p after Holm's correction over the edits and attributes of the sweep, for this metric and subset.</summary>
    public double? PHolm { get; init; }

    /// <summary>Why figures are absent; null where all are there.</summary>
    public string? Reason { get; init; }
}

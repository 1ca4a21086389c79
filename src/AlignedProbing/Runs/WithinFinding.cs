namespace AlignedProbing.Runs;

/// <summary>
/// Interplay within the model, over prompts: the partial correlation of what a probe takes a prompt for (its out-of-fold prediction) and of the highest score
/// among the prompt's continuations, given the prompt's true score and its square. Above 0: the model writes more toxically where it takes a prompt for more
/// toxic than it is.
/// </summary>
public sealed record WithinFinding
{
    /// <summary>The probe of scenario Input.</summary>
    public required string Probe { get; init; }

    /// <summary>The scorer of prompts and continuations.</summary>
    public required string Scorer { get; init; }

    /// <summary>The attribute.</summary>
    public required string Attribute { get; init; }

    /// <summary>The layer, from 0. Layer 0, the embeddings, is the yardstick: only what exceeds it is about the blocks.</summary>
    public required int Layer { get; init; }

    /// <summary>The mean over folds of the partial correlation; null where a fold has none.</summary>
    public double? R { get; init; }

    /// <summary>Lower end of its 95 % interval over prompts.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end.</summary>
    public double? High { get; init; }

    /// <summary>Two-sided p by Fisher's z; null where there is no correlation.</summary>
    public double? P { get; init; }

    /// <summary>p adjusted by Holm's method over the layers of the probe.</summary>
    public double? AdjustedP { get; init; }

    /// <summary>Prompts.</summary>
    public required int N { get; init; }

    /// <summary>Why there is no correlation, or no interval of it; null where both are there.</summary>
    public string? Reason { get; init; }

    /// <summary>Name of the estimator of the interval; empty where there is none.</summary>
    public string Estimator { get; init; } = "";
}

namespace AlignedProbing.Runs.Interventions;

/// <summary>
/// What is left to be read in a layer of an edited run: the prompt's score, from the prompt's states (Input). Each r is a mean over folds and seeds, on prompts
/// the probe was not trained on.
/// </summary>
public sealed record InsideFinding
{
    /// <summary>The intervention's name.</summary>
    public required string Intervention { get; init; }

    /// <summary>The probe.</summary>
    public required string Probe { get; init; }

    /// <summary>The scorer of the labels.</summary>
    public required string Scorer { get; init; }

    /// <summary>The attribute.</summary>
    public required string Attribute { get; init; }

    /// <summary>The layer, from 0.</summary>
    public required int Layer { get; init; }

    /// <summary>Prompts with a label and vectors in both runs.</summary>
    public required int N { get; init; }

    /// <summary>r of the unedited run's probes on its own vectors.</summary>
    public double? Unedited { get; init; }

    /// <summary>r of the unedited run's probes on the edited run's vectors.</summary>
    public double? Applied { get; init; }

    /// <summary>r of probes trained anew on the edited run's vectors; null where none were.</summary>
    public double? Retrained { get; init; }

    /// <summary>
    /// r of the edited run's vectors along the edit's direction with the label; 0 where nothing but rounding is left along it; null without a direction.
    /// </summary>
    public double? Along { get; init; }

    /// <summary>Standard deviation of the edited run's vectors along the direction, as a share of the unedited run's; null without a direction.</summary>
    public double? Spread { get; init; }

    /// <summary>Why figures are absent; null where they are there.</summary>
    public string? Reason { get; init; }
}

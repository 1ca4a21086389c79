using AlignedProbing.Runs;
using AlignedProbing.Runs.Interventions;

namespace AlignedProbing.Torch.Running;

/// <summary>How interventions ended.</summary>
public sealed record InterventionOutcome
{
    /// <summary>The unedited run's folder.</summary>
    public required RunFolder Run { get; init; }

    /// <summary>What was asked, with the controls that were found.</summary>
    public required InterventionSweep Sweep { get; init; }

    /// <summary>Units that failed, with the reason each; the others are done, and the same call tries these again.</summary>
    public required IReadOnlyList<UnitFailure> Failed { get; init; }

    /// <summary>What all interventions of the run gave so far.</summary>
    public required InterventionFindings Findings { get; init; }
}

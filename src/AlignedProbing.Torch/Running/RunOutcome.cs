using AlignedProbing.Runs;

namespace AlignedProbing.Torch.Running;

/// <summary>How a run ended.</summary>
public sealed record RunOutcome
{
    /// <summary>The run's folder.</summary>
    public required RunFolder Run { get; init; }

    /// <summary>Units that failed, with the reason each. All others are done, and the same call tries these again.</summary>
    public required IReadOnlyList<UnitFailure> Failed { get; init; }

    /// <summary>Chunks that belong to other shares and are not there yet.</summary>
    public int Missing { get; init; }

    /// <summary>What analysis found; null where the run could not come so far, because units failed or are missing.</summary>
    public Findings? Findings { get; init; }
}

namespace AlignedProbing.Analysis;

/// <summary>What analysis is asked.</summary>
public sealed record AnalysisOptions
{
    /// <summary>Bootstrap resamples, 1 to 100,000; 1,000 unless asked otherwise.</summary>
    public int Resamples { get; init; } = 1000;

    /// <summary>Seed of the resamples.</summary>
    public int Seed { get; init; }

    /// <summary>
    /// Whether EMT, TP and TC-max also use prompts of which only some continuations are scored; false by default. Many scripts do so: their maximum is over
    /// fewer texts, hence lower, where scores are missing.
    /// </summary>
    public bool UseIncomplete { get; init; }

    /// <summary>
    /// Whether EMT and TP also stand there as the paper's scripts compute them (metrics <c>EMT-reference</c> and <c>TP-reference</c>,
    /// docs/reference/findings.md); false by default, and true in any case for a run whose vectors are pooled as these scripts do.
    /// </summary>
    public bool Reference { get; init; }

    /// <summary>How many examples are named for each scorer and attribute, 0 to 20; 3 unless asked otherwise.</summary>
    public int Examples { get; init; } = 3;

    /// <summary>The correction that holds the expected share of false findings among those found: <see cref="Statistics.BenjaminiHochberg"/>.</summary>
    public const string FalseDiscoveryRate = "bh";

    /// <summary>
    /// How p values of differences may be corrected for the number of comparisons: by <see cref="Statistics.Holm"/>, or by <see cref="FalseDiscoveryRate"/>.
    /// </summary>
    public static IReadOnlyList<string> Corrections { get; } = ["holm", FalseDiscoveryRate];

    /// <summary>
    /// How p values of differences between layers and scenarios are corrected: one of <see cref="Corrections"/>; <c>holm</c> unless asked otherwise.
    /// </summary>
    public string Correction { get; init; } = "holm";

    /// <summary>Checks all of it at once.</summary>
    /// <exception cref="InputException">Something is out of range; every fault is named.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        if (Resamples is < 1 or > 100_000)
        {
            faults.Add($"resamples is {Resamples}, which is not between 1 and 100000 (1000 is usual)");
        }

        if (Examples is < 0 or > 20)
        {
            faults.Add($"examples is {Examples}, which is not between 0 and 20 (3 is usual)");
        }

        if (!Corrections.Contains(Correction))
        {
            faults.Add($"correction is '{Correction}', which is none of {string.Join(", ", Corrections)}");
        }

        if (faults.Count > 0)
        {
            throw new InputException("wrong-usage", "analysing", string.Join("; ", faults), "Give values within these ranges");
        }
    }
}

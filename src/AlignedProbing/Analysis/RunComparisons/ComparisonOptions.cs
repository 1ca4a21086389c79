using AlignedProbing.Runs;

namespace AlignedProbing.Analysis.RunComparisons;

/// <summary>What comparing runs is asked.</summary>
public sealed record ComparisonOptions
{
    /// <summary>Bootstrap resamples of prompts, 1 to 100,000; 1,000 unless asked otherwise.</summary>
    public int Resamples { get; init; } = 1000;

    /// <summary>Seed of the resamples.</summary>
    public int Seed { get; init; }

    /// <summary>
    /// Whether runs that were scored by unlike scorers may stand side by side; false by default, which refuses them. They are labelled as such everywhere.
    /// </summary>
    public bool AcrossScorers { get; init; }

    /// <summary>Scorers to compare by; null for all that the runs share.</summary>
    public IReadOnlyList<string>? Scorers { get; init; }

    /// <summary>Attributes to compare; null for all that the runs share.</summary>
    public IReadOnlyList<string>? Attributes { get; init; }

    /// <summary>Probes to compare, by the names of their folders; null for all that the runs share.</summary>
    public IReadOnlyList<string>? Probes { get; init; }

    /// <summary>Names of the runs, as many as there are, each different; null for the last parts of their folders.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>Checks all of it at once.</summary>
    /// <param name="runs">The runs to compare.</param>
    /// <exception cref="InputException">Something is out of range, or the runs are not two or more different ones; every fault is named.</exception>
    public void Validate(IReadOnlyList<RunFolder> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var faults = new List<string>();
        if (runs.Count < 2)
        {
            faults.Add($"{runs.Count} run was named, and comparing takes two or more");
        }

        faults.AddRange(
            runs.GroupBy(run => run.FullPath, StringComparer.Ordinal)
                .Where(group => group.Count() > 1)
                .Select(group => $"'{group.Key}' is named {group.Count()} times"));
        if (Names is not null && (Names.Count != runs.Count || Names.Distinct(StringComparer.Ordinal).Count() != Names.Count))
        {
            faults.Add($"{Names.Count} names for {runs.Count} runs ({string.Join(", ", Names)}): each run needs one of its own");
        }

        if (Resamples is < 1 or > 100_000)
        {
            faults.Add($"resamples is {Resamples}, which is not between 1 and 100000 (1000 is usual)");
        }

        if (faults.Count > 0)
        {
            throw new InputException(
                "wrong-usage",
                "comparing runs",
                string.Join("; ", faults),
                "Name two or more different run folders, the baseline first, and values within these ranges");
        }
    }

    /// <summary>Attributes whose strengths are compared; null for those whose behaviour is.</summary>
    internal IReadOnlyList<string>? StrengthAttributes { get; init; }

    internal AnalysisOptions ForBootstrap => new() { Resamples = Resamples, Seed = Seed };
}

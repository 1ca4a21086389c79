namespace AlignedProbing.Analysis.Interplay;

/// <summary>How interplay between runs is measured.</summary>
public sealed record InterplayOptions
{
    /// <summary>The behaviour that is looked at where nothing else is asked for.</summary>
    public static IReadOnlyList<string> DefaultMetrics { get; } = ["EMT", "TP", "TC"];

    /// <summary>Columns of the table of behaviour to correlate. Null: those of <see cref="DefaultMetrics"/> that the table has.</summary>
    public IReadOnlyList<string>? Metrics { get; init; }

    /// <summary>Resamples of runs and of families, at least 1.</summary>
    public int Resamples { get; init; } = 1000;

    /// <summary>Permutations of behaviour over runs, at least 1.</summary>
    public int Permutations { get; init; } = 10_000;

    /// <summary>The seed of both.</summary>
    public int Seed { get; init; }

    /// <summary>Refuses what cannot be used.</summary>
    /// <exception cref="InputException">A number is out of its range.</exception>
    public InterplayOptions Validated()
    {
        if (Resamples is < 1 or > 100_000 || Permutations is < 1 or > 1_000_000)
        {
            throw new InputException(
                "interplay-table",
                "measuring interplay",
                $"{Resamples} resamples and {Permutations} permutations were asked for",
                "Give 1 to 100,000 resamples and 1 to 1,000,000 permutations");
        }

        return this;
    }
}

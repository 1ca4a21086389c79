namespace AlignedProbing.Analysis.Studies;

/// <summary>What analysing a study is asked.</summary>
public sealed record StudyOptions
{
    /// <summary>Bootstrap resamples of prompts, of runs and of families, 1 to 100,000; 1,000 unless asked otherwise.</summary>
    public int Resamples { get; init; } = 1000;

    /// <summary>Permutations of behaviour over runs, 1 to 1,000,000; 10,000 unless asked otherwise.</summary>
    public int Permutations { get; init; } = 10_000;

    /// <summary>The seed of all of them.</summary>
    public int Seed { get; init; }

    /// <summary>The scorer whose figures are held together; null for the one that most runs have, the study's first.</summary>
    public string? Scorer { get; init; }

    /// <summary>The probe whose strengths are held together; null for the one that most runs have, the study's first.</summary>
    public string? Probe { get; init; }
}

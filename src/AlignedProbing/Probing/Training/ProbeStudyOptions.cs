namespace AlignedProbing.Probing.Training;

/// <summary>How cells are probed.</summary>
public sealed record ProbeStudyOptions
{
    /// <summary>Seeds; each trains every fold anew.</summary>
    public IReadOnlyList<int> Seeds { get; init; } = [0, 1, 2, 3, 4];

    /// <summary>Whether features are standardised by each fold's training rows; raw otherwise.</summary>
    public bool Standardise { get; init; }

    /// <summary>Whether each fold's training labels are coded online too, with the first seed (<see cref="OnlineCode"/>).</summary>
    public bool OnlineCoding { get; init; }

    /// <summary>Threads at most; null for all cores. Results do not depend on it.</summary>
    public int? Threads { get; init; }
}

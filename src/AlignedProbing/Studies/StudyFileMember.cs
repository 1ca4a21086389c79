namespace AlignedProbing.Studies;

/// <summary>An entry of a study file's <c>models</c>, before its lists become runs.</summary>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Choices">Its options.</param>
internal sealed record StudyFileMember(int Line, IReadOnlyList<StudyChoice> Choices)
{
    /// <summary>Its name; null where none is written.</summary>
    public string? Name { get; init; }

    /// <summary>A finished run's folder.</summary>
    public string? Run { get; init; }

    /// <summary>Its family.</summary>
    public string? Family { get; init; }

    /// <summary>Its kind.</summary>
    public string? Kind { get; init; }

    /// <summary>What it was made from.</summary>
    public string? Base { get; init; }

    /// <summary>The step of training.</summary>
    public long? Step { get; init; }
}

namespace AlignedProbing.Runs.Studies;

/// <summary>What a study is of: <c>study.json</c> in the study's folder, which names the run folders.</summary>
public sealed record StudyManifest
{
    /// <summary>The version of this record that is written.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Version of this record.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>The study's name.</summary>
    public required string Name { get; init; }

    /// <summary>Options of the whole study, by name without dashes, as a person would write them; what is left out has its default.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Its runs, in the order of the study file.</summary>
    public required IReadOnlyList<StudyMember> Members { get; init; }
}

/// <summary>One run of a study.</summary>
public sealed record StudyMember
{
    /// <summary>What it is called in this study; no other run of it has the name.</summary>
    public required string Name { get; init; }

    /// <summary>Its run folder, from the study's folder on, or absolute; with '/' between parts.</summary>
    public required string Run { get; init; }

    /// <summary>The model as the study file names it, or of a finished run as its manifest does; null for the demo model.</summary>
    public string? Model { get; init; }

    /// <summary>The family of models that its model is of; the model's name where the file names none.</summary>
    public required string Family { get; init; }

    /// <summary>What kind of model it is: pre-trained, instruction-tuned, detoxified ...; null where the file says nothing.</summary>
    public string? Kind { get; init; }

    /// <summary>The model, or the run, that this one was made from, as the file names it; null for none.</summary>
    public string? Base { get; init; }

    /// <summary>The step of training that its model is a checkpoint of, at least 0; null where it is none.</summary>
    public long? Step { get; init; }

    /// <summary>Whether the run was there before the study, which reads it and never writes it.</summary>
    public bool Finished { get; init; }

    /// <summary>What its runs may differ in, by option without dashes, as a person would write it; what is left out has its default.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);
}

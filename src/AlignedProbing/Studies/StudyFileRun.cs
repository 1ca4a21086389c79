using AlignedProbing.Settings;

namespace AlignedProbing.Studies;

/// <summary>One run of a study file.</summary>
public sealed record StudyFileRun
{
    /// <summary>What it is called, and its folder: no other run of the study has the name.</summary>
    public required string Name { get; init; }

    /// <summary>The line of the file that asks for it, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>A finished run's folder, as it was written; null for a run to be made.</summary>
    public string? Run { get; init; }

    /// <summary>The model, as it was written; null for the demo model, and for a finished run.</summary>
    public string? Model { get; init; }

    /// <summary>The family of models; null where the file says nothing.</summary>
    public string? Family { get; init; }

    /// <summary>The kind of model; null where the file says nothing.</summary>
    public string? Kind { get; init; }

    /// <summary>What its model was made from; null for none.</summary>
    public string? Base { get; init; }

    /// <summary>The step of training; null where its model is no checkpoint.</summary>
    public long? Step { get; init; }

    /// <summary>Every option of the run, those of the whole study among them.</summary>
    public IReadOnlyList<(Setting Setting, IReadOnlyList<string> Texts)> Given { get; init; } = [];

    /// <summary>What runs of the study may differ in, where it is not the option's default: by option without dashes.</summary>
    public IReadOnlyDictionary<string, string> Differing { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);
}

namespace AlignedProbing.Settings;

/// <summary>Studies: which options a study file may hold, and those of the verbs.</summary>
public static class StudySettings
{
    /// <summary>Options that a study's runs may differ in. In a study file a list of values is a run each; at the top they hold for every member.</summary>
    public static IReadOnlyList<Setting> OfRuns { get; } =
    [
        ModelSettings.Model, ModelSettings.Revision, ModelSettings.File, ModelSettings.Adapter, ModelSettings.Precision, PromptSettings.Template,
        PromptSettings.Chat, PromptSettings.BeginChats, .. ContinuationSettings.All, MachineSettings.Device, MachineSettings.BatchSize, MachineSettings.Threads,
    ];

    /// <summary>Options that are the same for the whole study: prompts, scorers and probes. They stand at the top of a study file.</summary>
    public static IReadOnlyList<Setting> OfWhole { get; } =
    [
        PromptSettings.Prompts, PromptSettings.PromptsFile, PromptSettings.PromptsRevision, PromptSettings.PromptField, PromptSettings.ContinuationField,
        PromptSettings.Limit, PromptSettings.ChatVariable, ScoringSettings.Scorer, ScoringSettings.PromptScores, ProbeSettings.Probe,
        ProbeSettings.Layers, ProbeSettings.Attributes, ProbeSettings.Control, ProbeSettings.ControlSeed,
        ProbeSettings.HiddenUnits, ProbeSettings.Standardise, ProbeSettings.OnlineCoding, ProbeSettings.GroupDuplicates, ProbeSettings.ProbeContinuations,
        ProbeSettings.Backward,
    ];

    /// <summary><c>--output</c>, of <c>study</c>.</summary>
    public static Setting<string?> Output { get; } = MachineSettings.Output with
    {
        LeftOut = "RESULT_PATH, or else runs, and the study's name",
        Section = HelpSection.Analysis,
        Help = "The study's folder.",
    };

    /// <summary>All that have words of their own, in the order of help.</summary>
    public static IReadOnlyList<Setting> All { get; } = [Output];
}

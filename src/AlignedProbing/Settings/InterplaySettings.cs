namespace AlignedProbing.Settings;

/// <summary>Strength and behaviour over models, from tables of one's own.</summary>
public static class InterplaySettings
{
    /// <summary><c>--strengths</c>.</summary>
    public static Setting<string?> Strengths { get; } = new()
    {
        Name = "--strengths",
        Value = Values.Text("FILE.csv"),
        Required = true,
        Section = HelpSection.Analysis,
        Scope = SettingScope.Stage,
        Help = "Strengths: columns model, layer, scenario, attribute, strength. An empty strength is missing.",
    };

    /// <summary><c>--behavior</c>.</summary>
    public static Setting<string?> Behavior { get; } = new()
    {
        Name = "--behavior",
        Value = Values.Text("FILE.csv"),
        Required = true,
        Section = HelpSection.Analysis,
        Scope = SettingScope.Stage,
        Help = "Behaviour, a row a model: columns model, family, layers, and EMT, TP, TC or those that --metrics names.",
    };

    /// <summary><c>--metrics</c>.</summary>
    public static Setting<IReadOnlyList<string>?> Metrics { get; } = new()
    {
        Name = "--metrics",
        Value = Values.NamesOrAll(),
        LeftOut = "those of EMT, TP and TC that are there",
        Section = HelpSection.Analysis,
        Scope = SettingScope.Stage,
        Help = "Columns of behaviour to correlate.",
    };

    /// <summary><c>--permutations</c>.</summary>
    public static Setting<int> Permutations { get; } = new()
    {
        Name = "--permutations",
        Value = Values.Whole(1, 1_000_000),
        Preset = 10_000,
        Section = HelpSection.Analysis,
        Scope = SettingScope.Stage,
        Help = "Permutations of behaviour over models.",
    };

    /// <summary><c>--resamples</c>, of models.</summary>
    public static Setting<int> Resamples { get; } = FindingSettings.Resamples with { Help = "Bootstrap resamples of models, and as many of families." };

    /// <summary><c>--output</c>, of <c>interplay</c>.</summary>
    public static Setting<string?> Output { get; } = MachineSettings.Output with
    {
        LeftOut = null,
        Required = true,
        Section = HelpSection.Analysis,
        Help = "Where interplay.csv and interplay.html go.",
    };

    /// <summary>All of them, in the order of help.</summary>
    public static IReadOnlyList<Setting> All { get; } = [Strengths, Behavior, Metrics, Permutations, Resamples, Output];
}

namespace AlignedProbing.Settings;

/// <summary>What results are joined and compared into.</summary>
public static class FindingSettings
{
    /// <summary><c>--use-incomplete</c>.</summary>
    public static Setting<bool> UseIncomplete { get; } = new()
    {
        Name = "--use-incomplete",
        Value = Values.Flag,
        Section = HelpSection.Analysis,
        Scope = SettingScope.Stage,
        Help = "EMT, TP and TC-max also use prompts of which only some continuations are scored, as some scripts do. Left out, these are counted as missing.",
    };

    /// <summary><c>--reference</c>, of <c>analyse</c>.</summary>
    public static Setting<bool> Reference { get; } =
        ContinuationSettings.Reference with
        {
            Section = HelpSection.Analysis,
            Scope = SettingScope.Stage,
            Field = null,
            Help =
                "EMT and TP stand there as the paper's scripts compute them too, labelled so (docs/reference/findings.md). A run with --reference has them " +
                "in any case.",
        };

    /// <summary><c>--correction</c>.</summary>
    public static Setting<string> Correction { get; } = new()
    {
        Name = "--correction",
        Value = Values.Choice("holm", "bh"),
        Preset = "holm",
        Section = HelpSection.Analysis,
        Scope = SettingScope.Stage,
        Help = "How p values of differences between layers and scenarios are corrected for their number: holm (the chance of even one false finding), or bh " +
            "(Benjamini and Hochberg: the share of false ones among those found).",
    };

    /// <summary><c>--resamples</c>.</summary>
    public static Setting<int> Resamples { get; } = new()
    {
        Name = "--resamples",
        Value = Values.Whole(1, 100_000),
        Preset = 1000,
        Section = HelpSection.Analysis,
        Scope = SettingScope.Stage,
        Help = "Bootstrap resamples of prompts.",
    };

    /// <summary><c>--baseline</c>.</summary>
    public static Setting<string?> Baseline { get; } = new()
    {
        Name = "--baseline",
        Value = Values.Text("RUN"),
        LeftOut = "the first",
        Section = HelpSection.Analysis,
        Scope = SettingScope.Stage,
        Help = "The run that the others are held against.",
    };

    /// <summary><c>--across-scorers</c>.</summary>
    public static Setting<bool> AcrossScorers { get; } = new()
    {
        Name = "--across-scorers",
        Value = Values.Flag,
        Section = HelpSection.Analysis,
        Scope = SettingScope.Stage,
        Help = "Compare runs although unlike scorers scored them. Every difference then holds that of the scorers, and is labelled so.",
    };

    /// <summary><c>--scorer</c>, where results are compared.</summary>
    public static Setting<IReadOnlyList<string>?> Scorer { get; } = ScoringSettings.Scorer with
    {
        LeftOut = "all that the runs share",
        Section = HelpSection.Analysis,
        Help = "Compare by these scorers alone.",
    };

    /// <summary><c>--attributes</c>, where results are compared.</summary>
    public static Setting<IReadOnlyList<string>?> Attributes { get; } = ProbeSettings.Attributes with
    {
        LeftOut = "all that the runs share",
        Section = HelpSection.Analysis,
        Help = "Compare these attributes alone.",
    };

    /// <summary><c>--probe</c>, where results are compared.</summary>
    public static Setting<IReadOnlyList<string>?> Probe { get; } = ScoringSettings.Scorer with
    {
        Name = ProbeSettings.Probe.Name,
        Aliases = ProbeSettings.Probe.Aliases,
        Field = ProbeSettings.Probe.Field,
        LeftOut = "all that the runs share",
        Section = HelpSection.Analysis,
        Help = "Compare these probes alone.",
    };

    /// <summary><c>--figures</c>.</summary>
    public static Setting<string?> Figures { get; } = new()
    {
        Name = "--figures",
        Value = Values.Text("FOLDER"),
        LeftOut = "none are written",
        Section = HelpSection.Analysis,
        Scope = SettingScope.Machine,
        Help = "Also write every chart of the page into this folder, as SVG for papers.",
    };

    /// <summary>All of them, in the order of help.</summary>
    public static IReadOnlyList<Setting> All { get; } =
        [UseIncomplete, Reference, Correction, Resamples, Baseline, AcrossScorers, Scorer, Attributes, Probe, Figures];
}

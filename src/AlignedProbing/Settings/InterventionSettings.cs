using System.Globalization;

namespace AlignedProbing.Settings;

/// <summary>Edits of a model, and what they are held against.</summary>
public static class InterventionSettings
{
    /// <summary><c>--model</c>, of a run that is there.</summary>
    public static Setting<string?> Model { get; } = ModelSettings.Model with
    {
        LeftOut = "the demo's, or the one of the run's name on the Hub",
        Help = "The run's model, to the byte: its folder, or its name on the Hub.",
    };

    /// <summary><c>--adapter</c>, of a run that is there.</summary>
    public static Setting<string?> Adapter { get; } = ModelSettings.Adapter with
    {
        LeftOut = "none, or the one of the run's name on the Hub",
        Help = "The run's adapter, where it has one.",
    };

    /// <summary><c>--bypass</c>.</summary>
    public static Setting<string?> Bypass { get; } = new()
    {
        Name = "--bypass",
        Value = Values.Text("each|2,7"),
        LeftOut = "",
        Section = HelpSection.Interventions,
        Scope = SettingScope.Identity,
        Help = "Bypass blocks: each alone, one after the other, or those after these layers together.",
    };

    /// <summary><c>--damp</c>.</summary>
    public static Setting<double> Damp { get; } = new()
    {
        Name = "--damp",
        Value = Values.Real("a number", _ => true),
        Section = HelpSection.Interventions,
        Scope = SettingScope.Identity,
        Help = "With --bypass: how much of a block's contribution is left. 0 bypasses it, 1 changes nothing.",
    };

    /// <summary><c>--ablate</c>.</summary>
    public static Setting<string?> Ablate { get; } = new()
    {
        Name = "--ablate",
        Value = Values.Text("ATTRIBUTE:SCENARIO:LAYER"),
        LeftOut = "",
        Section = HelpSection.Interventions,
        Scope = SettingScope.Identity,
        Help = "Remove a direction, for example toxicity:Input:10. Where --direction is random or a file, a layer alone is enough.",
    };

    /// <summary><c>--steer</c>.</summary>
    public static Setting<string?> Steer { get; } = new()
    {
        Name = "--steer",
        Value = Values.Text("ATTRIBUTE:SCENARIO:LAYER"),
        LeftOut = "",
        Section = HelpSection.Interventions,
        Scope = SettingScope.Identity,
        Help = "Push along a direction, named as for --ablate.",
    };

    /// <summary><c>--by</c>.</summary>
    public static Setting<IReadOnlyList<double>> By { get; } = new()
    {
        Name = "--by",
        Value = new ValueReader<IReadOnlyList<double>>(
            "-2,-1,1,2",
            "numbers with commas",
            ValueArity.One,
            texts => ReadNumbers(texts[^1]),
            value => string.Join(',', value.Select(number => number.ToString(CultureInfo.InvariantCulture)))),
        Preset = [-1, 1],
        Section = HelpSection.Interventions,
        Scope = SettingScope.Identity,
        Help = "With --steer: how far, in standard deviations of the prompts' tokens along the direction. Each is an intervention of its own.",
    };

    /// <summary><c>--spread</c>.</summary>
    public static Setting<string> Spread { get; } = new()
    {
        Name = "--spread",
        Value = Values.Choice("all", "without-first"),
        Preset = "all",
        Section = HelpSection.Interventions,
        Scope = SettingScope.Identity,
        Help = "With --steer: the tokens whose standard deviation is one step of --by. Where a model has no beginning token, the first token's state may be " +
            "a thousand times larger than all others; without-first leaves it out.",
    };

    /// <summary><c>--direction</c>.</summary>
    public static Setting<string> Direction { get; } = new()
    {
        Name = "--direction",
        Value = new ValueReader<string>("probe|means|random|FILE.npy", "", ValueArity.One, texts => texts[^1], value => value),
        Preset = "probe",
        Section = HelpSection.Interventions,
        Scope = SettingScope.Identity,
        Help = "Where the direction comes from: the run's probes (mean over folds and seeds), means (texts scored .5 or more less the others), random, or a " +
            "file with one vector.",
    };

    /// <summary><c>--probe</c>, whose directions are taken.</summary>
    public static Setting<string?> Probe { get; } = new()
    {
        Name = "--probe",
        Value = Values.Text("NAME"),
        LeftOut = "the run's first that has directions",
        Section = HelpSection.Interventions,
        Scope = SettingScope.Identity,
        Help = "The probe whose directions are taken.",
    };

    /// <summary><c>--scorer</c>, on whose labels.</summary>
    public static Setting<string?> Scorer { get; } = new()
    {
        Name = "--scorer",
        Value = Values.Text("NAME"),
        LeftOut = "the run's first",
        Section = HelpSection.Interventions,
        Scope = SettingScope.Identity,
        Help = "The scorer on whose labels the probe was trained, and whose scores the first sentence is about.",
    };

    /// <summary><c>--layers</c>, that are edited.</summary>
    public static Setting<IReadOnlyList<int>?> Layers { get; } = ProbeSettings.Layers with
    {
        Aliases = [],
        LeftOut = "with --bypass each all, else the direction's own",
        Section = HelpSection.Interventions,
        Scope = SettingScope.Identity,
        Help = "Layers that are edited, from 1; all edits all of them.",
    };

    /// <summary><c>--positions</c>.</summary>
    public static Setting<string> Positions { get; } = new()
    {
        Name = "--positions",
        Value = Values.Choice("all", "prompt", "generated"),
        Preset = "all",
        Section = HelpSection.Interventions,
        Scope = SettingScope.Identity,
        Help = "Tokens that are edited: all, the prompt's, or those that follow it.",
    };

    /// <summary><c>--controls</c>.</summary>
    public static Setting<int> Controls { get; } = new()
    {
        Name = "--controls",
        Value = Values.Whole(0, 1000),
        Preset = 10,
        Section = HelpSection.Interventions,
        Scope = SettingScope.Stage,
        Help = "Controls of each edit: random directions, or other layers; at the same strength, and at the same damage. 0 leaves them out.",
    };

    /// <summary><c>--control-seed</c>, of random directions and layers.</summary>
    public static Setting<int> ControlSeed { get; } = ProbeSettings.ControlSeed with
    {
        Section = HelpSection.Interventions,
        Field = null,
        Value = Values.Whole(0, 1_000_000),
        Help = "Seed of the controls' random directions and layers.",
    };

    /// <summary>What every kind of edit takes.</summary>
    public static IReadOnlyList<Setting> OfAll { get; } =
    [
        Model, Adapter, Layers, Positions, Controls, ControlSeed, Scorer, MachineSettings.Device, MachineSettings.BatchSize, MachineSettings.Threads,
        MachineSettings.Shard, MachineSettings.Json,
    ];

    /// <summary>All of them, in the order of help.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        Model, Adapter, Bypass, Damp, Ablate, Steer, By, Spread, Direction, Probe, Scorer, Layers, Positions, Controls, ControlSeed,
    ];

    private static IReadOnlyList<double> ReadNumbers(string text) =>
    [
        .. text
            .Split(',', StringSplitOptions.TrimEntries)
            .Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
                ? value
                : throw new FormatException($"'{part}' is not a number; write for example -2,-1,1,2"))
            .Distinct(),
    ];
}

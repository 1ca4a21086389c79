namespace AlignedProbing.Settings;

/// <summary>The machine, files and output. None of it changes results.</summary>
public static class MachineSettings
{
    /// <summary><c>--output</c>, the run folder.</summary>
    public static Setting<string?> Output { get; } = new()
    {
        Name = "--output",
        Value = Values.Text("FOLDER"),
        LeftOut = "runs/<model>-<prompts>",
        Section = HelpSection.Machine,
        Scope = SettingScope.Machine,
        Help = "The run folder. RESULT_PATH of the environment stands in the place of runs.",
    };

    /// <summary><c>--output</c>, the run folder that is there.</summary>
    public static Setting<string?> RunFolder { get; } = Output with { LeftOut = "", Help = "The run folder, where it is not named as the first argument." };

    /// <summary><c>--output</c>, a file.</summary>
    public static Setting<string?> OutputFile { get; } = Output with
    {
        Value = Values.Text("FILE"),
        LeftOut = "",
        Help = "The file to write.",
    };

    /// <summary><c>--output</c>, of <c>compare</c>.</summary>
    public static Setting<string?> OutputFolder { get; } = Output with
    {
        Preset = "comparison",
        LeftOut = null,
        Help = "Where comparison.html, comparison.md and comparison.csv go.",
    };

    /// <summary><c>--device</c>.</summary>
    public static Setting<DeviceName> Device { get; } = new()
    {
        Name = "--device",
        Value = Values.Device,
        Section = HelpSection.Machine,
        Scope = SettingScope.Machine,
        Help = "cpu, or cuda where the runtime has it.",
    };

    /// <summary><c>--batch-size</c>.</summary>
    public static Setting<int?> BatchSize { get; } = new()
    {
        Name = "--batch-size",
        Aliases = ["--encoding-batch-size"],
        Value = Values.BatchSize,
        Section = HelpSection.Machine,
        Scope = SettingScope.Machine,
        Help = "Prompts run together. Changes speed and memory, not results.",
    };

    /// <summary><c>--threads</c>.</summary>
    public static Setting<int?> Threads { get; } = new()
    {
        Name = "--threads",
        Value = Values.WholeOrNone(1),
        LeftOut = "all cores",
        Section = HelpSection.Machine,
        Scope = SettingScope.Machine,
        Help = "Threads to use. Changes speed, not results.",
    };

    /// <summary><c>--shard</c>.</summary>
    public static Setting<Share?> Shard { get; } = new()
    {
        Name = "--shard",
        Value = Values.Share,
        LeftOut = "all",
        Section = HelpSection.Machine,
        Scope = SettingScope.Machine,
        Help = "Do only the units whose number is I modulo N, so that N machines can share a run. auto: the array task says which (docs/guide/clusters.md).",
    };

    /// <summary><c>--claim</c>.</summary>
    public static Setting<bool> Claim { get; } = new()
    {
        Name = "--claim",
        Value = Values.Flag,
        Section = HelpSection.Machine,
        Scope = SettingScope.Machine,
        Help = "Claim units one by one through the Redis of REDIS_SERVER, so that any number of machines can share a run (docs/guide/tracking.md).",
    };

    /// <summary><c>--claim-seconds</c>.</summary>
    public static Setting<int> ClaimSeconds { get; } = new()
    {
        Name = "--claim-seconds",
        Value = Values.Whole(1, 86_400),
        Preset = 60,
        Section = HelpSection.Machine,
        Scope = SettingScope.Machine,
        Help = "With --claim: seconds after which the claim of a machine that fell silent is free again. A machine that works renews its claims.",
    };

    /// <summary><c>--watch</c>.</summary>
    public static Setting<bool> Watch { get; } = new()
    {
        Name = "--watch",
        Value = Values.Flag,
        Section = HelpSection.Machine,
        Scope = SettingScope.Machine,
        Help = "Show it again every two seconds until the run is complete.",
    };

    /// <summary><c>--config</c>.</summary>
    public static Setting<string?> Config { get; } = new()
    {
        Name = "--config",
        Value = Values.Text("FILE"),
        Section = HelpSection.Machine,
        Scope = SettingScope.Machine,
        Help = "A JSON file with the same options ({\"model\": \"...\", \"top-p\": 0.9}); the command line wins.",
    };

    /// <summary><c>--json</c>.</summary>
    public static Setting<bool> Json { get; } = new()
    {
        Name = "--json",
        Value = Values.Flag,
        Section = HelpSection.Machine,
        Scope = SettingScope.Machine,
        Help = "Print the result as one JSON object, for programs.",
    };

    /// <summary>All of them, in the order of help.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [Output, RunFolder, OutputFile, OutputFolder, Device, BatchSize, Threads, Shard, Claim, ClaimSeconds, Watch, Config, Json];
}

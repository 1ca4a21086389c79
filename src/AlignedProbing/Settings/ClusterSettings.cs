namespace AlignedProbing.Settings;

/// <summary>How a run is submitted to a cluster.</summary>
public static class ClusterSettings
{
    /// <summary><c>--to</c>.</summary>
    public static Setting<string> To { get; } = Of("--to", Values.Choice("slurm", "kubernetes"), "The cluster that does the run.") with { Preset = "slurm" };

    /// <summary><c>--tasks</c>.</summary>
    public static Setting<int> Tasks { get; } =
        Of("--tasks", Values.Whole(1, 10_000), "Tasks of an array at most; there are never more than units.") with { Preset = 8 };

    /// <summary><c>--partition</c>.</summary>
    public static Setting<string?> Partition { get; } = Of("--partition", Values.Text("NAME"), "Slurm's partition.") with { LeftOut = "the cluster's own" };

    /// <summary><c>--time</c>.</summary>
    public static Setting<string?> Time { get; } =
        Of("--time", Values.Text("H:MM:SS"), "Time limit of each task.") with { LeftOut = "twice what plan finds, and 10 minutes" };

    /// <summary><c>--gres</c>.</summary>
    public static Setting<string?> Gres { get; } =
        Of("--gres", Values.Text("gpu:1"), "Generic resources of an encoding task, in Slurm's words; name the device with --device.") with { LeftOut = "none" };

    /// <summary><c>--account</c>.</summary>
    public static Setting<string?> Account { get; } = Of("--account", Values.Text("NAME"), "Slurm's account.") with { LeftOut = "your own" };

    /// <summary><c>--sbatch</c>.</summary>
    public static Setting<string?> Sbatch { get; } = Of("--sbatch", Values.Text("OPTIONS"), "Further options of sbatch for every job, in one text.");

    /// <summary><c>--image</c>.</summary>
    public static Setting<string?> Image { get; } =
        Of("--image", Values.Text("NAME"), "The container image of Kubernetes tasks (the Dockerfile makes one).") with { Preset = "aligned-probing:latest" };

    /// <summary><c>--volume</c>.</summary>
    public static Setting<string?> Volume { get; } =
        Of("--volume", Values.Text("NAME"), "The PersistentVolumeClaim that holds the run folder; mounted at that folder's parent.") with { Preset = "runs" };

    /// <summary><c>--dry-run</c>.</summary>
    public static Setting<bool> DryRun { get; } = Of("--dry-run", Values.Flag, "Show the scripts; write and submit nothing.");

    /// <summary>All of them, in the order of help.</summary>
    public static IReadOnlyList<Setting> All { get; } = [To, Tasks, Partition, Time, Gres, Account, Sbatch, Image, Volume, DryRun];

    private static Setting<T> Of<T>(string name, ValueReader<T> value, string help) => new()
    {
        Name = name,
        Value = value,
        Section = HelpSection.Clusters,
        Scope = SettingScope.Machine,
        Help = help,
    };
}

namespace AlignedProbing.Torch.Running.Clusters;

/// <summary>How a run is put on a cluster.</summary>
public sealed record ClusterOptions
{
    /// <summary>How this program is called in a script: words of a shell, quoted.</summary>
    public required string Program { get; init; }

    /// <summary>Arguments of <c>encode</c> that say what the run is of, the run folder apart.</summary>
    public required IReadOnlyList<string> Encode { get; init; }

    /// <summary>Tasks of an array at most, at least 1.</summary>
    public int Tasks { get; init; } = 8;

    /// <summary>Processors of a task, at least 1.</summary>
    public int Processors { get; init; } = 4;

    /// <summary>Slurm's partition; null for the cluster's own.</summary>
    public string? Partition { get; init; }

    /// <summary>Time limit in Slurm's form; null for twice the estimate.</summary>
    public string? Time { get; init; }

    /// <summary>Generic resources of encoding tasks; null for none.</summary>
    public string? Gres { get; init; }

    /// <summary>Slurm's account; null for the user's own.</summary>
    public string? Account { get; init; }

    /// <summary>Further options of sbatch; null for none.</summary>
    public string? Sbatch { get; init; }

    /// <summary>The image of Kubernetes tasks.</summary>
    public string Image { get; init; } = "aligned-probing:latest";

    /// <summary>The claim of the volume that holds the run folder.</summary>
    public string Volume { get; init; } = "runs";
}

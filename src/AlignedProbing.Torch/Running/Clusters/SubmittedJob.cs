namespace AlignedProbing.Torch.Running.Clusters;

/// <summary>A job that Slurm took.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Job">Its number.</param>
/// <param name="Script">Its script.</param>
public sealed record SubmittedJob(string Stage, string Job, string Script);

namespace AlignedProbing.Torch.Running.Clusters;

/// <summary>What was submitted of a run: <c>cluster/submission.json</c>.</summary>
/// <param name="Submitted">When, UTC.</param>
/// <param name="Jobs">The jobs by stage, in their order.</param>
public sealed record Submission(string Submitted, IReadOnlyList<SubmittedJob> Jobs);

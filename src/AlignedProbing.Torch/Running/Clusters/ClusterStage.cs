namespace AlignedProbing.Torch.Running.Clusters;

/// <summary>A stage of a run on a cluster: one job, of one task or of several.</summary>
/// <param name="Name">encode, controls, score, probe, report.</param>
/// <param name="Commands">What a task does: arguments of the program, without the run's share.</param>
/// <param name="Tasks">Tasks; null: it is no array.</param>
/// <param name="Bytes">Memory of a task.</param>
/// <param name="Seconds">Seconds that a task is estimated to take.</param>
/// <param name="OnDevice">Whether tasks run the model.</param>
public sealed record ClusterStage(string Name, IReadOnlyList<IReadOnlyList<string>> Commands, int? Tasks, long Bytes, double Seconds, bool OnDevice);

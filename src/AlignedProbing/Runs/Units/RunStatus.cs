namespace AlignedProbing.Runs.Units;

/// <summary>How far a run has come, stage by stage.</summary>
/// <param name="Run">The run folder.</param>
/// <param name="State"><c>complete</c>, <c>failed</c> (some units failed and none is in work), <c>in work</c> or <c>incomplete</c>.</param>
/// <param name="Stages">Its stages: those of which the folder holds anything, encodings first.</param>
/// <param name="Analysed">Whether there are findings.</param>
public sealed record RunStatus(string Run, string State, IReadOnlyList<StageStatus> Stages, bool Analysed)
{
    /// <summary>Looks at a run folder; writes nothing.</summary>
    /// <exception cref="InputException">Its manifest cannot be read.</exception>
    public static RunStatus Of(RunFolder run)
    {
        ArgumentNullException.ThrowIfNull(run);
        StageStatus[] stages = [.. UnitStore.AllOf(run).Select(StageStatus.Of)];
        var analysed = run.HasFindings;
        var state = stages.Any(stage => stage.Claimed > 0) ? "in work"
            : stages.Any(stage => stage.Failed > 0) ? "failed"
            : analysed && stages.All(stage => stage.Done == stage.Units) ? "complete"
            : "incomplete";
        return new RunStatus(run.FullPath, state, stages, analysed);
    }
}

using AlignedProbing.Runs.Studies;

namespace AlignedProbing.Torch.Running.Studies;

/// <summary>How a study's runs ended.</summary>
/// <param name="Folder">The study's folder.</param>
/// <param name="Runs">Its runs, in the order of the file.</param>
public sealed record StudyOutcome(StudyFolder Folder, IReadOnlyList<StudyRunOutcome> Runs)
{
    /// <summary>Runs that failed.</summary>
    public int Failed => Runs.Count(run => run.State == "failed");
}

/// <summary>How one run ended.</summary>
/// <param name="Name">The run.</param>
/// <param name="State"><c>done</c>, <c>was done</c> or <c>failed</c>.</param>
/// <param name="Reason">Why it failed; null where it did not.</param>
public sealed record StudyRunOutcome(string Name, string State, string? Reason);

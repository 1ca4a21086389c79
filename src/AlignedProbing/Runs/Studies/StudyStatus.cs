using AlignedProbing.Runs.Units;

namespace AlignedProbing.Runs.Studies;

/// <summary>How far a study has come, run by run.</summary>
/// <param name="Study">The study's folder.</param>
/// <param name="Name">The study's name.</param>
/// <param name="Runs">Its runs, in order.</param>
public sealed record StudyStatus(string Study, string Name, IReadOnlyList<StudyRunStatus> Runs)
{
    /// <summary>Runs that are complete.</summary>
    public int Complete => Runs.Count(run => run.State == "complete");

    /// <summary>Looks at a study; writes nothing.</summary>
    /// <exception cref="InputException"><c>study-folder</c>: there is none, or it cannot be read.</exception>
    public static StudyStatus Of(StudyFolder study)
    {
        ArgumentNullException.ThrowIfNull(study);
        var (manifest, failures) = (study.ReadManifest(), study.ReadFailures());
        return new StudyStatus(
            study.FullPath,
            manifest.Name,
            [.. manifest.Members.Select(member => StudyRunStatus.Of(study, member, failures.GetValueOrDefault(member.Name)))]);
    }
}

/// <summary>How far one run of a study has come.</summary>
/// <param name="Name">Its name in the study.</param>
/// <param name="Run">Its folder.</param>
/// <param name="State"><c>complete</c>, <c>failed</c>, <c>in work</c>, <c>incomplete</c>, <c>not begun</c>, <c>absent</c> (a finished run that is not there) or
/// <c>broken</c>.</param>
/// <param name="Family">Its model's family.</param>
/// <param name="Kind">Its model's kind; null where none was named.</param>
/// <param name="Prompts">Number of prompts; null before the run is begun.</param>
/// <param name="Units">Units of all stages begun so far.</param>
/// <param name="Done">Those of them that are complete.</param>
/// <param name="Reason">Why it failed or cannot be read; null where it did not.</param>
public sealed record StudyRunStatus(
    string Name, string Run, string State, string Family, string? Kind, int? Prompts, int Units, int Done, string? Reason)
{
    /// <summary>Looks at one run of a study.</summary>
    /// <param name="study">The study.</param>
    /// <param name="member">The run.</param>
    /// <param name="failure">Why it failed when it was tried last; null where it did not.</param>
    public static StudyRunStatus Of(StudyFolder study, StudyMember member, string? failure)
    {
        ArgumentNullException.ThrowIfNull(study);
        ArgumentNullException.ThrowIfNull(member);
        var path = study.PathOf(member);
        var found = new StudyRunStatus(member.Name, path, "not begun", member.Family, member.Kind, null, 0, 0, failure);
        if (!RunFolder.Exists(path))
        {
            return member.Finished ? found with { State = "absent", Reason = "there is no run folder" }
                : failure is null ? found
                : found with { State = "failed" };
        }

        try
        {
            var run = RunFolder.Open(path);
            var status = RunStatus.Of(run);
            return found with
            {
                State = status.State == "complete" || failure is null ? status.State : "failed",
                Prompts = run.ReadManifest().Prompts.Prompts,
                Units = status.Stages.Sum(stage => stage.Units),
                Done = status.Stages.Sum(stage => stage.Done),
                Reason = status.State == "complete" ? null : failure ?? status.Stages.SelectMany(stage => stage.Failures).FirstOrDefault()?.Message,
            };
        }
        catch (Exception error) when (error is InputException or IOException or UnauthorizedAccessException)
        {
            return found with { State = "broken", Reason = error.Message };
        }
    }
}

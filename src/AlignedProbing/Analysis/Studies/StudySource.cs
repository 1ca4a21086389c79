using AlignedProbing.Analysis.RunComparisons;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Studies;

namespace AlignedProbing.Analysis.Studies;

/// <summary>A run of a study, and what was read of it: each file once.</summary>
internal sealed class StudySource
{
    private readonly RunFolder? _folder;
    private ComparedSource? _compared;

    private StudySource(StudyMember member, StudyRunStatus status, RunFolder? folder, Findings? findings) =>
        (Member, Status, _folder, Findings) = (member, status, folder, findings);

    public StudyMember Member { get; }

    public StudyRunStatus Status { get; }

    /// <summary>What its analysis found; null where it is not complete.</summary>
    public Findings? Findings { get; }

    /// <summary>Why it has no findings to look at, as a clause; null where it has.</summary>
    public string? Unusable { get; private init; }

    public RunFolder Folder => _folder ?? throw new InvalidOperationException($"{Member.Name} is not there.");

    /// <summary>Its scores and texts, for contrasts.</summary>
    public ComparedSource Compared(CancellationToken cancellationToken) => _compared ??= new ComparedSource(Folder, Member.Name, cancellationToken);

    public static StudySource Read(StudyFolder study, StudyMember member, string? failure)
    {
        var status = StudyRunStatus.Of(study, member, failure);
        if (status.State != "complete")
        {
            var why = status.Reason is { } reason ? $"{status.State}: {reason}"
                : status.Units > 0 ? $"{status.State}: {status.Done} of {status.Units} units are done"
                : status.State;
            return new StudySource(member, status, null, null) { Unusable = why };
        }

        try
        {
            var folder = RunFolder.Open(study.PathOf(member));
            return new StudySource(member, status, folder, folder.ReadFindings());
        }
        catch (InputException error)
        {
            return new StudySource(member, status with { State = "broken", Reason = error.Message }, null, null) { Unusable = error.Message };
        }
    }
}

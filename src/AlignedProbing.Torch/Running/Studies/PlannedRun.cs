using AlignedProbing.Runs.Studies;

namespace AlignedProbing.Torch.Running.Studies;

/// <summary>A run of a study.</summary>
/// <param name="Member">What the study says of it.</param>
/// <param name="Request">How it is made; null where it is there and complete.</param>
internal sealed record PlannedRun(StudyMember Member, RunRequest? Request);

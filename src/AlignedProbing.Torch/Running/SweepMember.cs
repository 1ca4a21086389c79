using AlignedProbing.Torch.EditedRuns;

namespace AlignedProbing.Torch.Running;

/// <summary>An edit of a sweep, and what it can be held against.</summary>
/// <param name="Edited">The edit.</param>
/// <param name="Layers">Its layers, from 1; null: all.</param>
/// <param name="Strength">For steering how many standard deviations; null otherwise.</param>
/// <param name="Controls">Its controls.</param>
internal sealed record SweepMember(EditedRun Edited, IReadOnlyList<int>? Layers, double? Strength, IReadOnlyList<SweepControl> Controls);

/// <summary>A control.</summary>
/// <param name="Name">What it is: <c>random3</c>, or the layers of another bypass.</param>
/// <param name="At">The control at a multiple of the edit's strength, above 0; 1: the same strength.</param>
internal sealed record SweepControl(string Name, Func<double, EditedRun> At);

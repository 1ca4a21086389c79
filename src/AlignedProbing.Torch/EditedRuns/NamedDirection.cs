using AlignedProbing.Torch.Interventions;

namespace AlignedProbing.Torch.EditedRuns;

/// <summary>A direction and where it comes from.</summary>
/// <param name="Source">In full, for the manifest: <c>toxicity:Input:10 by linear on ngram</c>.</param>
/// <param name="ShortName">For a folder's name: <c>toxicity.input.10</c>.</param>
/// <param name="Direction">The direction.</param>
public sealed record NamedDirection(string Source, string ShortName, EditDirection Direction);

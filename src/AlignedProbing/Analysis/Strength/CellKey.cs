using AlignedProbing.Runs;

namespace AlignedProbing.Analysis.Strength;

/// <summary>A cell of one probe on one scorer's labels.</summary>
internal sealed record CellKey(Scenario Scenario, string Attribute, string Control, int Layer);

/// <summary>Where a cell's predictions are.</summary>
/// <param name="Index">Its index in its layer's file.</param>
/// <param name="Seeds">Its seeds, in the order of the file.</param>
internal sealed record CellPlace(int Index, IReadOnlyList<int> Seeds);

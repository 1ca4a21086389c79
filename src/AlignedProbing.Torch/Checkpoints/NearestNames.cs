namespace AlignedProbing.Torch.Checkpoints;

/// <summary>The names most like one that was not found.</summary>
internal static class NearestNames
{
    /// <summary>Up to three names, nearest first by their <see cref="EditDistance"/>; none that differ in more than half.</summary>
    public static IReadOnlyList<string> Of(string name, IEnumerable<string> candidates) =>
    [
        .. candidates.Select(candidate => (candidate, distance: EditDistance.Between(name, candidate)))
            .Where(pair => pair.distance <= Math.Max(name.Length, pair.candidate.Length) / 2)
            .OrderBy(pair => pair.distance).ThenBy(pair => pair.candidate, StringComparer.Ordinal)
            .Take(3)
            .Select(pair => pair.candidate),
    ];
}

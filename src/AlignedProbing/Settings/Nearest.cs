namespace AlignedProbing.Settings;

/// <summary>Finds what a person most likely meant.</summary>
public static class Nearest
{
    /// <summary>The candidate with the fewest edits from the text, if they are few enough to be a slip; otherwise null.</summary>
    public static string? To(string text, IEnumerable<string> candidates)
    {
        var best = candidates
            .Select(candidate => (candidate, edits: EditDistance.Between(text.ToLowerInvariant(), candidate.ToLowerInvariant())))
            .OrderBy(pair => pair.edits)
            .ThenBy(pair => pair.candidate, StringComparer.Ordinal)
            .FirstOrDefault();
        return best.candidate is not null && best.edits <= Math.Max(1, text.Length / 3) ? best.candidate : null;
    }
}

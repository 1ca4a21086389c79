namespace AlignedProbing.Torch.Checkpoints;

/// <summary>The names most like one that was not found.</summary>
internal static class NearestNames
{
    /// <summary>Up to three names, nearest first by the number of letters to insert, remove or change; none that differ in more than half.</summary>
    public static IReadOnlyList<string> Of(string name, IEnumerable<string> candidates) =>
    [
        .. candidates.Select(candidate => (candidate, distance: Distance(name, candidate)))
            .Where(pair => pair.distance <= Math.Max(name.Length, pair.candidate.Length) / 2)
            .OrderBy(pair => pair.distance).ThenBy(pair => pair.candidate, StringComparer.Ordinal)
            .Take(3)
            .Select(pair => pair.candidate),
    ];

    private static int Distance(string left, string right)
    {
        // Names come from files: what is longer than any real key is compared by its begin.
        left = left.Length > 200 ? left[..200] : left;
        right = right.Length > 200 ? right[..200] : right;
        Span<int> row = stackalloc int[right.Length + 1];
        for (var j = 0; j < row.Length; j++)
        {
            row[j] = j;
        }

        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (left[i - 1] == right[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[^1];
    }
}

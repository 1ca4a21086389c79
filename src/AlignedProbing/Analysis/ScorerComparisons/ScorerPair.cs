namespace AlignedProbing.Analysis.ScorerComparisons;

/// <summary>Two scorers' tables joined: the texts that both were given, and which prompt each belongs to.</summary>
internal sealed class ScorerPair
{
    public ScorerPair(ComparedScores first, ComparedScores second)
    {
        (First, Second) = (first, second);
        var (rows, clusters, numbers) = (new List<(int, int)>(), new List<int>(), new List<int?>());
        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (text, row) in first.Texts)
        {
            if (second.RowOf(text) is { } other)
            {
                rows.Add((row, other));
                numbers.Add(text.Number);
                if (!known.TryGetValue(text.Text, out var cluster))
                {
                    known[text.Text] = cluster = known.Count;
                }

                clusters.Add(cluster);
            }
        }

        (Rows, Clusters, Numbers, ClusterCount) = (rows, clusters, numbers, known.Count);
    }

    public ComparedScores First { get; }

    public ComparedScores Second { get; }

    /// <summary>Rows of the first and the second table that are about the same text.</summary>
    public IReadOnlyList<(int First, int Second)> Rows { get; }

    /// <summary>The prompt of each, by number; the text itself where texts have no prompts.</summary>
    public IReadOnlyList<int> Clusters { get; }

    /// <summary>The continuation's number; null for a prompt.</summary>
    public IReadOnlyList<int?> Numbers { get; }

    public int ClusterCount { get; }

    public IEnumerable<string> SharedAttributes => First.Attributes.Where(Second.Attributes.Contains).ByAttribute(attribute => attribute);
}

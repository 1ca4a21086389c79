namespace AlignedProbing.Torch.Generation.Pooling;

/// <summary>
/// How rows of several targets become one row each, by combining neighbours, then neighbours of what that gave, and so on: every row is in one combination a
/// round, so that the order is the same always, and there are as many rounds as the longest list has binary digits.
/// </summary>
internal sealed class RowFold
{
    /// <summary>Plans the rounds.</summary>
    /// <param name="rowsOfTargets">Rows of each target, at least one.</param>
    public RowFold(IReadOnlyList<IReadOnlyList<long>> rowsOfTargets)
    {
        var rounds = new List<Round>();
        var current = rowsOfTargets;
        while (current.Any(rows => rows.Count > 1))
        {
            var (left, right, single) = (new List<long>(), new List<long>(), new List<long>());
            var pairs = current.Sum(rows => rows.Count / 2);
            var next = new List<long>[current.Count];
            for (var target = 0; target < current.Count; target++)
            {
                var rows = current[target];
                next[target] = [];
                for (var i = 0; i + 1 < rows.Count; i += 2)
                {
                    next[target].Add(left.Count);
                    left.Add(rows[i]);
                    right.Add(rows[i + 1]);
                }

                if (rows.Count % 2 == 1)
                {
                    next[target].Add(pairs + single.Count);
                    single.Add(rows[^1]);
                }
            }

            rounds.Add(new Round(left, right, single));
            current = next;
        }

        Rounds = rounds;
        Last = [.. current.Select(rows => rows[0])];
    }

    /// <summary>The rounds; the first one is of the rows given, the others of what the one before has made.</summary>
    public IReadOnlyList<Round> Rounds { get; }

    /// <summary>The row of each target after the last round.</summary>
    public long[] Last { get; }

    /// <summary>One round: what it makes is Left[i] combined with Right[i] for all i, and after them the rows Single.</summary>
    /// <param name="Left">Rows.</param>
    /// <param name="Right">As many.</param>
    /// <param name="Single">Rows that stay as they are.</param>
    public sealed record Round(IReadOnlyList<long> Left, IReadOnlyList<long> Right, IReadOnlyList<long> Single);
}

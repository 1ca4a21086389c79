namespace AlignedProbing;

/// <summary>How far two names lie apart, to find what a person most likely meant.</summary>
public static class EditDistance
{
    private const int Longest = 200;

    /// <summary>
    /// Number of letters to insert, remove, change or swap with their neighbour (optimal string alignment). Names may come from files: of each only the first
    /// 200 characters count, so that time and memory are bounded.
    /// </summary>
    /// <param name="left">One name; case counts.</param>
    /// <param name="right">The other.</param>
    /// <returns>0 for equal names, at most the length of the longer.</returns>
    public static int Between(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        left = left[..Math.Min(left.Length, Longest)];
        right = right[..Math.Min(right.Length, Longest)];
        Span<int> before = stackalloc int[Longest + 1];
        Span<int> above = stackalloc int[Longest + 1];
        Span<int> row = stackalloc int[Longest + 1];
        for (var j = 0; j <= right.Length; j++)
        {
            row[j] = j;
        }

        for (var i = 1; i <= left.Length; i++)
        {
            var oldest = before;
            before = above;
            above = row;
            row = oldest;
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var change = left[i - 1] == right[j - 1] ? 0 : 1;
                row[j] = Math.Min(Math.Min(above[j], row[j - 1]) + 1, above[j - 1] + change);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
                }
            }
        }

        return row[right.Length];
    }
}

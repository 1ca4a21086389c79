namespace AlignedProbing.Files.Foreign;

/// <summary>What separates the cells of a table: a comma, a semicolon or a tab, whichever its first line has most of outside quotes.</summary>
internal static class Delimiters
{
    private static readonly char[] All = [',', ';', '\t'];

    /// <summary>The separator, a comma where the line has none of them.</summary>
    /// <param name="line">The first line.</param>
    public static char Of(string line) => All.MaxBy(separator => Count(line, separator));

    /// <summary>The cells of a line without their quotes.</summary>
    public static IReadOnlyList<string> Cells(string line, char separator)
    {
        var (cells, start, quoted) = (new List<string>(), 0, false);
        for (var i = 0; i <= line.Length; i++)
        {
            if (i == line.Length || (line[i] == separator && !quoted))
            {
                cells.Add(line[start..i].Trim().Trim('"'));
                start = i + 1;
            }
            else if (line[i] == '"')
            {
                quoted = !quoted;
            }
        }

        return cells;
    }

    private static int Count(string line, char separator)
    {
        var (count, quoted) = (0, false);
        foreach (var c in line)
        {
            quoted ^= c == '"';
            count += c == separator && !quoted ? 1 : 0;
        }

        return count;
    }
}

using System.Text;
using AlignedProbing.Reports.Tables;

namespace AlignedProbing.Reports;

/// <summary>Markdown whose names come from strangers.</summary>
internal static class MarkdownText
{
    /// <summary>A line.</summary>
    public static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');

    /// <summary>A table of strings under a heading; nothing where it has no rows.</summary>
    public static void Table(StringBuilder text, SummaryTable table)
    {
        if (table.Rows.Count == 0)
        {
            return;
        }

        Line(text, $"\n## {Safe(table.Title)}\n");
        Line(text, $"| {string.Join(" | ", table.Columns.Select(Safe))} |");
        Line(text, $"|{string.Concat(table.Columns.Select(_ => "---|"))}");
        foreach (var row in table.Rows)
        {
            Line(text, $"| {string.Join(" | ", row.Select(Safe))} |");
        }
    }

    /// <summary>A list of the estimators by name.</summary>
    public static void Estimators(StringBuilder text, IReadOnlyDictionary<string, string> meanings)
    {
        foreach (var (name, meaning) in meanings)
        {
            Line(text, $"- `{Safe(name)}`: {Safe(meaning)}");
        }
    }

    /// <summary>Text in which nothing opens markup or breaks a table.</summary>
    public static string Safe(string text)
    {
        var safe = new StringBuilder(text.Length);
        foreach (
            var c in Html
                .SafeText.Escape(text.ReplaceLineEndings(" "))
                .Replace("&#39;", "'", StringComparison.Ordinal)
                .Replace("&quot;", "\"", StringComparison.Ordinal))
        {
            // A bracket alone is an interval; only with a parenthesis after it does it make a link.
            if (c is '|' or '*' or '_' or '`' or '\\' or '#' || (c == '(' && safe.Length > 0 && safe[^1] == ']'))
            {
                safe.Append('\\');
            }

            safe.Append(c);
        }

        return safe.ToString();
    }
}

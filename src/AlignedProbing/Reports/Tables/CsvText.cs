using System.Globalization;
using System.Text;
using AlignedProbing.Files;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Tables;

/// <summary>
/// Comma-separated values as RFC 4180 has them, UTF-8, lines ended by a line feed. Numbers are written invariantly and so that they read back as the same
/// double; what is missing is an empty field.
/// </summary>
internal static class CsvText
{
    private static readonly System.Buffers.SearchValues<char> Special = System.Buffers.SearchValues.Create(",\"\r\n");

    public static void Line(StringBuilder text, params ReadOnlySpan<string> fields)
    {
        for (var i = 0; i < fields.Length; i++)
        {
            if (i > 0)
            {
                text.Append(',');
            }

            Field(text, fields[i]);
        }

        text.Append('\n');
    }

    public static string Number(double? value) => value is { } number && double.IsFinite(number) ? number.ToString("R", CultureInfo.InvariantCulture) : "";

    public static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Counts by reason in one field: <c>empty_text:3;refused:1</c>.</summary>
    public static string Reasons(IReadOnlyDictionary<string, int>? reasons) =>
        reasons is null ? "" : string.Join(';', reasons.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key}:{pair.Value}")));

    /// <summary>A scenario, spelled as in every file of the run folder.</summary>
    public static string Name(Scenario scenario) => scenario switch
    {
        Scenario.Input => "input",
        Scenario.Forward => "forward",
        Scenario.Output => "output",
        Scenario.Backward => "backward",
        _ => throw new ArgumentOutOfRangeException(nameof(scenario), scenario, "No such scenario."),
    };

    private static void Field(StringBuilder text, string content)
    {
        var field = SpreadsheetText.Guard(content);
        if (field.AsSpan().ContainsAny(Special))
        {
            text.Append('"').Append(field.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
        }
        else
        {
            text.Append(field);
        }
    }
}

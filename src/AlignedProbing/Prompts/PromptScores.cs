using System.Globalization;
using System.Text.Json;

namespace AlignedProbing.Prompts;

/// <summary>Reads the scores of a row: a number in [0, 1], or missing. No attribute is known by heart.</summary>
internal static class PromptScores
{
    /// <summary>A score as JSON: a number or null.</summary>
    public static double? FromJson(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.Number => InRange(name, value.GetDouble(), value.GetRawText()),
        _ => throw NotANumber(name, value.GetRawText()),
    };

    /// <summary>A score as a CSV cell: a number, or empty for missing.</summary>
    public static double? FromCell(string name, string cell)
    {
        var trimmed = cell.Trim();
        if (trimmed.Length == 0)
        {
            return null;
        }

        return double.TryParse(trimmed, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && !double.IsNaN(value)
            ? InRange(name, value, trimmed)
            : throw NotANumber(name, cell);
    }

    private static double InRange(string name, double value, string written) => value is >= 0 and <= 1
        ? value
        : throw new BrokenRowException(PromptProblemReason.ScoreOutOfRange, $"{name} is {Shorten(written)}, a score lies from 0 to 1");

    private static BrokenRowException NotANumber(string name, string written) =>
        new(PromptProblemReason.ScoreNotANumber, $"{name} is {Shorten(written)}, a score is a number or missing");

    private static string Shorten(string written) => written.Length <= 40 ? written : written[..40] + "…";
}

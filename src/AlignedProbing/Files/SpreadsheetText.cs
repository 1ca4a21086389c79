using System.Globalization;

namespace AlignedProbing.Files;

/// <summary>
/// Cells that a spreadsheet shows and does not compute: a text that begins with <c>= + - @</c>, a tab or a carriage return gets an apostrophe before it, as
/// OWASP advises ("CSV injection"). Numbers stay as they are.
/// </summary>
public static class SpreadsheetText
{
    /// <summary>The text as a cell; a number as <see cref="CultureInfo.InvariantCulture"/> writes it is none to guard.</summary>
    /// <param name="text">The text; what a terminal would obey is replaced (<see cref="CleanText"/>).</param>
    public static string Guard(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var computes =
            text.Length > 0 && IsSign(text[0]) && !(text[0] == '-' && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _));
        var clean = CleanText.Of(text);
        return computes ? "'" + clean : clean;
    }

    /// <summary>What <see cref="Guard"/> was given, from a cell of a file that this program wrote.</summary>
    /// <param name="cell">The cell.</param>
    public static string Unguard(string cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        return cell is ['\'', var first, ..] && IsSign(first) ? cell[1..] : cell;
    }

    private static bool IsSign(char c) => c is '=' or '+' or '-' or '@' or '\t' or '\r';
}

namespace AlignedProbing.Files;

/// <summary>Text from files and servers, fit for a terminal: without what a terminal would obey instead of showing it.</summary>
public static class CleanText
{
    private const char Shown = '\uFFFD';

    /// <summary>
    /// The text with every control character and every override of writing direction replaced by U+FFFD; line feeds, tabs, and a carriage return before a line
    /// feed stay. The same object where there is nothing to replace.
    /// </summary>
    /// <param name="text">The text; of any length.</param>
    public static string Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        for (var i = 0; i < text.Length; i++)
        {
            if (IsObeyed(text, i))
            {
                return string.Create(text.Length, text, static (span, whole) =>
                {
                    for (var at = 0; at < span.Length; at++)
                    {
                        span[at] = IsObeyed(whole, at) ? Shown : whole[at];
                    }
                });
            }
        }

        return text;
    }

    /// <summary>The text cut to a number of UTF-16 units, with an ellipsis where something was cut; no surrogate pair is split.</summary>
    /// <param name="text">The text.</param>
    /// <param name="most">Units at most, without the ellipsis; from 1.</param>
    public static string Cut(string text, int most)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        return InputException.Cut(text, most);
    }

    private static bool IsObeyed(string text, int at) => text[at] switch
    {
        '\n' or '\t' => false,
        '\r' => at + 1 == text.Length || text[at + 1] != '\n',
        >= '\u202A' and <= '\u202E' or >= '\u2066' and <= '\u2069' => true,
        var c => char.IsControl(c),
    };
}

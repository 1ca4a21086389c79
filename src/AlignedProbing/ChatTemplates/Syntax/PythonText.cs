using System.Text;

namespace AlignedProbing.ChatTemplates.Syntax;

/// <summary>What Python's <c>str</c> does otherwise than .NET's string: it counts code points, and takes four control characters for white space.</summary>
internal static class PythonText
{
    /// <summary>Python's <c>str.isspace</c> of one character.</summary>
    public static bool IsSpace(char character) => char.IsWhiteSpace(character) || character is >= '\x1c' and <= '\x1f';

    /// <summary>Removes white space at the end.</summary>
    public static string TrimEnd(string text)
    {
        var end = text.Length;
        while (end > 0 && IsSpace(text[end - 1]))
        {
            end--;
        }

        return text[..end];
    }

    /// <summary>Removes white space at the start.</summary>
    public static string TrimStart(string text)
    {
        var start = 0;
        while (start < text.Length && IsSpace(text[start]))
        {
            start++;
        }

        return text[start..];
    }

    /// <summary>Removes white space at both ends.</summary>
    public static string Trim(string text) => TrimStart(TrimEnd(text));

    /// <summary>Number of code points.</summary>
    public static int Length(string text)
    {
        var length = text.Length;
        for (var at = 0; at + 1 < text.Length; at++)
        {
            if (char.IsSurrogatePair(text[at], text[at + 1]))
            {
                length--;
                at++;
            }
        }

        return length;
    }

    /// <summary>The code points, each as a text of its own.</summary>
    public static IEnumerable<string> CodePoints(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]))
            {
                yield return text.Substring(at, 2);
                at++;
            }
            else
            {
                yield return text.Substring(at, 1);
            }
        }
    }

    /// <summary>Python's <c>repr</c> of a text.</summary>
    public static void AppendRepr(StringBuilder output, string text)
    {
        var quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        output.Append(quote);
        for (var at = 0; at < text.Length; at++)
        {
            var character = text[at];
            switch (character)
            {
                case '\n':
                    output.Append("\\n");
                    break;
                case '\r':
                    output.Append("\\r");
                    break;
                case '\t':
                    output.Append("\\t");
                    break;
                case '\\':
                    output.Append("\\\\");
                    break;
                case var _ when character == quote:
                    output.Append('\\').Append(quote);
                    break;
                case >= ' ' and <= '~':
                    output.Append(character);
                    break;
                default:
                    at += AppendOther(output, text, at);
                    break;
            }
        }

        output.Append(quote);
    }

    // Python shows what Unicode calls printable as it is, and escapes the rest.
    private static int AppendOther(StringBuilder output, string text, int at)
    {
        var paired = at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]);
        var codePoint = paired ? char.ConvertToUtf32(text[at], text[at + 1]) : text[at];
        var category = System.Globalization.CharUnicodeInfo.GetUnicodeCategory(codePoint);
        if (category is not (System.Globalization.UnicodeCategory.Control or System.Globalization.UnicodeCategory.Format
            or System.Globalization.UnicodeCategory.Surrogate or System.Globalization.UnicodeCategory.PrivateUse
            or System.Globalization.UnicodeCategory.OtherNotAssigned or System.Globalization.UnicodeCategory.LineSeparator
            or System.Globalization.UnicodeCategory.ParagraphSeparator or System.Globalization.UnicodeCategory.SpaceSeparator))
        {
            output.Append(text, at, paired ? 2 : 1);
        }
        else if (codePoint < 0x100)
        {
            output.Append("\\x").Append(codePoint.ToString("x2", System.Globalization.CultureInfo.InvariantCulture));
        }
        else if (codePoint < 0x10000)
        {
            output.Append("\\u").Append(codePoint.ToString("x4", System.Globalization.CultureInfo.InvariantCulture));
        }
        else
        {
            output.Append("\\U").Append(codePoint.ToString("x8", System.Globalization.CultureInfo.InvariantCulture));
        }

        return paired ? 1 : 0;
    }
}

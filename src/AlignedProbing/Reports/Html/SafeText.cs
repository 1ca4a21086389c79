using System.Globalization;
using System.Text;

namespace AlignedProbing.Reports.Html;

/// <summary>
/// Makes any text safe to show: markup characters are escaped; control characters, lone surrogates and the marks that reorder text (bidirectional overrides,
/// embeddings and isolates) are shown as what they are instead of taking effect, so that a hostile text can neither run nor rearrange what stands around it.
/// </summary>
internal static class SafeText
{
    public static void Append(StringBuilder destination, string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '&':
                    destination.Append("&amp;");
                    break;
                case '<':
                    destination.Append("&lt;");
                    break;
                case '>':
                    destination.Append("&gt;");
                    break;
                case '"':
                    destination.Append("&quot;");
                    break;
                case '\'':
                    destination.Append("&#39;");
                    break;
                case '\n' or '\t':
                    destination.Append((char)rune.Value);
                    break;
                case < 0x20:
                    // The pictures of the control characters.
                    destination.Append((char)(0x2400 + rune.Value));
                    break;
                default:
                    AppendOther(destination, rune);
                    break;
            }
        }
    }

    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 16);
        Append(escaped, text);
        return escaped.ToString();
    }

    private static void AppendOther(StringBuilder destination, Rune rune)
    {
        if (IsHarmful(rune))
        {
            destination.Append(CultureInfo.InvariantCulture, $"⟨U+{rune.Value:X4}⟩");
        }
        else
        {
            destination.Append(rune);
        }
    }

    // Format characters reorder or hide text; the joiners are part of honest Persian, Indic scripts and emoji. Noncharacters are not allowed in XML.
    private static bool IsHarmful(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        UnicodeCategory.Format => rune.Value is not (0x200C or 0x200D or 0x00AD or 0x2060),
        _ => (rune.Value & 0xFFFE) == 0xFFFE,
    };
}

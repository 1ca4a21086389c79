using System.Text;
using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Library;

/// <summary>Escaping for HTML as markupsafe does it.</summary>
internal static class Markup
{
    /// <summary>Escapes a text unless it is marked as safe, and marks it.</summary>
    public static TextValue Escape(TextValue text, Rendering rendering) =>
        text.IsMarkup ? text : new TextValue(Escape(text.Content, rendering), isMarkup: true);

    /// <summary>Whether escaping would change a text.</summary>
    public static bool Changes(string text) => text.AsSpan().IndexOfAny("&<>'\"") >= 0;

    private static string Escape(string text, Rendering rendering)
    {
        if (!Changes(text))
        {
            return text;
        }

        rendering.SpendText((long)text.Length * 2);
        var output = new StringBuilder(text.Length + 16);
        foreach (var character in text)
        {
            _ = character switch
            {
                '&' => output.Append("&amp;"),
                '<' => output.Append("&lt;"),
                '>' => output.Append("&gt;"),
                '\'' => output.Append("&#39;"),
                '"' => output.Append("&#34;"),
                _ => output.Append(character),
            };
        }

        return output.ToString();
    }
}

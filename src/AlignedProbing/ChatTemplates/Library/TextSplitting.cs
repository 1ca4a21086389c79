using System.Text;
using AlignedProbing.ChatTemplates.Syntax;
using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Library;

/// <summary>The methods of <c>str</c> that cut texts.</summary>
internal static class TextSplitting
{
    /// <summary><c>split</c> and <c>rsplit</c>.</summary>
    public static Value Split(string text, NamedCall call, Rendering rendering, bool fromRight)
    {
        var bound = call.Bind(0, "sep", "maxsplit");
        var most = Arguments.Integer(bound[1], -1);
        var parts = Arguments.Text(bound[0]) is { } separator
            ? separator.Length > 0 ? BySeparator(text, separator, most, fromRight, rendering) : throw Fault.Value("empty separator")
            : BySpace(text, most, fromRight, rendering);
        rendering.SpendList(parts.Count);
        return SequenceValue.List([.. parts.Select(part => (Value)part)]);
    }

    /// <summary><c>splitlines</c>.</summary>
    public static Value Lines(string text, NamedCall call, Rendering rendering)
    {
        var keeps = Arguments.Flag(call.Bind(0, "keepends")[0]);
        var lines = new List<Value>();
        var start = 0;
        while (start < text.Length)
        {
            var end = start;
            while (end < text.Length && text[end] is not ('\n' or '\r' or '\v' or '\f' or '\x1c' or '\x1d' or '\x1e' or '\x85' or '\u2028' or '\u2029'))
            {
                end++;
            }

            var next = end == text.Length ? end : text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? end + 2 : end + 1;
            lines.Add(text[start..(keeps ? next : end)]);
            start = next;
        }

        rendering.SpendList(lines.Count);
        return SequenceValue.List(lines);
    }

    /// <summary><c>partition</c> and <c>rpartition</c>.</summary>
    public static Value Partition(string text, NamedCall call, bool last)
    {
        var separator = Arguments.Required(call.Bind(1, "sep")[0]);
        if (separator.Length == 0)
        {
            throw Fault.Value("empty separator");
        }

        var at = last ? text.LastIndexOf(separator, StringComparison.Ordinal) : text.IndexOf(separator, StringComparison.Ordinal);
        return at >= 0 ? SequenceValue.Tuple(text[..at], separator, text[(at + separator.Length)..])
            : last ? SequenceValue.Tuple("", "", text)
            : SequenceValue.Tuple(text, "", "");
    }

    /// <summary><c>expandtabs</c>.</summary>
    public static Value ExpandTabs(string text, int size, Rendering rendering)
    {
        rendering.SpendText(text.Length + ((long)text.AsSpan().Count('\t') * size));
        var output = new StringBuilder();
        var column = 0;
        foreach (var character in text)
        {
            if (character == '\t')
            {
                var blanks = size == 0 ? 0 : size - (column % size);
                output.Append(' ', blanks);
                column += blanks;
            }
            else
            {
                output.Append(character);
                column = character is '\n' or '\r' ? 0 : column + 1;
            }
        }

        return output.ToString();
    }

    private static List<string> BySeparator(string text, string separator, long most, bool fromRight, Rendering rendering)
    {
        var parts = new List<string>();
        var (start, end) = (0, text.Length);
        while (most < 0 || parts.Count < most)
        {
            var at = text.AsSpan(start, end - start) is var rest && fromRight ? rest.LastIndexOf(separator) : rest.IndexOf(separator);
            if (at < 0)
            {
                break;
            }

            parts.Add(fromRight ? text[(start + at + separator.Length)..end] : text[start..(start + at)]);
            (start, end) = fromRight ? (start, start + at) : (start + at + separator.Length, end);
            Check(parts, rendering);
        }

        parts.Add(text[start..end]);
        if (fromRight)
        {
            parts.Reverse();
        }

        return parts;
    }

    private static List<string> BySpace(string text, long most, bool fromRight, Rendering rendering)
    {
        var parts = new List<string>();
        var (start, end) = (0, text.Length);
        while (true)
        {
            while (start < end && PythonText.IsSpace(text[fromRight ? end - 1 : start]))
            {
                (start, end) = fromRight ? (start, end - 1) : (start + 1, end);
            }

            if (start == end)
            {
                break;
            }

            var isRest = most >= 0 && parts.Count >= most;
            var length = 0;
            while (length < end - start && (isRest || !PythonText.IsSpace(text[fromRight ? end - 1 - length : start + length])))
            {
                length++;
            }

            parts.Add(fromRight ? text.Substring(end - length, length) : text.Substring(start, length));
            (start, end) = fromRight ? (start, end - length) : (start + length, end);
            Check(parts, rendering);
        }

        if (fromRight)
        {
            parts.Reverse();
        }

        return parts;
    }

    private static void Check(List<string> parts, Rendering rendering)
    {
        if (parts.Count > rendering.Limits.ListLength)
        {
            rendering.SpendList(parts.Count);
        }
    }
}

using System.Text;
using AlignedProbing.ChatTemplates.Syntax;
using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Library;

/// <summary>Methods of Python's <c>str</c> (docs.python.org, Text Sequence Type).</summary>
internal static class TextMethods
{
    /// <summary>On which sides a text is filled up.</summary>
    internal enum Padding
    {
        /// <summary>On both.</summary>
        Both,

        /// <summary>On the left.</summary>
        Left,

        /// <summary>On the right.</summary>
        Right,
    }

    private delegate Value Method(string text, NamedCall call, Rendering rendering);

    private static readonly HashSet<string> Unsupported =
        ["encode", "format_map", "isidentifier", "isprintable", "maketrans", "translate"];

    private static readonly Dictionary<string, Method> Methods = new(StringComparer.Ordinal)
    {
        ["upper"] = Plain(Upper),
        ["lower"] = Plain(text => text.ToLowerInvariant()),
        ["casefold"] = Plain(text => text.ToLowerInvariant().Replace("ß", "ss", StringComparison.Ordinal)),
        ["capitalize"] = Plain(Capitalize),
        ["title"] = Plain(Title),
        ["swapcase"] = Plain(text =>
            string.Concat(text.Select(character => char.IsUpper(character) ? char.ToLowerInvariant(character) : char.ToUpperInvariant(character)))),
        ["strip"] = (text, call, _) => Strip(text, Arguments.Text(call.Bind(0, "chars")[0]), start: true, end: true),
        ["lstrip"] = (text, call, _) => Strip(text, Arguments.Text(call.Bind(0, "chars")[0]), start: true, end: false),
        ["rstrip"] = (text, call, _) => Strip(text, Arguments.Text(call.Bind(0, "chars")[0]), start: false, end: true),
        ["split"] = (text, call, rendering) => TextSplitting.Split(text, call, rendering, fromRight: false),
        ["rsplit"] = (text, call, rendering) => TextSplitting.Split(text, call, rendering, fromRight: true),
        ["splitlines"] = TextSplitting.Lines,
        ["partition"] = (text, call, _) => TextSplitting.Partition(text, call, last: false),
        ["rpartition"] = (text, call, _) => TextSplitting.Partition(text, call, last: true),
        ["startswith"] = (text, call, _) => Any(text, call, (part, affix) => part.StartsWith(affix, StringComparison.Ordinal)),
        ["endswith"] = (text, call, _) => Any(text, call, (part, affix) => part.EndsWith(affix, StringComparison.Ordinal)),
        ["removeprefix"] = (text, call, _) =>
            Arguments.Required(call.Bind(1, "prefix")[0]) is var prefix && text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text,
        ["removesuffix"] = (text, call, _) =>
            Arguments.Required(call.Bind(1, "suffix")[0]) is { Length: > 0 } suffix && text.EndsWith(suffix, StringComparison.Ordinal)
                ? text[..^suffix.Length]
                : text,
        ["replace"] = (text, call, rendering) =>
            call.Bind(2, "old", "new", "count") is var bound
                ? Replace(text, Arguments.Required(bound[0]), Arguments.Required(bound[1]), Arguments.Integer(bound[2], -1), rendering)
                : "",
        ["find"] = (text, call, _) => Find(text, call, last: false),
        ["rfind"] = (text, call, _) => Find(text, call, last: true),
        ["index"] = (text, call, _) => Found(Find(text, call, last: false)),
        ["rindex"] = (text, call, _) => Found(Find(text, call, last: true)),
        ["count"] = Count,
        ["join"] = (text, call, rendering) => Join(text, call.Bind(1, "iterable")[0]!.ToList(rendering).Select((item, index) => item is TextValue part
            ? part.Content
            : throw Fault.Type($"sequence item {index}: expected str instance, {item.TypeName} found")), rendering),
        ["format"] = (text, call, rendering) => TextFormat.Apply(text, call.Arguments, rendering),
        ["zfill"] = (text, call, rendering) => ZeroFill(text, Arguments.Count(call.Bind(1, "width")[0], 0), rendering),
        ["center"] = (text, call, rendering) => Padded(text, call, Padding.Both, rendering),
        ["ljust"] = (text, call, rendering) => Padded(text, call, Padding.Right, rendering),
        ["rjust"] = (text, call, rendering) => Padded(text, call, Padding.Left, rendering),
        ["expandtabs"] = (text, call, rendering) => TextSplitting.ExpandTabs(text, Arguments.Count(call.Bind(0, "tabsize")[0], 8), rendering),
        ["isdigit"] = Holds(char.IsDigit),
        ["isdecimal"] = Holds(char.IsDigit),
        ["isnumeric"] = Holds(char.IsNumber),
        ["isalpha"] = Holds(char.IsLetter),
        ["isalnum"] = Holds(char.IsLetterOrDigit),
        ["isspace"] = Holds(PythonText.IsSpace),
        ["isascii"] = (text, call, _) => text.All(char.IsAscii),
        ["isupper"] = (text, call, _) => text.Any(char.IsUpper) && !text.Any(char.IsLower),
        ["islower"] = (text, call, _) => text.Any(char.IsLower) && !text.Any(char.IsUpper),
        ["istitle"] = (text, call, _) => text.Any(char.IsUpper) && text == Title(text),
    };

    /// <summary>A method of a text; null where there is none.</summary>
    public static Value? Bind(TextValue text, string name)
    {
        if (Unsupported.Contains(name))
        {
            throw Fault.Unsupported($"the method '{name}' of a text");
        }

        return Methods.TryGetValue(name, out var method)
            ? new CallableValue(name, (arguments, rendering) =>
            {
                rendering.SpendText(text.Content.Length);
                if (!text.IsMarkup)
                {
                    return method(text.Content, new NamedCall(name, arguments), rendering);
                }

                if (arguments.Positional.Any(argument => argument is TextValue { IsMarkup: false } plain && Markup.Changes(plain.Content)))
                {
                    throw Fault.Unsupported($"the method '{name}' of a text marked as safe, with an argument to be escaped");
                }

                var result = method(text.Content, new NamedCall(name, arguments), rendering);
                return result is TextValue changed ? new TextValue(changed.Content, isMarkup: true) : result;
            })
            : null;
    }

    /// <summary>Python's <c>str.upper</c>.</summary>
    public static string Upper(string text) => text.ToUpperInvariant().Replace("ß", "SS", StringComparison.Ordinal);

    /// <summary>Python's <c>str.capitalize</c>.</summary>
    public static string Capitalize(string text) => text.Length == 0 ? "" : char.ToUpperInvariant(text[0]) + text[1..].ToLowerInvariant();

    /// <summary>Python's <c>str.title</c>: a word begins after anything that is not a letter.</summary>
    public static string Title(string text)
    {
        var output = new StringBuilder(text.Length);
        var begins = true;
        foreach (var character in text)
        {
            output.Append(begins ? char.ToUpperInvariant(character) : char.ToLowerInvariant(character));
            begins = !char.IsLetter(character);
        }

        return output.ToString();
    }

    /// <summary>Python's <c>str.strip</c>, <c>lstrip</c>, <c>rstrip</c>; white space where no characters are named.</summary>
    public static string Strip(string text, string? characters, bool start, bool end)
    {
        if (characters is null)
        {
            var trimmed = start ? PythonText.TrimStart(text) : text;
            return end ? PythonText.TrimEnd(trimmed) : trimmed;
        }

        var set = PythonText.CodePoints(characters).ToHashSet(StringComparer.Ordinal);
        var points = PythonText.CodePoints(text).ToArray();
        var from = start ? points.TakeWhile(set.Contains).Count() : 0;
        var length = points.Length - from;
        while (end && length > 0 && set.Contains(points[from + length - 1]))
        {
            length--;
        }

        return string.Concat(points.Skip(from).Take(length));
    }

    /// <summary>Python's <c>str.replace</c>.</summary>
    /// <param name="text">Where to replace.</param>
    /// <param name="old">What to replace; where empty, <paramref name="fresh"/> comes before and after every character.</param>
    /// <param name="fresh">With what.</param>
    /// <param name="count">How often at most; below 0 for always.</param>
    /// <param name="rendering">What may still be used.</param>
    public static string Replace(string text, string old, string fresh, long count, Rendering rendering)
    {
        var output = new StringBuilder();
        if (old.Length == 0)
        {
            var points = PythonText.CodePoints(text).ToArray();
            rendering.SpendText(text.Length + (fresh.Length * (points.Length + 1L)));
            for (var index = 0; index <= points.Length; index++)
            {
                output.Append(count < 0 || index < count ? fresh : "").Append(index < points.Length ? points[index] : "");
            }

            return output.ToString();
        }

        var at = 0;
        while (count != 0 && text.IndexOf(old, at, StringComparison.Ordinal) is var found and >= 0)
        {
            output.Append(text, at, found - at).Append(fresh);
            rendering.SpendText(output.Length > rendering.Limits.TextLength ? output.Length : fresh.Length);
            at = found + old.Length;
            count--;
        }

        output.Append(text, at, text.Length - at);
        rendering.SpendText(output.Length);
        return output.ToString();
    }

    /// <summary>Joins texts.</summary>
    public static Value Join(string separator, IEnumerable<string> parts, Rendering rendering)
    {
        var output = new StringBuilder();
        var first = true;
        foreach (var part in parts)
        {
            output.Append(first ? "" : separator).Append(part);
            rendering.SpendText(output.Length > rendering.Limits.TextLength ? output.Length : part.Length + separator.Length);
            first = false;
        }

        return output.ToString();
    }

    /// <summary>Blanks.</summary>
    public static string Spaces(int count, Rendering rendering)
    {
        rendering.SpendText(count);
        return new string(' ', count);
    }

    /// <summary>Fills a text up to a width in code points; where both sides are filled and cannot be filled alike, as Python does.</summary>
    public static string Pad(string text, int width, char filler, Padding side, Rendering rendering)
    {
        rendering.SpendText(Math.Max(width, text.Length));
        var missing = width - PythonText.Length(text);
        if (missing <= 0)
        {
            return text;
        }

        var left = side switch
        {
            Padding.Left => missing,
            Padding.Right => 0,
            _ => (missing / 2) + (missing & width & 1),
        };
        return new string(filler, left) + text + new string(filler, missing - left);
    }

    private static Value Padded(string text, NamedCall call, Padding side, Rendering rendering)
    {
        var bound = call.Bind(1, "width", "fillchar");
        return Arguments.Text(bound[1], " ") is { Length: 1 } filler
            ? Pad(text, Arguments.Count(bound[0], 0), filler[0], side, rendering)
            : throw Fault.Type("The fill character must be exactly one character long");
    }

    private static string ZeroFill(string text, int width, Rendering rendering)
    {
        var sign = text.StartsWith('-') || text.StartsWith('+') ? text[..1] : "";
        return sign + Pad(text[sign.Length..], width - sign.Length, '0', Padding.Left, rendering);
    }

    private static Method Plain(Func<string, string> change) => (text, call, _) =>
    {
        call.Bind(0);
        return change(text);
    };

    private static Method Holds(Func<char, bool> holds) => (text, call, _) => text.Length > 0 && text.All(holds);

    private static Value Any(string text, NamedCall call, Func<string, string, bool> holds)
    {
        var bound = call.Bind(1, "affix", "start", "end");
        var part = Slice(text, bound[1], bound[2], out var start);
        return start >= 0 && (bound[0] is SequenceValue { Kind: SequenceKind.Tuple } several
            ? several.Items.Any(affix => holds(part, Arguments.Required(affix)))
            : holds(part, Arguments.Required(bound[0])));
    }

    private static long Find(string text, NamedCall call, bool last)
    {
        var bound = call.Bind(1, "sub", "start", "end");
        var part = Slice(text, bound[1], bound[2], out var start);
        var sub = Arguments.Required(bound[0]);
        var found = start < 0 ? -1 : last ? part.LastIndexOf(sub, StringComparison.Ordinal) : part.IndexOf(sub, StringComparison.Ordinal);
        return found < 0 ? -1 : start + PythonText.Length(part[..found]);
    }

    private static Value Found(long at) => at >= 0 ? at : throw Fault.Value("substring not found");

    private static Value Count(string text, NamedCall call, Rendering rendering)
    {
        var bound = call.Bind(1, "sub", "start", "end");
        var part = Slice(text, bound[1], bound[2], out var start);
        var sub = Arguments.Required(bound[0]);
        if (start < 0 || sub.Length == 0)
        {
            return start < 0 ? 0 : PythonText.Length(part) + 1;
        }

        var count = 0;
        for (var at = part.IndexOf(sub, StringComparison.Ordinal); at >= 0; at = part.IndexOf(sub, at + sub.Length, StringComparison.Ordinal))
        {
            count++;
        }

        return count;
    }

    // The part between two positions, in code points; start is -1 where it begins past the text's end.
    private static string Slice(string text, Value? from, Value? to, out int start)
    {
        start = 0;
        if (from is null or NoneValue && to is null or NoneValue)
        {
            return text;
        }

        var points = PythonText.CodePoints(text).ToArray();
        var first = Arguments.Integer(from, 0);
        var last = Arguments.Integer(to, points.Length);
        first = first < 0 ? Math.Max(first + points.Length, 0) : first;
        last = Math.Min(last < 0 ? Math.Max(last + points.Length, 0) : last, points.Length);
        start = first > points.Length || first > last ? -1 : (int)first;
        return start < 0 ? "" : string.Concat(points[start..(int)last]);
    }
}

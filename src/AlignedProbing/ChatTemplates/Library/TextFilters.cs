using System.Text;
using AlignedProbing.ChatTemplates.Syntax;
using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Library;

/// <summary>Filters that make texts of texts (jinja.palletsprojects.com, Template Designer Documentation, List of Builtin Filters).</summary>
internal static class TextFilters
{
    /// <summary>Adds them to the catalogue.</summary>
    public static void AddTo(Dictionary<string, Filter> filters)
    {
        filters.Add("capitalize", (value, call, rendering) => Each(value, call, rendering, TextMethods.Capitalize));
        filters.Add("lower", (value, call, rendering) => Each(value, call, rendering, text => text.ToLowerInvariant()));
        filters.Add("upper", (value, call, rendering) => Each(value, call, rendering, TextMethods.Upper));
        filters.Add("title", (value, call, rendering) => Each(value, call, rendering, Title));
        filters.Add("string", (value, call, rendering) => Each(value, call, rendering, text => text));
        filters.Add("safe", (value, call, rendering) => new TextValue(Soft(value, rendering).Content, isMarkup: true));
        filters.Add("escape", (value, call, rendering) => Markup.Escape(Soft(value, rendering), rendering));
        filters.Add("e", filters["escape"]);
        filters.Add("forceescape", (value, call, rendering) => Markup.Escape(new TextValue(value.ToText(rendering)), rendering));
        filters.Add("trim", Trim);
        filters.Add("replace", Replace);
        filters.Add("center", Center);
        filters.Add("indent", Indent);
        filters.Add("truncate", Truncate);
        filters.Add("wordcount", WordCount);
        filters.Add("format", (value, call, rendering) => PercentFormat.Apply(
            value.ToText(rendering),
            call.Arguments.Named.Count == 0 ? SequenceValue.Tuple(call.Arguments.Positional) : throw Fault.Unsupported("the filter 'format' with names"),
            rendering));
        filters.Add("urlencode", (value, call, rendering) => value is TextValue text
            ? Uri.EscapeDataString(text.Content).Replace("%2F", "/", StringComparison.Ordinal)
            : throw Fault.Unsupported($"the filter 'urlencode' of a {value.TypeName}"));
    }

    private static TextValue Soft(Value value, Rendering rendering) => value as TextValue ?? new TextValue(value.ToText(rendering));

    private static TextValue Each(Value value, NamedCall call, Rendering rendering, Func<string, string> change)
    {
        call.Bind(0);
        var text = Soft(value, rendering);
        rendering.SpendText(text.Content.Length);
        return new TextValue(change(text.Content), text.IsMarkup);
    }

    private static TextValue Trim(Value value, NamedCall call, Rendering rendering)
    {
        var text = Soft(value, rendering);
        rendering.SpendText(text.Content.Length);
        return new TextValue(TextMethods.Strip(text.Content, Arguments.Text(call.Bind(0, "chars")[0]), start: true, end: true), text.IsMarkup);
    }

    private static Value Replace(Value value, NamedCall call, Rendering rendering)
    {
        var bound = call.Bind(2, "old", "new", "count");
        return TextMethods.Replace(
            value.ToText(rendering),
            bound[0]!.ToText(rendering),
            bound[1]!.ToText(rendering),
            Arguments.Integer(bound[2], -1),
            rendering);
    }

    private static Value Center(Value value, NamedCall call, Rendering rendering) =>
        TextMethods.Pad(value.ToText(rendering), Arguments.Count(call.Bind(0, "width")[0], 80), ' ', TextMethods.Padding.Both, rendering);

    private static Value Indent(Value value, NamedCall call, Rendering rendering)
    {
        var bound = call.Bind(0, "width", "first", "blank");
        var indentation = bound[0] is TextValue given ? given.Content : TextMethods.Spaces(Arguments.Count(bound[0], 4), rendering);
        var text = value switch
        {
            TextValue lineText => lineText.Content,
            UndefinedValue undefined => throw undefined.Error,
            _ => throw Fault.Type($"unsupported operand type(s) for +=: '{value.TypeName}' and 'str'"),
        };
        var lines = text.Split('\n');
        rendering.SpendText(text.Length + ((long)lines.Length * indentation.Length));
        var blank = Arguments.Flag(bound[2]);
        var output = new StringBuilder();
        for (var index = 0; index < lines.Length; index++)
        {
            var indents = index == 0 ? Arguments.Flag(bound[1]) : blank || lines[index].Length > 0;
            output.Append(index > 0 ? "\n" : "").Append(indents ? indentation : "").Append(lines[index]);
        }

        return output.ToString();
    }

    private static Value Truncate(Value value, NamedCall call, Rendering rendering)
    {
        var bound = call.Bind(0, "length", "killwords", "end", "leeway");
        var length = Arguments.Count(bound[0], 255);
        var end = Arguments.Text(bound[2], "...")!;
        var text = value.ToText(rendering);
        rendering.SpendText(text.Length);
        var characters = PythonText.CodePoints(text).ToArray();
        if (characters.Length <= (long)length + Arguments.Count(bound[3], 5))
        {
            return text;
        }

        var kept = string.Concat(characters.Take(Math.Max(length - PythonText.Length(end), 0)));
        var cut = Arguments.Flag(bound[1]) ? -1 : kept.LastIndexOf(' ');
        return (cut < 0 ? kept : kept[..cut]) + end;
    }

    private static Value WordCount(Value value, NamedCall call, Rendering rendering)
    {
        call.Bind(0);
        var text = value.ToText(rendering);
        rendering.SpendText(text.Length);
        var words = 0;
        var within = false;
        foreach (var rune in text.EnumerateRunes())
        {
            var isWord = Rune.IsLetterOrDigit(rune) || rune.Value == '_';
            words += isWord && !within ? 1 : 0;
            within = isWord;
        }

        return words;
    }

    // Jinja2's own: a word begins after a blank, a hyphen or an opening bracket.
    private static string Title(string text)
    {
        var output = new StringBuilder(text.Length);
        var begins = true;
        foreach (var character in text)
        {
            output.Append(begins ? char.ToUpperInvariant(character) : char.ToLowerInvariant(character));
            begins = character is '-' or '(' or '{' or '[' or '<' || PythonText.IsSpace(character);
        }

        return output.ToString();
    }
}

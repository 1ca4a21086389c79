using System.Text;
using AlignedProbing.ChatTemplates.Syntax;
using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Library;

/// <summary>Python's <c>'...' % values</c> (docs.python.org, printf-style String Formatting).</summary>
internal static class PercentFormat
{
    private const int MostWidth = 100_000_000;

    /// <summary>Formats.</summary>
    public static Value Apply(string format, Value values, Rendering rendering)
    {
        rendering.SpendText(format.Length);
        var output = new StringBuilder();
        var isTuple = values is SequenceValue { Kind: SequenceKind.Tuple };
        var items = isTuple ? ((SequenceValue)values).Items : [values];
        var next = 0;
        var named = false;
        for (var at = 0; at < format.Length; at++)
        {
            if (format[at] != '%')
            {
                output.Append(format[at]);
                continue;
            }

            at = One(format, at + 1, output, Next, name =>
            {
                named = true;
                return values.Element(name, rendering) ?? throw Fault.Runtime("KeyError", $"'{name}'");
            }, rendering);
            rendering.SpendText(output.Length > rendering.Limits.TextLength ? output.Length : 0);
        }

        return next < items.Count && !named && (isTuple || values is not (DictValue or SequenceValue))
            ? throw Fault.Type("not all arguments converted during string formatting")
            : output.ToString();

        Value Next() => next < items.Count ? items[next++] : throw Fault.Type("not enough arguments for format string");
    }

    private static int One(string format, int at, StringBuilder output, Func<Value> next, Func<string, Value> find, Rendering rendering)
    {
        Value? value = null;
        if (at < format.Length && format[at] == '(')
        {
            var end = format.IndexOf(')', at);
            value = find(end > 0 ? format[(at + 1)..end] : throw Fault.Value("incomplete format key"));
            at = end + 1;
        }

        var flags = "";
        while (at < format.Length && "-+ 0#".Contains(format[at], StringComparison.Ordinal))
        {
            flags += format[at++];
            rendering.Spend(flags.Length);
        }

        var width = Number(format, ref at, next) ?? 0;
        int? precision = null;
        if (at < format.Length && format[at] == '.')
        {
            at++;
            precision = Number(format, ref at, next) ?? 0;
        }

        if (at >= format.Length)
        {
            throw Fault.Value("incomplete format");
        }

        if (format[at] == '%')
        {
            output.Append('%');
            return at;
        }

        var text = Convert(format[at], value ?? next(), precision, rendering, out var isNumber);
        var sign =
            isNumber && !text.StartsWith('-')
                ? flags.Contains('+', StringComparison.Ordinal)
                    ? "+"
                    : flags.Contains(' ', StringComparison.Ordinal)
                        ? " "
                        : ""
                : "";
        text = sign + text;
        if (flags.Contains('-', StringComparison.Ordinal))
        {
            text = TextMethods.Pad(text, width, ' ', TextMethods.Padding.Right, rendering);
        }
        else if (flags.Contains('0', StringComparison.Ordinal) && isNumber)
        {
            var start = text.Length > 0 && text[0] is '-' or '+' or ' ' ? 1 : 0;
            text = text[..start] + TextMethods.Pad(text[start..], width - start, '0', TextMethods.Padding.Left, rendering);
        }
        else
        {
            text = TextMethods.Pad(text, width, ' ', TextMethods.Padding.Left, rendering);
        }

        output.Append(text);
        return at;
    }

    private static int? Number(string format, ref int at, Func<Value> next)
    {
        if (at < format.Length && format[at] == '*')
        {
            at++;
            return Arguments.Count(next(), 0);
        }

        int? number = null;
        while (at < format.Length && char.IsAsciiDigit(format[at]))
        {
            number = Math.Min(((number ?? 0) * 10) + (format[at++] - '0'), MostWidth);
        }

        return number;
    }

    private static string Convert(char kind, Value value, int? precision, Rendering rendering, out bool isNumber)
    {
        isNumber = kind is not ('s' or 'r' or 'a' or 'c');
        switch (kind)
        {
            case 's' or 'r':
                var text = kind == 's' ? value.ToText(rendering) : value.ToRepr(rendering);
                return precision is { } most ? string.Concat(PythonText.CodePoints(text).Take(most)) : text;
            case 'd' or 'i' or 'u':
                var whole = value switch
                {
                    NumberValue { AsInteger: { } integer } => integer,
                    FloatValue { Content: var content } when Math.Abs(content) < 9e18 => (long)content,
                    _ => throw Fault.Type($"%{kind} format: a real number is required, not {value.TypeName}"),
                };
                return NumberFormat.Integer(whole, 'd') is var digits && precision is { } least
                    ? TextMethods.Pad(digits, least, '0', TextMethods.Padding.Left, rendering)
                    : digits;
            case 'x' or 'X' or 'o':
                return NumberFormat.Integer(Arguments.Integer(value, 0), kind);
            case 'f' or 'F' or 'e' or 'E' or 'g' or 'G':
                return value is NumberValue number
                    ? NumberFormat.Float(number.AsDouble, kind, precision ?? 6)
                    : throw Fault.Type($"must be real number, not {value.TypeName}");
            default:
                throw Fault.Unsupported($"%{kind} in a format");
        }
    }
}

using System.Globalization;
using System.Text;
using AlignedProbing.ChatTemplates.Syntax;
using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Library;

/// <summary>
/// Python's <c>str.format</c> (docs.python.org, Format String Syntax): fields by number, by turn or by name, with fill, sign, width, grouping, precision and
/// type.
/// </summary>
internal static class TextFormat
{
    private const int MostWidth = 100_000_000;

    /// <summary>Formats.</summary>
    public static Value Apply(string format, CallArguments arguments, Rendering rendering)
    {
        var output = new StringBuilder();
        var turn = 0;
        for (var at = 0; at < format.Length; at++)
        {
            var character = format[at];
            if (character is '{' or '}' && at + 1 < format.Length && format[at + 1] == character)
            {
                output.Append(character);
                at++;
            }
            else if (character == '{')
            {
                var end = format.IndexOf('}', at);
                var field = end > 0 ? format[(at + 1)..end] : throw Fault.Value("expected '}' before end of string");
                output.Append(Field(field, arguments, ref turn, rendering));
                rendering.SpendText(output.Length > rendering.Limits.TextLength ? output.Length : 0);
                at = end;
            }
            else
            {
                output.Append(character != '}' ? character : throw Fault.Value("Single '}' encountered in format string"));
            }
        }

        rendering.SpendText(output.Length);
        return output.ToString();
    }

    private static string Field(string field, CallArguments arguments, ref int turn, Rendering rendering)
    {
        if (field.Contains('{', StringComparison.Ordinal))
        {
            throw Fault.Unsupported("a field within a field of str.format");
        }

        var colon = field.IndexOf(':', StringComparison.Ordinal);
        var specification = colon < 0 ? "" : field[(colon + 1)..];
        var name = colon < 0 ? field : field[..colon];
        var mark = name.IndexOf('!', StringComparison.Ordinal);
        var conversion = mark >= 0 ? name[(mark + 1)..] : "";
        name = mark >= 0 ? name[..mark] : name;
        if (name.AsSpan().IndexOfAny('.', '[') >= 0)
        {
            throw Fault.Unsupported("an attribute or index in a field of str.format");
        }

        Value value;
        if (name.Length == 0 || name.All(char.IsAsciiDigit))
        {
            var index = name.Length == 0 ? turn++ : name.Length < 6 ? int.Parse(name, CultureInfo.InvariantCulture) : int.MaxValue;
            value = index < arguments.Positional.Count
                ? arguments.Positional[index]
                : throw Fault.Runtime("IndexError", $"Replacement index {index} out of range for positional args tuple");
        }
        else
        {
            var found = arguments.Named.Where(argument => argument.Key == name).Take(1).ToArray();
            value = found.Length > 0 ? found[0].Value : throw Fault.Runtime("KeyError", $"'{name}'");
        }

        value = conversion switch
        {
            "" => value,
            "s" => value.ToText(rendering),
            "r" => value.ToRepr(rendering),
            _ => throw Fault.Unsupported($"the conversion !{conversion} of str.format"),
        };
        return specification.Length == 0 ? value.ToText(rendering) : Formatted(value, specification, rendering);
    }

    private static string Formatted(Value value, string specification, Rendering rendering)
    {
        var at = 0;
        var filler = '\0';
        var align = '\0';
        if (specification.Length > 1 && specification[1] is '<' or '>' or '^' or '=')
        {
            (filler, align, at) = (specification[0], specification[1], 2);
        }
        else if (specification[0] is '<' or '>' or '^' or '=')
        {
            (align, at) = (specification[0], 1);
        }

        var sign = Take("+- ");
        if (Take("#") != '\0')
        {
            throw Fault.Unsupported("# in a field of str.format");
        }

        if (at < specification.Length && specification[at] == '0')
        {
            filler = filler == '\0' ? '0' : filler;
            align = align == '\0' ? '=' : align;
            at++;
        }

        filler = filler == '\0' ? ' ' : filler;

        var width = Number();
        var grouping = Take(",_");
        int? precision = null;
        if (Take(".") != '\0')
        {
            precision = Number();
        }

        var kind = at < specification.Length ? specification[at++] : '\0';
        if (at < specification.Length)
        {
            throw Fault.Value("Invalid format specifier");
        }

        var text = Text(value, kind, precision, grouping, rendering);
        if (value is NumberValue && !text.StartsWith('-') && sign is '+' or ' ')
        {
            text = sign + text;
        }

        if (align == '=' && text.Length > 0 && text[0] is '-' or '+' or ' ')
        {
            return text[0] + TextMethods.Pad(text[1..], width - 1, filler, TextMethods.Padding.Left, rendering);
        }

        // Only centring has a rule of its own for odd rests: the left gets less.
        var missing = width - PythonText.Length(text);
        return align switch
        {
            '^' when missing > 0 => TextMethods.Pad(
                TextMethods.Pad(text, width - missing + (missing / 2), filler, TextMethods.Padding.Left, rendering),
                width,
                filler,
                TextMethods.Padding.Right,
                rendering),
            '^' => text,
            '>' or '=' => TextMethods.Pad(text, width, filler, TextMethods.Padding.Left, rendering),
            '<' => TextMethods.Pad(text, width, filler, TextMethods.Padding.Right, rendering),
            _ => TextMethods.Pad(text, width, filler, value is NumberValue ? TextMethods.Padding.Left : TextMethods.Padding.Right, rendering),
        };

        char Take(string set) => at < specification.Length && set.Contains(specification[at], StringComparison.Ordinal) ? specification[at++] : '\0';

        int Number()
        {
            var number = 0;
            while (at < specification.Length && char.IsAsciiDigit(specification[at]))
            {
                number = Math.Min((number * 10) + (specification[at++] - '0'), MostWidth);
            }

            return number;
        }
    }

    private static string Text(Value value, char kind, int? precision, char grouping, Rendering rendering)
    {
        switch (kind)
        {
            case '\0' or 's' when value is not NumberValue || (value is BooleanValue && kind == '\0' && precision is null):
                var text = value.ToText(rendering);
                return precision is { } most ? string.Concat(PythonText.CodePoints(text).Take(most)) : text;
            case '\0' or 'd' or 'n' when value is NumberValue { AsInteger: { } whole } && precision is null:
                return Grouped(NumberFormat.Integer(whole, 'd'), grouping);
            case 'x' or 'X' or 'o' or 'b' when value is NumberValue { AsInteger: { } whole }:
                return NumberFormat.Integer(whole, kind);
            case '\0' when value is FloatValue { Content: var content } && precision is null:
                return Grouped(PythonFloat.Repr(content), grouping);
            case 'f' or 'F' or 'e' or 'E' or 'g' or 'G' or '%' when value is NumberValue number:
                return Grouped(NumberFormat.Float(number.AsDouble, kind, precision ?? 6), grouping);
            default:
                throw kind is 's' or 'd' or 'x' or 'X' or 'o' or 'b' or 'f' or 'e' or 'g'
                    ? Fault.Value($"Unknown format code '{kind}' for object of type '{value.TypeName}'")
                    : Fault.Unsupported("this field of str.format");
        }
    }

    private static string Grouped(string number, char grouping)
    {
        if (grouping == '\0')
        {
            return number;
        }

        var start = number.StartsWith('-') ? 1 : 0;
        var end = start;
        while (end < number.Length && char.IsAsciiDigit(number[end]))
        {
            end++;
        }

        var output = new StringBuilder(number);
        for (var at = end - 3; at > start; at -= 3)
        {
            output.Insert(at, grouping);
        }

        return output.ToString();
    }
}

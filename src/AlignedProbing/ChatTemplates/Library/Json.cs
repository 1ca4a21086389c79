using System.Globalization;
using System.Text;
using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Library;

/// <summary>The filter <c>tojson</c> as transformers replaces it: Python's <c>json.dumps</c> with <c>ensure_ascii=False</c>, no HTML escaping.</summary>
internal static class Json
{
    /// <summary><c>tojson(ensure_ascii=False, indent=None, separators=None, sort_keys=False)</c>.</summary>
    public static Value Filter(Value value, NamedCall call, Rendering rendering)
    {
        var bound = call.Bind(0, "ensure_ascii", "indent", "separators", "sort_keys");
        var indent = bound[1] switch
        {
            null or NoneValue => null,
            TextValue text => text.Content,
            var number => new string(' ', (int)Math.Min(Arguments.Integer(number, 0) is var width && width > 0 ? width : 0, 100)),
        };
        var (between, colon) = (indent is null ? ", " : ",", ": ");
        if (bound[2] is SequenceValue { Items: [TextValue first, TextValue second] })
        {
            (between, colon) = (first.Content, second.Content);
        }

        var writer = new Writer(rendering, Arguments.Flag(bound[0]), indent, between, colon, Arguments.Flag(bound[3]));
        writer.Write(value, 0);
        return writer.ToString();
    }

    private sealed class Writer(Rendering rendering, bool ascii, string? indent, string between, string colon, bool sorts)
    {
        private readonly StringBuilder _output = new();

        public void Write(Value value, int depth)
        {
            Rendering.CheckStack();
            rendering.Spend();
            switch (value)
            {
                case NoneValue:
                    _output.Append("null");
                    break;
                case BooleanValue boolean:
                    _output.Append(boolean.Content ? "true" : "false");
                    break;
                case NumberValue number:
                    _output.Append(Number(number));
                    break;
                case TextValue text:
                    Text(text.Content);
                    break;
                case SequenceValue { Kind: SequenceKind.List or SequenceKind.Tuple } sequence:
                    Group('[', ']', sequence.Items, depth, item => Write(item, depth + 1));
                    break;
                case DictValue dict:
                    var entries = sorts ? Sorting.Sort(dict.Entries, entry => entry.Key, rendering) : dict.Entries;
                    Group('{', '}', entries, depth, entry =>
                    {
                        Text(Key(entry.Key));
                        _output.Append(colon);
                        Write(entry.Value, depth + 1);
                    });
                    break;
                default:
                    throw Fault.Type($"Object of type {value.TypeName} is not JSON serializable");
            }
        }

        public override string ToString()
        {
            rendering.SpendText(_output.Length);
            return _output.ToString();
        }

        private void Group<T>(char open, char close, IReadOnlyList<T> items, int depth, Action<T> write)
        {
            _output.Append(open);
            for (var index = 0; index < items.Count; index++)
            {
                _output.Append(index > 0 ? between : "");
                NewLine(depth + 1);
                write(items[index]);
                rendering.SpendText(_output.Length > rendering.Limits.TextLength ? _output.Length : 0);
            }

            if (items.Count > 0)
            {
                NewLine(depth);
            }

            _output.Append(close);
        }

        private void NewLine(int depth)
        {
            if (indent is not null)
            {
                rendering.SpendText((long)indent.Length * depth);
                _output.Append('\n').Insert(_output.Length, indent, depth);
            }
        }

        private static string Number(NumberValue number) => number is FloatValue { Content: var content } && !double.IsFinite(content)
            ? double.IsNaN(content) ? "NaN" : content > 0 ? "Infinity" : "-Infinity"
            : number.AsInteger is { } whole ? whole.ToString(CultureInfo.InvariantCulture) : PythonFloat.Repr(number.AsDouble);

        private static string Key(Value key) => key switch
        {
            TextValue text => text.Content,
            NoneValue => "null",
            BooleanValue boolean => boolean.Content ? "true" : "false",
            NumberValue number => Number(number),
            _ => throw Fault.Type($"keys must be str, int, float, bool or None, not {key.TypeName}"),
        };

        private void Text(string text)
        {
            rendering.SpendText(text.Length);
            _output.Append('"');
            foreach (var character in text)
            {
                switch (character)
                {
                    case '"':
                        _output.Append("\\\"");
                        break;
                    case '\\':
                        _output.Append("\\\\");
                        break;
                    case '\n':
                        _output.Append("\\n");
                        break;
                    case '\r':
                        _output.Append("\\r");
                        break;
                    case '\t':
                        _output.Append("\\t");
                        break;
                    case '\f':
                        _output.Append("\\f");
                        break;
                    case '\b':
                        _output.Append("\\b");
                        break;
                    case < ' ':
                    case > '~' when ascii:
                        _output.Append("\\u").Append(((int)character).ToString("x4", CultureInfo.InvariantCulture));
                        break;
                    default:
                        _output.Append(character);
                        break;
                }
            }

            _output.Append('"');
        }
    }
}

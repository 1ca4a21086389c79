using AlignedProbing.ChatTemplates.Nodes;
using AlignedProbing.ChatTemplates.Syntax;
using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Library;

/// <summary>Filters on sequences as wholes, and <c>default</c>.</summary>
internal static class SequenceFilters
{
    /// <summary>Adds them to the catalogue.</summary>
    public static void AddTo(Dictionary<string, Filter> filters)
    {
        filters.Add("default", Default);
        filters.Add("d", Default);
        filters.Add("attr", (value, call, rendering) => Access.OnlyAttribute(value, Arguments.Required(call.Bind(1, "name")[0]), rendering));
        filters.Add("first", First);
        filters.Add("last", Last);
        filters.Add("length", Length);
        filters.Add("count", Length);
        filters.Add("list", (value, call, rendering) => SequenceValue.List(value.ToList(rendering)));
        filters.Add("items", Items);
        filters.Add("join", Join);
        filters.Add("reverse", Reverse);
        filters.Add("batch", Batch);
        filters.Add("slice", Slice);
    }

    /// <summary>Python's <c>len</c>.</summary>
    public static Value Length(Value value, NamedCall call, Rendering rendering)
    {
        rendering.SpendText(value is TextValue text ? text.Content.Length : 0);
        return value.Length is { } length ? length : throw Fault.Type($"object of type '{value.TypeName}' has no len()");
    }

    private static Value Default(Value value, NamedCall call, Rendering rendering)
    {
        var bound = call.Bind(0, "default_value", "boolean");
        return value is UndefinedValue || (Arguments.Flag(bound[1]) && !value.IsTrue) ? bound[0] ?? "" : value;
    }

    private static Value First(Value value, NamedCall call, Rendering rendering) =>
        (value.Elements ?? throw Fault.Type($"'{value.TypeName}' object is not iterable")).FirstOrDefault()
        ?? new UndefinedValue("No first item, sequence was empty.");

    private static Value Last(Value value, NamedCall call, Rendering rendering)
    {
        if (value is GeneratorValue or NumberValue or NoneValue)
        {
            throw Fault.Type($"'{value.TypeName}' object is not reversible");
        }

        var items = value.ToList(rendering);
        return items.Count > 0 ? items[^1] : new UndefinedValue("No last item, sequence was empty.");
    }

    private static Value Items(Value value, NamedCall call, Rendering rendering) => value switch
    {
        UndefinedValue => new GeneratorValue([]),
        DictValue dict => new GeneratorValue(DictMethods.Items(dict, rendering)),
        _ => throw Fault.Type("Can only get item pairs from a mapping."),
    };

    private static Value Join(Value value, NamedCall call, Rendering rendering)
    {
        var bound = call.Bind(0, "d", "attribute");
        var read = Sorting.Reader(bound[1], rendering);
        var separator = bound[0]?.ToText(rendering) ?? "";
        return TextMethods.Join(separator, value.ToList(rendering).Select(item => read(item).ToText(rendering)), rendering);
    }

    private static Value Reverse(Value value, NamedCall call, Rendering rendering)
    {
        if (value is TextValue text)
        {
            rendering.SpendText(text.Content.Length);
            return string.Concat(PythonText.CodePoints(text.Content).Reverse());
        }

        var items = value.ToList(rendering);
        items.Reverse();
        return new GeneratorValue(items);
    }

    private static Value Batch(Value value, NamedCall call, Rendering rendering)
    {
        var bound = call.Bind(1, "linecount", "fill_with");
        var size = Math.Max(Arguments.Count(bound[0], 1), 1);
        var rows = new List<Value>();
        foreach (var chunk in value.ToList(rendering).Chunk(size))
        {
            rendering.SpendList(size);
            rows.Add(SequenceValue.List(chunk.Length < size && bound[1] is { } filler and not NoneValue
                ? [.. chunk, .. Enumerable.Repeat(filler, size - chunk.Length)]
                : chunk));
        }

        return new GeneratorValue(rows);
    }

    private static Value Slice(Value value, NamedCall call, Rendering rendering)
    {
        var bound = call.Bind(1, "slices", "fill_with");
        var items = value.ToList(rendering);
        var slices = Arguments.Count(bound[0], 1);
        if (slices == 0)
        {
            throw Fault.Runtime("ZeroDivisionError", "integer division or modulo by zero");
        }

        rendering.SpendList(slices);
        var (size, longer) = Math.DivRem(items.Count, slices);
        var columns = new List<Value>();
        var start = 0;
        for (var column = 0; column < slices; column++)
        {
            var length = size + (column < longer ? 1 : 0);
            IReadOnlyList<Value> part = items.GetRange(start, length);
            start += length;
            columns.Add(SequenceValue.List(column >= longer && bound[1] is { } filler and not NoneValue ? [.. part, filler] : part));
        }

        return new GeneratorValue(columns);
    }
}

using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Library;

/// <summary>Filters that apply a filter or test to each element.</summary>
internal static class SelectionFilters
{
    /// <summary>Adds them to the catalogue.</summary>
    public static void AddTo(Dictionary<string, Filter> filters)
    {
        filters.Add("map", Map);
        filters.Add("select", (value, call, rendering) => Select(value, call.Arguments, rendering, keeps: true, byAttribute: false));
        filters.Add("reject", (value, call, rendering) => Select(value, call.Arguments, rendering, keeps: false, byAttribute: false));
        filters.Add("selectattr", (value, call, rendering) => Select(value, call.Arguments, rendering, keeps: true, byAttribute: true));
        filters.Add("rejectattr", (value, call, rendering) => Select(value, call.Arguments, rendering, keeps: false, byAttribute: true));
    }

    private static GeneratorValue Map(Value value, NamedCall call, Rendering rendering)
    {
        if (!value.IsTrue)
        {
            return Nothing();
        }

        var items = value.ToList(rendering);
        if (call.Arguments.Positional.Count == 0)
        {
            var bound = call.Arguments.Bind("map", 0, "attribute", "default");
            var read = Sorting.Reader(bound[0] ?? throw Fault.Runtime("FilterArgumentError", "map requires a filter argument"), rendering, bound[1]);
            return new GeneratorValue(items.ConvertAll(item => read(item)));
        }

        var name = Arguments.Required(call.Arguments.Positional[0]);
        var filter = FilterCatalog.Find(name);
        var rest = new NamedCall(name, call.Arguments with { Positional = [.. call.Arguments.Positional.Skip(1)] });
        return new GeneratorValue(items.ConvertAll(item =>
        {
            rendering.Spend();
            return filter(item, rest, rendering);
        }));
    }

    private static GeneratorValue Select(Value value, CallArguments arguments, Rendering rendering, bool keeps, bool byAttribute)
    {
        if (!value.IsTrue)
        {
            return Nothing();
        }

        var read = (Value item) => item;
        var next = 0;
        if (byAttribute)
        {
            read = Sorting.Reader(
                arguments.Positional.Count > 0
                    ? arguments.Positional[next++]
                    : throw Fault.Runtime("FilterArgumentError", "Missing parameter for attribute name"),
                rendering);
        }

        Predicate<Value> holds = item => read(item).IsTrue;
        if (arguments.Positional.Count > next)
        {
            var name = Arguments.Required(arguments.Positional[next]);
            var test = TestCatalog.Find(name);
            var rest = new NamedCall(name, arguments with { Positional = [.. arguments.Positional.Skip(next + 1)] });
            holds = item => test(read(item), rest, rendering);
        }

        return new GeneratorValue(value.ToList(rendering).FindAll(item =>
        {
            rendering.Spend();
            return holds(item) == keeps;
        }));
    }

    // Jinja2 looks at nothing else where the value is false, None among them.
    private static GeneratorValue Nothing() => new([]);
}

using AlignedProbing.ChatTemplates.Nodes;
using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Library;

/// <summary>Filters that order, group or compare elements; texts without regard to case unless asked.</summary>
internal static class OrderFilters
{
    /// <summary>Adds them to the catalogue.</summary>
    public static void AddTo(Dictionary<string, Filter> filters)
    {
        filters.Add("sort", Sort);
        filters.Add("dictsort", DictSort);
        filters.Add("unique", Unique);
        filters.Add("groupby", GroupBy);
        filters.Add("min", (value, call, rendering) => Extreme(value, call, rendering, "<"));
        filters.Add("max", (value, call, rendering) => Extreme(value, call, rendering, ">"));
    }

    private static Value Sort(Value value, NamedCall call, Rendering rendering)
    {
        var bound = call.Bind(0, "reverse", "case_sensitive", "attribute");
        Func<Value, Value> key;
        if (bound[2] is TextValue { Content: var paths } && paths.Contains(',', StringComparison.Ordinal))
        {
            var readers = paths.Split(',').Select(path => Sorting.KeyReader(path, bound[1], rendering)).ToArray();
            key = item => SequenceValue.List([.. readers.Select(read => read(item))]);
        }
        else
        {
            key = Sorting.KeyReader(bound[2], bound[1], rendering);
        }

        return SequenceValue.List(Sorting.Sort(value.ToList(rendering), key, rendering, Arguments.Flag(bound[0])));
    }

    private static Value DictSort(Value value, NamedCall call, Rendering rendering)
    {
        var bound = call.Bind(0, "case_sensitive", "by", "reverse");
        var index = Arguments.Text(bound[1], "key") switch
        {
            "key" => 0,
            "value" => 1,
            _ => throw Fault.Runtime("FilterArgumentError", "You can only sort by either \"key\" or \"value\""),
        };
        var dict = value as DictValue ?? throw (value is UndefinedValue undefined ? undefined.Error
            : Fault.Runtime("AttributeError", $"'{value.TypeName}' object has no attribute 'items'"));
        var key = Sorting.KeyReader(index, bound[0], rendering);
        return SequenceValue.List(Sorting.Sort(DictMethods.Items(dict, rendering), key, rendering, Arguments.Flag(bound[2])));
    }

    private static GeneratorValue Unique(Value value, NamedCall call, Rendering rendering)
    {
        var bound = call.Bind(0, "case_sensitive", "attribute");
        var key = Sorting.KeyReader(bound[1], bound[0], rendering);
        var seen = new DictValue();
        return new GeneratorValue(value.ToList(rendering).FindAll(item =>
        {
            var folded = key(item);
            var isNew = !seen.TryGet(folded, rendering, out _);
            seen.Set(folded, NoneValue.Instance, rendering);
            return isNew;
        }));
    }

    private static SequenceValue GroupBy(Value value, NamedCall call, Rendering rendering)
    {
        var bound = call.Bind(1, "attribute", "default", "case_sensitive");
        var key = Sorting.KeyReader(bound[0], bound[2], rendering, bound[1]);
        var read = Sorting.Reader(bound[0], rendering, bound[1]);
        var groups = new List<Value>();
        var current = new List<Value>();
        Value? last = null;
        foreach (var item in Sorting.Sort(value.ToList(rendering), key, rendering))
        {
            var folded = key(item);
            if (last is not null && !last.IsEqual(folded, rendering))
            {
                Close();
            }

            last = folded;
            current.Add(item);
        }

        Close();
        return SequenceValue.List(groups);

        // Where case is folded the group is named by its first element.
        void Close()
        {
            if (current.Count > 0)
            {
                groups.Add(new GroupValue(read(current[0]), SequenceValue.List(current)));
                current = [];
            }
        }
    }

    private static Value Extreme(Value value, NamedCall call, Rendering rendering, string replaces)
    {
        var bound = call.Bind(0, "case_sensitive", "attribute");
        var key = Sorting.KeyReader(bound[1], bound[0], rendering);
        Value? best = null;
        foreach (var item in value.ToList(rendering))
        {
            if (best is null || Comparison.Holds(replaces, key(item), key(best), rendering))
            {
                best = item;
            }
        }

        return best ?? new UndefinedValue("No aggregated item, sequence was empty.");
    }
}

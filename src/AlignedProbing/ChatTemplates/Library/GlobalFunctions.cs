using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Library;

/// <summary>Functions that every template sees: Jinja2's, and the two that transformers adds.</summary>
internal static class GlobalFunctions
{
    private static readonly Dictionary<string, Value> Functions = new(StringComparer.Ordinal)
    {
        ["range"] = new CallableValue("range", Range),
        ["dict"] = new CallableValue("dict", Dict),
        ["namespace"] = new CallableValue("namespace", Namespace),
        ["cycler"] = new CallableValue("cycler", (arguments, _) => new CyclerValue(arguments.Positional)),
        ["joiner"] = new CallableValue("joiner", Joiner),
        ["lipsum"] = new CallableValue("lipsum", (_, _) => throw Fault.Unsupported("the function 'lipsum'")),
        ["raise_exception"] = new CallableValue("raise_exception", (arguments, rendering) =>
            throw Fault.Refusal(arguments.Bind("raise_exception", 1, "message")[0]!.ToText(rendering))),
        ["strftime_now"] = new CallableValue("strftime_now", (arguments, rendering) =>
            DateFormat.Apply(Arguments.Required(arguments.Bind("strftime_now", 1, "format")[0]), rendering.Now, rendering)),
    };

    /// <summary>A function by name; null where there is none.</summary>
    public static Value? Find(string name) => Functions.GetValueOrDefault(name);

    private static SequenceValue Range(CallArguments arguments, Rendering rendering)
    {
        var bound = arguments.Bind("range", 1, "start", "stop", "step");
        var (start, stop) = bound[1] is null
            ? (0, Arguments.Integer(Given(bound[0]!), 0))
            : (Arguments.Integer(Given(bound[0]!), 0), Arguments.Integer(Given(bound[1]!), 0));
        var step = bound[2] is null ? 1 : Arguments.Integer(Given(bound[2]!), 1);
        if (step == 0)
        {
            throw Fault.Value("range() arg 3 must not be zero");
        }

        var length = step > 0
            ? stop > start ? (((Int128)stop - start - 1) / step) + 1 : 0
            : start > stop ? (((Int128)start - stop - 1) / -(Int128)step) + 1 : 0;
        rendering.SpendList((long)Int128.Min(length, long.MaxValue - 1));
        var items = new Value[(int)length];
        for (var index = 0; index < items.Length; index++)
        {
            items[index] = start + (index * step);
        }

        return new SequenceValue(SequenceKind.Range, items);
    }

    private static Value Given(Value value) => value is NoneValue ? throw Fault.Type("'NoneType' object cannot be interpreted as an integer") : value;

    private static DictValue Dict(CallArguments arguments, Rendering rendering)
    {
        var dict = new DictValue();
        if (arguments.Positional.Count > 1)
        {
            throw Fault.Type($"dict expected at most 1 argument, got {arguments.Positional.Count}");
        }

        foreach (var (key, value) in arguments.Positional.Count == 0 ? [] : Pairs(arguments.Positional[0], rendering))
        {
            dict.Set(key, value, rendering);
        }

        foreach (var (name, value) in arguments.Named)
        {
            dict.Set(name, value);
        }

        return dict;
    }

    private static NamespaceValue Namespace(CallArguments arguments, Rendering rendering)
    {
        var result = new NamespaceValue();
        foreach (var (key, value) in Dict(arguments, rendering).Entries)
        {
            result.Set(Arguments.Required(key), value);
        }

        return result;
    }

    private static IEnumerable<KeyValuePair<Value, Value>> Pairs(Value value, Rendering rendering)
    {
        if (value is DictValue dict)
        {
            rendering.SpendList(dict.Entries.Count);
            return dict.Entries;
        }

        return value.ToList(rendering).Select(pair =>
        {
            var parts = pair.ToList(rendering);
            return parts.Count == 2
                ? new KeyValuePair<Value, Value>(parts[0], parts[1])
                : throw Fault.Value($"dictionary update sequence element has length {parts.Count}; 2 is required");
        });
    }

    private static CallableValue Joiner(CallArguments arguments, Rendering rendering)
    {
        var separator = arguments.Bind("joiner", 0, "sep")[0] ?? ", ";
        var used = false;
        return new CallableValue("joiner", (_, _) =>
        {
            var result = used ? separator : "";
            used = true;
            return result;
        });
    }
}

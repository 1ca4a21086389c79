using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Library;

/// <summary>Methods of <c>dict</c>; those that change it are forbidden by the sandbox.</summary>
internal static class DictMethods
{
    private static readonly HashSet<string> Forbidden = ["clear", "pop", "popitem", "setdefault", "update"];

    /// <summary>A method of a dict; null where there is none.</summary>
    public static Value? Bind(DictValue dict, string name) => name switch
    {
        "items" => new CallableValue(name, (arguments, rendering) => View(arguments, name, Items(dict, rendering))),
        "keys" => new CallableValue(name, (arguments, rendering) => View(arguments, name, [.. dict.Elements])),
        "values" => new CallableValue(name, (arguments, rendering) => View(arguments, name, [.. dict.Entries.Select(entry => entry.Value)])),
        "get" => new CallableValue(name, (arguments, rendering) =>
        {
            var bound = arguments.Bind("get", 1, "key", "default");
            return dict.TryGet(bound[0]!, rendering, out var value) ? value : bound[1] ?? NoneValue.Instance;
        }),
        "copy" => new CallableValue(name, (_, _) => dict),
        _ when Forbidden.Contains(name) => new UndefinedValue($"access to attribute '{name}' of 'dict' object is unsafe.", "SecurityError"),
        _ => null,
    };

    /// <summary>The entries as pairs.</summary>
    public static List<Value> Items(DictValue dict, Rendering rendering)
    {
        rendering.SpendList(dict.Entries.Count);
        return [.. dict.Entries.Select(entry => (Value)SequenceValue.Tuple(entry.Key, entry.Value))];
    }

    private static SequenceValue View(CallArguments arguments, string name, List<Value> items)
    {
        arguments.Bind(name, 0);
        return new SequenceValue(SequenceKind.View, items);
    }
}

/// <summary>Methods of <c>list</c> and <c>tuple</c>; those that change a list are forbidden by the sandbox.</summary>
internal static class SequenceMethods
{
    private static readonly HashSet<string> Forbidden = ["append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"];

    /// <summary>A method of a sequence; null where there is none.</summary>
    public static Value? Bind(SequenceValue sequence, string name) => name switch
    {
        "index" => new CallableValue(name, (arguments, rendering) =>
        {
            var wanted = arguments.Bind("index", 1, "value")[0]!;
            var at = sequence.Items.TakeWhile(item => !item.IsEqual(wanted, rendering)).Count();
            rendering.Spend(at);
            return at < sequence.Items.Count ? at : throw Fault.Value($"{wanted.ToRepr(rendering)} is not in {sequence.TypeName}");
        }),
        "count" => new CallableValue(name, (arguments, rendering) =>
        {
            var wanted = arguments.Bind("count", 1, "value")[0]!;
            rendering.SpendList(sequence.Items.Count);
            return sequence.Items.Count(item => item.IsEqual(wanted, rendering));
        }),
        "copy" when sequence.Kind == SequenceKind.List => new CallableValue(name, (_, _) => sequence),
        _ when sequence.Kind == SequenceKind.List && Forbidden.Contains(name) =>
            new UndefinedValue($"access to attribute '{name}' of 'list' object is unsafe.", "SecurityError"),
        _ => null,
    };
}

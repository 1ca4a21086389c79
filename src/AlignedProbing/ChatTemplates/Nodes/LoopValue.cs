using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Nodes;

/// <summary>The variable <c>loop</c> within a for.</summary>
/// <param name="items">What is looped over.</param>
/// <param name="depth">Depth of a recursive loop, from 0.</param>
/// <param name="recur">Loops over other elements with the same body; null where the loop is not recursive.</param>
internal sealed class LoopValue(List<Value> items, int depth, Func<Value, Rendering, string>? recur) : Value
{
    private List<Value>? _lastChanged;

    public override string TypeName => "LoopContext";

    public override int? Length => items.Count;

    /// <summary>The turn, from 0.</summary>
    public int Index { get; set; }

    /// <summary>Loops deeper.</summary>
    public Value Call(CallArguments arguments, Rendering rendering)
    {
        var bound = arguments.Bind("loop", 1, "iterable");
        return recur is null
            ? throw Fault.Type("The loop must have the 'recursive' marker to be called recursively.")
            : recur(bound[0]!, rendering);
    }

    public override Value? Attribute(string name, Rendering rendering) => name switch
    {
        "index" => Index + 1,
        "index0" => Index,
        "revindex" => items.Count - Index,
        "revindex0" => items.Count - Index - 1,
        "first" => Index == 0,
        "last" => Index == items.Count - 1,
        "length" => items.Count,
        "depth" => depth + 1,
        "depth0" => depth,
        "previtem" => Index > 0 ? items[Index - 1] : new UndefinedValue("there is no previous item"),
        "nextitem" => Index + 1 < items.Count ? items[Index + 1] : new UndefinedValue("there is no next item"),
        "cycle" => new CallableValue("cycle", Cycle),
        "changed" => new CallableValue("changed", Changed),
        _ => null,
    };

    private Value Cycle(CallArguments arguments, Rendering rendering) => arguments.Positional.Count > 0
        ? arguments.Positional[Index % arguments.Positional.Count]
        : throw Fault.Type("no items for cycling given");

    private Value Changed(CallArguments arguments, Rendering rendering)
    {
        var changed = _lastChanged is null || !SequenceValue.Tuple(_lastChanged).IsEqual(SequenceValue.Tuple(arguments.Positional), rendering);
        _lastChanged = [.. arguments.Positional];
        return changed;
    }
}

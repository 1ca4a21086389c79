namespace AlignedProbing.ChatTemplates.Values;

/// <summary>What <c>cycler(...)</c> makes.</summary>
internal sealed class CyclerValue(IReadOnlyList<Value> items) : Value
{
    private readonly IReadOnlyList<Value> _items = items.Count > 0 ? items : throw Fault.Runtime("RuntimeError", "at least one item has to be provided");
    private int _position;

    public override string TypeName => "Cycler";

    public override Value? Attribute(string name, Rendering rendering) => name switch
    {
        "current" => _items[_position],
        "next" => new CallableValue("next", (_, _) =>
        {
            var current = _items[_position];
            _position = (_position + 1) % _items.Count;
            return current;
        }),
        "reset" => new CallableValue("reset", (_, _) =>
        {
            _position = 0;
            return NoneValue.Instance;
        }),
        _ => null,
    };
}

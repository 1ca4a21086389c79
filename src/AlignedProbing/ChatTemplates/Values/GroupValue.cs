namespace AlignedProbing.ChatTemplates.Values;

/// <summary>What <c>groupby</c> gives for each group: a pair whose parts have the names <c>grouper</c> and <c>list</c>.</summary>
internal sealed class GroupValue(Value grouper, Value list) : Value
{
    private readonly SequenceValue _pair = SequenceValue.Tuple(grouper, list);

    public override string TypeName => "tuple";

    public override IEnumerable<Value> Elements => _pair.Elements;

    public override int? Length => 2;

    public override void AppendRepr(System.Text.StringBuilder output, Rendering rendering) => _pair.AppendRepr(output, rendering);

    public override Value? Element(Value key, Rendering rendering) => _pair.Element(key, rendering);

    public override Value? Attribute(string name, Rendering rendering) => name switch
    {
        "grouper" => grouper,
        "list" => list,
        _ => _pair.Attribute(name, rendering),
    };

    public override bool IsEqual(Value other, Rendering rendering) => _pair.IsEqual(other is GroupValue group ? group._pair : other, rendering);
}

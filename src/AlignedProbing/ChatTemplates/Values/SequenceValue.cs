using System.Text;
using AlignedProbing.ChatTemplates.Library;

namespace AlignedProbing.ChatTemplates.Values;

/// <summary>Kinds of sequences.</summary>
internal enum SequenceKind
{
    /// <summary>A list.</summary>
    List,

    /// <summary>A tuple.</summary>
    Tuple,

    /// <summary>A range.</summary>
    Range,

    /// <summary>The keys, values or items of a dict: no index.</summary>
    View,
}

/// <summary>A list, tuple, range or view of a dict. Nothing changes one: transformers' sandbox forbids it.</summary>
internal sealed class SequenceValue(SequenceKind kind, IReadOnlyList<Value> items) : Value
{
    /// <summary>Which.</summary>
    public SequenceKind Kind => kind;

    /// <summary>The elements.</summary>
    public IReadOnlyList<Value> Items => items;

    public override string TypeName => kind switch
    {
        SequenceKind.List => "list",
        SequenceKind.Tuple => "tuple",
        SequenceKind.Range => "range",
        _ => "dict view",
    };

    public override bool IsTrue => items.Count > 0;

    public override IEnumerable<Value> Elements => items;

    public override int? Length => items.Count;

    /// <summary>A list.</summary>
    public static SequenceValue List(IReadOnlyList<Value> items) => new(SequenceKind.List, items);

    /// <summary>A tuple.</summary>
    public static SequenceValue Tuple(params IReadOnlyList<Value> items) => new(SequenceKind.Tuple, items);

    public override void AppendRepr(StringBuilder output, Rendering rendering)
    {
        Rendering.CheckStack();
        if (kind is SequenceKind.Range or SequenceKind.View)
        {
            throw Fault.Unsupported($"printing a {TypeName}");
        }

        output.Append(kind == SequenceKind.List ? '[' : '(');
        for (var index = 0; index < items.Count; index++)
        {
            rendering.Spend();
            output.Append(index > 0 ? ", " : "");
            items[index].AppendRepr(output, rendering);
            rendering.SpendText(output.Length > rendering.Limits.TextLength ? output.Length : 0);
        }

        output.Append(kind == SequenceKind.List ? "]" : items.Count == 1 ? ",)" : ")");
    }

    public override Value? Attribute(string name, Rendering rendering) =>
        kind is SequenceKind.List or SequenceKind.Tuple ? SequenceMethods.Bind(this, name) : null;

    public override Value? Element(Value key, Rendering rendering)
    {
        if (kind == SequenceKind.View)
        {
            return null;
        }

        if (key is SliceValue slice)
        {
            rendering.SpendList(items.Count);
            return new SequenceValue(kind, [.. slice.Indices(items.Count).Select(index => items[index])]);
        }

        if (key is not NumberValue { AsInteger: { } index })
        {
            return null;
        }

        index += index < 0 ? items.Count : 0;
        return index >= 0 && index < items.Count ? items[(int)index] : null;
    }

    public override bool IsEqual(Value other, Rendering rendering)
    {
        Rendering.CheckStack();
        if (ReferenceEquals(this, other))
        {
            return true;
        }

        if (other is not SequenceValue sequence || sequence.Kind != kind || sequence.Items.Count != items.Count)
        {
            return false;
        }

        for (var index = 0; index < items.Count; index++)
        {
            rendering.Spend();
            if (!items[index].IsEqual(sequence.Items[index], rendering))
            {
                return false;
            }
        }

        return true;
    }
}

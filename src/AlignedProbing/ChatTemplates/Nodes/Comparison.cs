using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Nodes;

/// <summary>Python's comparisons.</summary>
internal static class Comparison
{
    /// <summary>Whether <c>left operation right</c> holds, for <c>== != &lt; &lt;= &gt; &gt;= in not in</c>.</summary>
    public static bool Holds(string operation, Value left, Value right, Rendering rendering) => operation switch
    {
        "==" => left.IsEqual(right, rendering),
        "!=" => !left.IsEqual(right, rendering),
        "in" => Contains(right, left, rendering),
        "not in" => !Contains(right, left, rendering),
        "<" => Ordered(left, right, operation, rendering) is < 0,
        "<=" => Ordered(left, right, operation, rendering) is <= 0,
        ">" => Ordered(left, right, operation, rendering) is > 0,
        _ => Ordered(left, right, operation, rendering) is >= 0,
    };

    /// <summary>How two values are ordered: negative, 0, positive; null where a NaN is among them.</summary>
    /// <exception cref="ChatTemplateException">Values of such types have no order.</exception>
    public static int? Ordered(Value left, Value right, string operation, Rendering rendering)
    {
        Rendering.CheckStack();
        rendering.Spend();
        switch (left, right)
        {
            case (UndefinedValue undefined, _):
                throw undefined.Error;
            case (_, UndefinedValue undefined):
                throw undefined.Error;
            case (NumberValue { AsInteger: { } a }, NumberValue { AsInteger: { } b }):
                return a.CompareTo(b);
            case (NumberValue a, NumberValue b):
                return double.IsNaN(a.AsDouble) || double.IsNaN(b.AsDouble) ? null : a.AsDouble.CompareTo(b.AsDouble);
            case (TextValue a, TextValue b):
                rendering.SpendText(Math.Min(a.Content.Length, b.Content.Length));
                return CompareCodePoints(a.Content, b.Content);
            case (SequenceValue { Kind: SequenceKind.List or SequenceKind.Tuple } a, SequenceValue b) when a.Kind == b.Kind:
                return Sequences(a, b, operation, rendering);
            default:
                throw Fault.Type($"'{operation}' not supported between instances of '{left.TypeName}' and '{right.TypeName}'");
        }
    }

    /// <summary>Python's <c>in</c>.</summary>
    public static bool Contains(Value container, Value item, Rendering rendering)
    {
        switch (container)
        {
            case TextValue text:
                rendering.SpendText(text.Content.Length);
                return item switch
                {
                    TextValue part => text.Content.Contains(part.Content, StringComparison.Ordinal),
                    _ => throw Fault.Type($"'in <string>' requires string as left operand, not {item.TypeName}"),
                };
            case DictValue dict:
                return dict.Contains(item, rendering);
            default:
                var elements = container.Elements ?? throw Fault.Type($"argument of type '{container.TypeName}' is not iterable");
                foreach (var element in elements)
                {
                    rendering.Spend();
                    if (element.IsEqual(item, rendering))
                    {
                        return true;
                    }
                }

                return false;
        }
    }

    // UTF-16 order differs from that of code points where surrogates meet the private use area.
    private static int CompareCodePoints(string left, string right)
    {
        var length = Math.Min(left.Length, right.Length);
        for (var at = 0; at < length; at++)
        {
            if (left[at] != right[at])
            {
                var (a, b) = (left[at], right[at]);
                return char.IsSurrogate(a) == char.IsSurrogate(b) ? a.CompareTo(b) : char.IsSurrogate(a) ? 1 : -1;
            }
        }

        return left.Length.CompareTo(right.Length);
    }

    private static int? Sequences(SequenceValue left, SequenceValue right, string operation, Rendering rendering)
    {
        for (var index = 0; index < Math.Min(left.Items.Count, right.Items.Count); index++)
        {
            if (!left.Items[index].IsEqual(right.Items[index], rendering))
            {
                return Ordered(left.Items[index], right.Items[index], operation, rendering);
            }
        }

        return left.Items.Count.CompareTo(right.Items.Count);
    }
}

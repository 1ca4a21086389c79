using AlignedProbing.ChatTemplates.Nodes;
using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Library;

/// <summary>Stable sorting by Python's order, and the keys that Jinja2's filters sort and group by.</summary>
internal static class Sorting
{
    /// <summary>Sorts; equal keys keep their order, in reverse as well.</summary>
    public static List<T> Sort<T>(IEnumerable<T> items, Func<T, Value> key, Rendering rendering, bool reverse = false)
    {
        var keyed = items.Select((item, index) => (Item: item, Key: key(item), Index: index)).ToArray();
        if (keyed.Length > 1)
        {
            // A merge sort of our own: .NET's sorts wrap what a comparison throws and may call it without end where NaN makes the order no order.
            var spare = keyed.ToArray();
            Merge(keyed, spare, 0, keyed.Length, (left, right) => (reverse
                ? Comparison.Ordered(left, right, "<", rendering) is < 0
                : Comparison.Ordered(right, left, "<", rendering) is < 0));
        }

        return [.. keyed.Select(entry => entry.Item)];
    }

    /// <summary>How an <c>attribute</c> argument reads an item: a path like <c>a.b.0</c>, a number, or nothing.</summary>
    public static Func<Value, Value> Reader(Value? attribute, Rendering rendering, Value? otherwise = null)
    {
        switch (attribute)
        {
            case null or NoneValue:
                return item => item;
            case NumberValue:
                return item => Or(Access.Element(item, attribute, rendering));
            default:
                var parts = Arguments.Required(attribute).Split('.').Select(Part).ToArray();
                return item => parts.Aggregate(item, (value, part) => Or(Access.Element(value, part, rendering)));
        }

        Value Or(Value value) => value is UndefinedValue && otherwise is not null ? otherwise : value;

        static Value Part(string part) => part.Length is > 0 and < 10 && part.All(char.IsAsciiDigit)
            ? int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)
            : part;
    }

    /// <summary>The same, texts in lower case unless case matters.</summary>
    public static Func<Value, Value> KeyReader(Value? attribute, Value? caseSensitive, Rendering rendering, Value? otherwise = null)
    {
        var read = Reader(attribute, rendering, otherwise);
        return Arguments.Flag(caseSensitive) ? read : item => Fold(read(item));
    }

    /// <summary>A text in lower case, other values as they are.</summary>
    public static Value Fold(Value value) => value is TextValue text ? text.Content.ToLowerInvariant() : value;

    private static void Merge<T>(
        (T Item, Value Key, int Index)[] items,
        (T Item, Value Key, int Index)[] spare,
        int start,
        int end,
        Func<Value, Value, bool> swaps)
    {
        if (end - start < 2)
        {
            return;
        }

        var middle = (start + end) / 2;
        Merge(items, spare, start, middle, swaps);
        Merge(items, spare, middle, end, swaps);
        Array.Copy(items, start, spare, start, end - start);
        var (left, right) = (start, middle);
        for (var at = start; at < end; at++)
        {
            var takesRight = left >= middle || (right < end && swaps(spare[left].Key, spare[right].Key));
            items[at] = takesRight ? spare[right++] : spare[left++];
        }
    }
}

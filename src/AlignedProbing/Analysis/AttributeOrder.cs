namespace AlignedProbing.Analysis;

/// <summary>
/// The order of attributes in findings: toxicity, which reports speak of first, where there is such a one; then the others by name; length, a control, last.
/// </summary>
internal static class AttributeOrder
{
    /// <summary>Sorts by attribute.</summary>
    public static IOrderedEnumerable<T> ByAttribute<T>(this IEnumerable<T> items, Func<T, string> attribute) =>
        items.OrderBy(item => Rank(attribute(item))).ThenBy(attribute, StringComparer.Ordinal);

    /// <summary>Sorts by attribute what is sorted already.</summary>
    public static IOrderedEnumerable<T> ThenByAttribute<T>(this IOrderedEnumerable<T> items, Func<T, string> attribute) =>
        items.ThenBy(item => Rank(attribute(item))).ThenBy(attribute, StringComparer.Ordinal);

    private static int Rank(string attribute) => attribute switch
    {
        "toxicity" => 0,
        "length" => 2,
        _ => 1,
    };
}

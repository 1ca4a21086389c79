namespace AlignedProbing.ChatTemplates.Values;

/// <summary>What filters like <c>map</c> and <c>select</c> give: true whatever it holds, without length or index, and empty once it was gone through.</summary>
internal sealed class GeneratorValue(IReadOnlyList<Value> items) : Value
{
    private int _next;

    public override string TypeName => "generator";

    public override IEnumerable<Value> Elements
    {
        get
        {
            while (_next < items.Count)
            {
                yield return items[_next++];
            }
        }
    }
}

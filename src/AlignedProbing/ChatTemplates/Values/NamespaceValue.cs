namespace AlignedProbing.ChatTemplates.Values;

/// <summary>What <c>namespace()</c> makes: the only thing a template can change.</summary>
internal sealed class NamespaceValue : Value
{
    private readonly Dictionary<string, Value> _attributes = new(StringComparer.Ordinal);

    public override string TypeName => "Namespace";

    /// <summary>Sets an attribute.</summary>
    public void Set(string name, Value value) => _attributes[name] = value;

    public override Value? Attribute(string name, Rendering rendering) => _attributes.GetValueOrDefault(name);

    public override Value? Element(Value key, Rendering rendering) => key is TextValue text ? _attributes.GetValueOrDefault(text.Content) : null;
}

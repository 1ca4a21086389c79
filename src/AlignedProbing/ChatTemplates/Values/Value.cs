using System.Text;

namespace AlignedProbing.ChatTemplates.Values;

/// <summary>A value of a template, behaving as the Python object Jinja2 would hold. Equality and hashing are Python's: 1, 1.0 and True are one key.</summary>
internal abstract class Value
{
    /// <summary>Python's name of the type, for messages.</summary>
    public abstract string TypeName { get; }

    /// <summary>Whether it counts as true.</summary>
    public virtual bool IsTrue => true;

    /// <summary>Appends Python's <c>repr</c>.</summary>
    public virtual void AppendRepr(StringBuilder output, Rendering rendering) => throw Fault.Unsupported($"printing a {TypeName}");

    /// <summary>Python's <c>str</c>.</summary>
    public virtual string ToText(Rendering rendering)
    {
        var output = new StringBuilder();
        AppendRepr(output, rendering);
        rendering.SpendText(output.Length);
        return output.ToString();
    }

    /// <summary>Python's <c>repr</c>.</summary>
    public string ToRepr(Rendering rendering)
    {
        var output = new StringBuilder();
        AppendRepr(output, rendering);
        rendering.SpendText(output.Length);
        return output.ToString();
    }

    /// <summary>Its elements, as a <c>for</c> goes through them; null where it has none.</summary>
    public virtual IEnumerable<Value>? Elements => null;

    /// <summary>Python's <c>len</c>; null where it has none.</summary>
    public virtual int? Length => null;

    /// <summary>An attribute or bound method, as <c>getattr</c> finds it; null where there is none.</summary>
    public virtual Value? Attribute(string name, Rendering rendering) => null;

    /// <summary>An element by key, index or slice; null where there is none.</summary>
    public virtual Value? Element(Value key, Rendering rendering) => null;

    /// <summary>Python's <c>==</c>.</summary>
    public virtual bool IsEqual(Value other, Rendering rendering) => ReferenceEquals(this, other);

    /// <summary>Goes through the elements, counting the work.</summary>
    /// <exception cref="ChatTemplateException">It has none, or too many.</exception>
    public List<Value> ToList(Rendering rendering)
    {
        var list = new List<Value>();
        foreach (var element in Elements ?? throw Fault.Type($"'{TypeName}' object is not iterable"))
        {
            list.Add(element);
            if (list.Count > rendering.Limits.ListLength)
            {
                rendering.SpendList(list.Count);
            }
        }

        rendering.SpendList(list.Count);
        return list;
    }

    /// <inheritdoc cref="BooleanValue"/>
    public static implicit operator Value(bool value) => BooleanValue.Of(value);

    /// <inheritdoc cref="IntegerValue"/>
    public static implicit operator Value(long value) => new IntegerValue(value);

    /// <inheritdoc cref="TextValue"/>
    public static implicit operator Value(string value) => new TextValue(value);
}

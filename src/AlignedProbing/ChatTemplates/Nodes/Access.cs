using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Nodes;

/// <summary><c>target.name</c>: an attribute first, then an element of that key.</summary>
internal sealed class AttributeExpression(Expression target, string name, int line) : Expression(line)
{
    /// <summary>What it is of.</summary>
    public Expression Target => target;

    /// <summary>Its name.</summary>
    public string Name => name;

    protected override Value Compute(Scope scope) => Access.Attribute(target.Evaluate(scope), name, scope.Rendering);
}

/// <summary><c>target[key]</c>: an element of that key first, then an attribute.</summary>
internal sealed class ElementExpression(Expression target, Expression key, int line) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        var value = target.Evaluate(scope);
        return Access.Element(value, key.Evaluate(scope), scope.Rendering);
    }
}

/// <summary><c>start:stop:step</c> within brackets.</summary>
internal sealed class SliceExpression(Expression? start, Expression? stop, Expression? step, int line) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        var from = Bound(start, scope);
        var to = Bound(stop, scope);
        var by = Bound(step, scope) ?? 1;
        return by == 0 ? throw Fault.Value("slice step cannot be zero") : new SliceValue(from, to, by);
    }

    private static long? Bound(Expression? expression, Scope scope) => expression?.Evaluate(scope) switch
    {
        null or NoneValue => null,
        NumberValue { AsInteger: { } whole } => whole,
        UndefinedValue undefined => throw undefined.Error,
        _ => throw Fault.Type("slice indices must be integers or None or have an __index__ method"),
    };
}

/// <summary>
/// How Jinja2 finds attributes and elements (Environment.getattr, Environment.getitem; the sandbox hides names that begin with two underscores).
/// </summary>
internal static class Access
{
    /// <summary>What <c>target.name</c> is.</summary>
    public static Value Attribute(Value target, string name, Rendering rendering)
    {
        if (target is UndefinedValue undefined)
        {
            throw undefined.Error;
        }

        if (name.StartsWith("__", StringComparison.Ordinal))
        {
            return Unsafe(target, name);
        }

        return target.Attribute(name, rendering) ?? target.Element(name, rendering) ?? Missing(target, name, rendering);
    }

    /// <summary>What the filter <c>attr</c> finds: an attribute, never an element.</summary>
    public static Value OnlyAttribute(Value target, string name, Rendering rendering) => target is UndefinedValue undefined ? throw undefined.Error
        : name.StartsWith("__", StringComparison.Ordinal) ? Unsafe(target, name)
        : target.Attribute(name, rendering) ?? Missing(target, name, rendering);

    /// <summary>What <c>target[key]</c> is.</summary>
    public static Value Element(Value target, Value key, Rendering rendering)
    {
        if (target is UndefinedValue undefined)
        {
            throw undefined.Error;
        }

        if (target.Element(key, rendering) is { } found)
        {
            return found;
        }

        if (key is SliceValue)
        {
            throw Fault.Type(target is DictValue ? "unhashable type: 'slice'" : $"'{target.TypeName}' object is not subscriptable");
        }

        if (key is TextValue { Content: var name })
        {
            return name.StartsWith("__", StringComparison.Ordinal)
                ? Unsafe(target, name)
                : target.Attribute(name, rendering) ?? Missing(target, name, rendering);
        }

        return new UndefinedValue($"{Describe(target)} has no element {key.ToRepr(rendering)}");
    }

    private static UndefinedValue Missing(Value target, string name, Rendering rendering) =>
        new($"'{Describe(target)}' has no attribute {new TextValue(name).ToRepr(rendering)}");

    private static UndefinedValue Unsafe(Value target, string name) =>
        new($"access to attribute '{name}' of '{target.TypeName}' object is unsafe.", "SecurityError");

    private static string Describe(Value target) => target switch
    {
        NoneValue => "None",
        NamespaceValue => "jinja2.utils.Namespace object",
        TextValue { IsMarkup: true } => "markupsafe.Markup object",
        _ => $"{target.TypeName} object",
    };
}

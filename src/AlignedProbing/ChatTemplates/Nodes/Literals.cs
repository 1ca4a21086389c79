using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Nodes;

/// <summary>A constant.</summary>
internal sealed class LiteralExpression(Value value, int line) : Expression(line)
{
    /// <summary>The constant.</summary>
    public Value Value => value;

    protected override Value Compute(Scope scope) => value;
}

/// <summary>A variable.</summary>
internal sealed class NameExpression(string name, int line) : Expression(line)
{
    /// <summary>Its name.</summary>
    public string Name => name;

    protected override Value Compute(Scope scope) => scope.Get(name);
}

/// <summary>A list or tuple written out.</summary>
internal sealed class SequenceExpression(SequenceKind kind, IReadOnlyList<Expression> items, int line) : Expression(line)
{
    /// <summary>List or tuple.</summary>
    public SequenceKind Kind => kind;

    /// <summary>Its elements.</summary>
    public IReadOnlyList<Expression> Items => items;

    protected override Value Compute(Scope scope) => new SequenceValue(kind, [.. items.Select(item => item.Evaluate(scope))]);
}

/// <summary>A dict written out.</summary>
internal sealed class DictExpression(IReadOnlyList<KeyValuePair<Expression, Expression>> entries, int line) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        var dict = new DictValue();
        foreach (var (key, value) in entries)
        {
            dict.Set(key.Evaluate(scope), value.Evaluate(scope), scope.Rendering);
        }

        return dict;
    }
}

using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Nodes;

/// <summary>What is assigned to: a name, an attribute of a namespace, or several names.</summary>
internal abstract class AssignmentTarget
{
    /// <summary>Assigns.</summary>
    public abstract void Assign(Value value, Scope scope);
}

/// <summary>A name.</summary>
internal sealed class NameTarget(string name) : AssignmentTarget
{
    public override void Assign(Value value, Scope scope) => scope.Set(name, value);
}

/// <summary>An attribute of a namespace.</summary>
internal sealed class NamespaceTarget(string name, string attribute) : AssignmentTarget
{
    public override void Assign(Value value, Scope scope)
    {
        var target = scope.Get(name) as NamespaceValue
            ?? throw Fault.Runtime("TemplateRuntimeError", "cannot assign attribute on non-namespace object");
        target.Set(attribute, value);
    }
}

/// <summary>Several names, separated by commas.</summary>
internal sealed class TupleTarget(IReadOnlyList<AssignmentTarget> targets) : AssignmentTarget
{
    public override void Assign(Value value, Scope scope)
    {
        if (value.Elements is null)
        {
            throw Fault.Type($"cannot unpack non-iterable {value.TypeName} object");
        }

        var items = value.ToList(scope.Rendering);
        if (items.Count != targets.Count)
        {
            throw Fault.Value(items.Count > targets.Count
                ? $"too many values to unpack (expected {targets.Count})"
                : $"not enough values to unpack (expected {targets.Count}, got {items.Count})");
        }

        for (var index = 0; index < targets.Count; index++)
        {
            targets[index].Assign(items[index], scope);
        }
    }
}

/// <summary><c>{% set target = value %}</c>.</summary>
internal sealed class SetStatement(AssignmentTarget target, Expression value, int line) : Statement(line)
{
    protected override Flow Run(Scope scope, TemplateOutput output)
    {
        target.Assign(value.Evaluate(scope), scope);
        return Flow.Next;
    }
}

/// <summary><c>{% set target %}...{% endset %}</c>, perhaps with filters.</summary>
internal sealed class SetBlockStatement(AssignmentTarget target, Expression? filter, IReadOnlyList<Statement> body, int line) : Statement(line)
{
    protected override Flow Run(Scope scope, TemplateOutput output)
    {
        var inner = scope.Inner();
        Value value = Collect(body, inner);
        if (filter is not null)
        {
            inner.Set(CollectedExpression.Variable, value);
            value = filter.Evaluate(inner);
        }

        target.Assign(value, scope);
        return Flow.Next;
    }
}

/// <summary><c>{% with a = 1 %}...{% endwith %}</c>; its values are looked up outside.</summary>
internal sealed class WithStatement(IReadOnlyList<KeyValuePair<AssignmentTarget, Expression>> assignments, IReadOnlyList<Statement> body, int line)
    : Statement(line)
{
    protected override Flow Run(Scope scope, TemplateOutput output)
    {
        var inner = scope.Inner();
        foreach (var (target, expression) in assignments)
        {
            target.Assign(expression.Evaluate(scope), inner);
        }

        return ExecuteAll(body, inner, output);
    }
}

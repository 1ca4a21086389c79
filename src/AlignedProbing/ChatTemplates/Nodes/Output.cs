namespace AlignedProbing.ChatTemplates.Nodes;

/// <summary>Text that is written as it stands.</summary>
internal sealed class DataStatement(string text, int line) : Statement(line)
{
    protected override Flow Run(Scope scope, TemplateOutput output)
    {
        output.Write(text);
        return Flow.Next;
    }
}

/// <summary><c>{{ ... }}</c>.</summary>
internal sealed class PrintStatement(Expression expression, int line) : Statement(line)
{
    protected override Flow Run(Scope scope, TemplateOutput output)
    {
        output.Write(expression.Evaluate(scope).ToText(scope.Rendering));
        return Flow.Next;
    }
}

/// <summary><c>{% filter %}</c>: what is written within goes through filters.</summary>
internal sealed class FilterStatement(Expression filter, IReadOnlyList<Statement> body, int line) : Statement(line)
{
    protected override Flow Run(Scope scope, TemplateOutput output)
    {
        var inner = scope.Inner();
        inner.Set(CollectedExpression.Variable, Collect(body, inner));
        output.Write(filter.Evaluate(inner).ToText(scope.Rendering));
        return Flow.Next;
    }
}

/// <summary><c>{% generation %}</c>, which transformers adds to mark what an assistant says: it writes its body, in a scope of its own.</summary>
internal sealed class GenerationStatement(IReadOnlyList<Statement> body, int line) : Statement(line)
{
    protected override Flow Run(Scope scope, TemplateOutput output)
    {
        ExecuteAll(body, scope.Inner(), output);
        return Flow.Next;
    }
}

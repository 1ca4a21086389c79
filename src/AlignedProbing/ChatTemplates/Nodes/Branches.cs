namespace AlignedProbing.ChatTemplates.Nodes;

/// <summary><c>{% if %}</c>; it has no scope of its own.</summary>
internal sealed class IfStatement(
    IReadOnlyList<KeyValuePair<Expression, IReadOnlyList<Statement>>> branches,
    IReadOnlyList<Statement> otherwise,
    int line) : Statement(line)
{
    protected override Flow Run(Scope scope, TemplateOutput output)
    {
        foreach (var (condition, body) in branches)
        {
            if (condition.Evaluate(scope).IsTrue)
            {
                return ExecuteAll(body, scope, output);
            }
        }

        return ExecuteAll(otherwise, scope, output);
    }
}

/// <summary><c>{% break %}</c> and <c>{% continue %}</c>.</summary>
internal sealed class JumpStatement(Flow flow, int line) : Statement(line)
{
    protected override Flow Run(Scope scope, TemplateOutput output) => flow;
}

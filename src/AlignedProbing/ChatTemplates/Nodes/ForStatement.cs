using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Nodes;

/// <summary><c>{% for %}</c>: each turn has a scope of its own, so what it sets is gone in the next.</summary>
internal sealed class ForStatement(
    AssignmentTarget target,
    Expression sequence,
    Expression? condition,
    bool recursive,
    IReadOnlyList<Statement> body,
    IReadOnlyList<Statement> otherwise,
    int line) : Statement(line)
{
    protected override Flow Run(Scope scope, TemplateOutput output)
    {
        Loop(sequence.Evaluate(scope), scope, output, depth: 0);
        return Flow.Next;
    }

    private void Loop(Value elements, Scope scope, TemplateOutput output, int depth)
    {
        var items = elements.ToList(scope.Rendering);
        if (condition is not null)
        {
            items = items.FindAll(item =>
            {
                var inner = scope.Inner();
                target.Assign(item, inner);
                return condition.Evaluate(inner).IsTrue;
            });
        }

        var loop = new LoopValue(items, depth, recursive ? Recur : null);
        for (var index = 0; index < items.Count; index++)
        {
            scope.Rendering.Spend();
            loop.Index = index;
            var turn = scope.Inner();
            turn.Set("loop", loop);
            target.Assign(items[index], turn);
            if (ExecuteAll(body, turn, output) == Flow.Break)
            {
                return;
            }
        }

        if (items.Count == 0)
        {
            ExecuteAll(otherwise, scope.Inner(), output);
        }

        string Recur(Value inner, Rendering rendering)
        {
            rendering.EnterCall();
            var collected = new TemplateOutput(rendering);
            Loop(inner, scope, collected, depth + 1);
            rendering.LeaveCall();
            return collected.ToString();
        }
    }
}

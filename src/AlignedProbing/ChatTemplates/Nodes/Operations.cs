using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Nodes;

/// <summary>An arithmetic operator between two values.</summary>
internal sealed class BinaryExpression(string operation, Expression left, Expression right, int line) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        var first = left.Evaluate(scope);
        var second = right.Evaluate(scope);
        scope.Rendering.Line = Line;
        return Arithmetic.Apply(operation, first, second, scope.Rendering);
    }
}

/// <summary>A sign.</summary>
internal sealed class SignExpression(bool negative, Expression operand, int line) : Expression(line)
{
    protected override Value Compute(Scope scope) => Arithmetic.Sign(negative, operand.Evaluate(scope));
}

/// <summary><c>not</c>.</summary>
internal sealed class NotExpression(Expression operand, int line) : Expression(line)
{
    protected override Value Compute(Scope scope) => !operand.Evaluate(scope).IsTrue;
}

/// <summary><c>and</c>, <c>or</c>: one of the operands, the second only looked at where needed.</summary>
internal sealed class LogicalExpression(bool isAnd, Expression left, Expression right, int line) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        var first = left.Evaluate(scope);
        return first.IsTrue == isAnd ? right.Evaluate(scope) : first;
    }
}

/// <summary>A chain of comparisons: <c>a &lt; b &lt; c</c> looks at b once.</summary>
internal sealed class CompareExpression(Expression first, IReadOnlyList<KeyValuePair<string, Expression>> others, int line) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        var left = first.Evaluate(scope);
        foreach (var (operation, expression) in others)
        {
            var right = expression.Evaluate(scope);
            scope.Rendering.Line = Line;
            if (!Comparison.Holds(operation, left, right, scope.Rendering))
            {
                return false;
            }

            left = right;
        }

        return true;
    }
}

/// <summary><c>~</c>: the texts of all operands.</summary>
internal sealed class ConcatExpression(IReadOnlyList<Expression> parts, int line) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        var texts = parts.Select(part => part.Evaluate(scope).ToText(scope.Rendering)).ToArray();
        scope.Rendering.SpendText(texts.Sum(text => (long)text.Length));
        return string.Concat(texts);
    }
}

/// <summary><c>then if condition else otherwise</c>.</summary>
internal sealed class ConditionalExpression(Expression condition, Expression then, Expression? otherwise, int line) : Expression(line)
{
    protected override Value Compute(Scope scope) => condition.Evaluate(scope).IsTrue
        ? then.Evaluate(scope)
        : otherwise?.Evaluate(scope) ?? new UndefinedValue("the inline if-expression evaluated to false and no else section was defined.");
}

using AlignedProbing.ChatTemplates.Library;
using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Nodes;

/// <summary>Arguments as written in a call.</summary>
/// <param name="Positional">Those without a name.</param>
/// <param name="Named">Those with one.</param>
/// <param name="Spread">What stands after *.</param>
/// <param name="SpreadNamed">What stands after **.</param>
internal sealed record ArgumentList(
    IReadOnlyList<Expression> Positional,
    IReadOnlyList<KeyValuePair<string, Expression>> Named,
    Expression? Spread,
    Expression? SpreadNamed)
{
    /// <summary>None.</summary>
    public static ArgumentList Empty { get; } = new([], [], null, null);

    /// <summary>Their values.</summary>
    public CallArguments Evaluate(Scope scope)
    {
        var positional = new List<Value>();
        foreach (var argument in Positional)
        {
            positional.Add(argument.Evaluate(scope));
        }

        var named = new List<KeyValuePair<string, Value>>();
        foreach (var (name, argument) in Named)
        {
            named.Add(new(name, argument.Evaluate(scope)));
        }

        if (Spread is not null)
        {
            positional.AddRange(Spread.Evaluate(scope).ToList(scope.Rendering));
        }

        if (SpreadNamed is not null)
        {
            var dict = SpreadNamed.Evaluate(scope) as DictValue ?? throw Fault.Type("argument after ** must be a mapping");
            foreach (var (key, value) in dict.Entries)
            {
                var name = key as TextValue ?? throw Fault.Type("keywords must be strings");
                named.Add(new(name.Content, value));
            }
        }

        return new CallArguments(positional, named);
    }
}

/// <summary>A call of a function, method or macro.</summary>
internal sealed class CallExpression(Expression target, ArgumentList arguments, int line) : Expression(line)
{
    /// <summary>What is called.</summary>
    public Expression Target => target;

    /// <summary>With what.</summary>
    public ArgumentList Arguments => arguments;

    protected override Value Compute(Scope scope)
    {
        var function = target.Evaluate(scope);
        var values = arguments.Evaluate(scope);
        scope.Rendering.Line = Line;
        return Invoke(function, values, scope.Rendering);
    }

    /// <summary>Calls a value.</summary>
    /// <exception cref="ChatTemplateException">It cannot be called.</exception>
    public static Value Invoke(Value function, CallArguments arguments, Rendering rendering) => function switch
    {
        CallableValue callable => callable.Call(arguments, rendering),
        MacroValue macro => macro.Call(arguments, rendering),
        LoopValue loop => loop.Call(arguments, rendering),
        UndefinedValue undefined => throw undefined.Error,
        _ => throw Fault.Type($"'{function.TypeName}' object is not callable"),
    };
}

/// <summary>A filter.</summary>
internal sealed class FilterExpression(Expression target, string name, Filter filter, ArgumentList arguments, int line) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        var value = target.Evaluate(scope);
        var values = arguments.Evaluate(scope);
        scope.Rendering.Line = Line;
        return filter(value, new NamedCall(name, values), scope.Rendering);
    }
}

/// <summary>A value that a filter block or set block has collected.</summary>
internal sealed class CollectedExpression(int line) : Expression(line)
{
    /// <summary>The name under which the block leaves its text in the scope; no template can spell it.</summary>
    public const string Variable = "(collected)";

    protected override Value Compute(Scope scope) => scope.Get(Variable);
}

/// <summary>A test, <c>is</c>.</summary>
internal sealed class TestExpression(Expression target, string name, Test test, ArgumentList arguments, int line) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        var value = target.Evaluate(scope);
        var values = arguments.Evaluate(scope);
        scope.Rendering.Line = Line;
        return test(value, new NamedCall(name, values), scope.Rendering);
    }
}

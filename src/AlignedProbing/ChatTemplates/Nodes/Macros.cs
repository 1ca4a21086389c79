using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Nodes;

/// <summary>A macro, or the body of a call block.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Parameters">Names of its parameters.</param>
/// <param name="Defaults">Defaults of the last parameters.</param>
/// <param name="Body">What it writes.</param>
/// <param name="Uses">Which of <c>varargs</c>, <c>kwargs</c>, <c>caller</c> the body names: only then it takes them.</param>
internal sealed record MacroDefinition(
    string Name,
    IReadOnlyList<string> Parameters,
    IReadOnlyList<Expression> Defaults,
    IReadOnlyList<Statement> Body,
    IReadOnlySet<string> Uses);

/// <summary><c>{% macro %}</c>.</summary>
internal sealed class MacroStatement(MacroDefinition definition, int line) : Statement(line)
{
    protected override Flow Run(Scope scope, TemplateOutput output)
    {
        scope.Set(definition.Name, new MacroValue(definition, scope));
        return Flow.Next;
    }
}

/// <summary><c>{% call macro() %}...{% endcall %}</c>: the macro gets the body as <c>caller</c>.</summary>
internal sealed class CallStatement(Expression target, ArgumentList arguments, MacroDefinition body, int line) : Statement(line)
{
    protected override Flow Run(Scope scope, TemplateOutput output)
    {
        var function = target.Evaluate(scope);
        var values = arguments.Evaluate(scope);
        var caller = new MacroValue(body, scope);
        var result = CallExpression.Invoke(function, new CallArguments(values.Positional, [.. values.Named, new("caller", caller)]), scope.Rendering);
        output.Write(result.ToText(scope.Rendering));
        return Flow.Next;
    }
}

/// <summary>A macro as a value: it sees the variables around its definition, not those around its call.</summary>
internal sealed class MacroValue(MacroDefinition definition, Scope scope) : Value
{
    public override string TypeName => "Macro";

    public override Value? Attribute(string name, Rendering rendering) => name switch
    {
        "name" => definition.Name,
        "arguments" => SequenceValue.Tuple([.. definition.Parameters.Select(parameter => (Value)parameter)]),
        "catch_kwargs" => definition.Uses.Contains("kwargs"),
        "catch_varargs" => definition.Uses.Contains("varargs"),
        "caller" => definition.Uses.Contains("caller"),
        _ => null,
    };

    /// <summary>What it writes.</summary>
    public Value Call(CallArguments arguments, Rendering rendering)
    {
        rendering.EnterCall();
        var inner = scope.Inner();
        Bind(arguments, inner);
        var text = Statement.Collect(definition.Body, inner);
        rendering.LeaveCall();
        return text;
    }

    private void Bind(CallArguments arguments, Scope inner)
    {
        var named = new List<KeyValuePair<string, Value>>(arguments.Named);
        var count = definition.Parameters.Count;
        for (var index = 0; index < count; index++)
        {
            inner.Set(definition.Parameters[index], index < arguments.Positional.Count
                ? arguments.Positional[index]
                : Take(named, definition.Parameters[index]) ?? Default(index, inner));
        }

        if (definition.Uses.Contains("caller") && !definition.Parameters.Contains("caller"))
        {
            inner.Set("caller", Take(named, "caller") ?? new UndefinedValue("No caller defined"));
        }

        if (definition.Uses.Contains("kwargs"))
        {
            var rest = new DictValue();
            foreach (var (name, value) in named)
            {
                rest.Set(name, value);
            }

            inner.Set("kwargs", rest);
        }
        else if (named.Count > 0)
        {
            throw Fault.Type($"macro '{definition.Name}' takes no keyword argument '{named[0].Key}'");
        }

        if (definition.Uses.Contains("varargs"))
        {
            inner.Set("varargs", SequenceValue.Tuple([.. arguments.Positional.Skip(count)]));
        }
        else if (arguments.Positional.Count > count)
        {
            throw Fault.Type($"macro '{definition.Name}' takes not more than {count} argument(s)");
        }
    }

    private Value Default(int index, Scope inner)
    {
        var at = index - (definition.Parameters.Count - definition.Defaults.Count);
        return at < 0 ? new UndefinedValue($"parameter '{definition.Parameters[index]}' was not provided") : definition.Defaults[at].Evaluate(inner);
    }

    private static Value? Take(List<KeyValuePair<string, Value>> named, string name)
    {
        var at = named.FindIndex(argument => argument.Key == name);
        if (at < 0)
        {
            return null;
        }

        var value = named[at].Value;
        named.RemoveAt(at);
        return value;
    }
}

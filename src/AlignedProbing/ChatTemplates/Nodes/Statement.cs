namespace AlignedProbing.ChatTemplates.Nodes;

/// <summary>Where to go on after a statement.</summary>
internal enum Flow
{
    /// <summary>With the next one.</summary>
    Next,

    /// <summary>After the loop.</summary>
    Break,

    /// <summary>With the loop's next turn.</summary>
    Continue,
}

/// <summary>A statement of a template, or text between statements.</summary>
internal abstract class Statement(int line)
{
    /// <summary>Carries it out.</summary>
    public Flow Execute(Scope scope, TemplateOutput output)
    {
        Rendering.CheckStack();
        scope.Rendering.Spend();
        scope.Rendering.Line = line;
        return Run(scope, output);
    }

    /// <summary>Carries it out.</summary>
    protected abstract Flow Run(Scope scope, TemplateOutput output);

    /// <summary>Carries out statements one after another.</summary>
    public static Flow ExecuteAll(IReadOnlyList<Statement> statements, Scope scope, TemplateOutput output)
    {
        foreach (var statement in statements)
        {
            var flow = statement.Execute(scope, output);
            if (flow != Flow.Next)
            {
                return flow;
            }
        }

        return Flow.Next;
    }

    /// <summary>What statements write, within a scope of their own.</summary>
    public static string Collect(IReadOnlyList<Statement> statements, Scope scope)
    {
        var output = new TemplateOutput(scope.Rendering);
        ExecuteAll(statements, scope, output);
        return output.ToString();
    }
}

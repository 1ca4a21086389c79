using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Nodes;

/// <summary>An expression of a template.</summary>
/// <param name="line">Its line.</param>
internal abstract class Expression(int line)
{
    /// <summary>Its line, from 1.</summary>
    public int Line => line;

    /// <summary>Its value.</summary>
    public Value Evaluate(Scope scope)
    {
        Rendering.CheckStack();
        scope.Rendering.Spend();
        scope.Rendering.Line = line;
        return Compute(scope);
    }

    /// <summary>Computes the value.</summary>
    protected abstract Value Compute(Scope scope);
}

using AlignedProbing.ChatTemplates.Library;
using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Nodes;

/// <summary>The variables seen at some place: those of a loop's turn, a macro's call, a block, and around them those of the template.</summary>
internal sealed class Scope(Rendering rendering, Scope? outer)
{
    private readonly Dictionary<string, Value> _variables = new(StringComparer.Ordinal);

    /// <summary>The rendering this belongs to.</summary>
    public Rendering Rendering => rendering;

    /// <summary>A scope within this one.</summary>
    public Scope Inner() => new(rendering, this);

    /// <summary>Sets a variable here.</summary>
    public void Set(string name, Value value) => _variables[name] = value;

    /// <summary>A variable, from here or further out; undefined where there is none.</summary>
    public Value Get(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
        {
            rendering.Spend();
            if (scope._variables.TryGetValue(name, out var value))
            {
                return value;
            }
        }

        return GlobalFunctions.Find(name) ?? UndefinedValue.Name(name);
    }

    private Scope? Outer => outer;
}

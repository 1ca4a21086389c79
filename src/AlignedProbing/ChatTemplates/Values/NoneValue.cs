using System.Text;

namespace AlignedProbing.ChatTemplates.Values;

/// <summary>Python's None.</summary>
internal sealed class NoneValue : Value
{
    private NoneValue()
    {
    }

    /// <summary>The only one.</summary>
    public static NoneValue Instance { get; } = new();

    public override string TypeName => "NoneType";

    public override bool IsTrue => false;

    public override void AppendRepr(StringBuilder output, Rendering rendering) => output.Append("None");
}

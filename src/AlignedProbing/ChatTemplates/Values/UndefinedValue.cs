using System.Text;

namespace AlignedProbing.ChatTemplates.Values;

/// <summary>What is not there: prints as nothing, has no elements, counts as false; anything else done with it is an error.</summary>
/// <param name="reason">What is not there, as Jinja2 words it.</param>
/// <param name="errorType">Name of the error that using it is.</param>
internal sealed class UndefinedValue(string reason, string errorType = "UndefinedError") : Value
{
    public override string TypeName => "Undefined";

    public override bool IsTrue => false;

    public override IEnumerable<Value> Elements => [];

    public override int? Length => 0;

    /// <summary>The error of using it.</summary>
    public ChatTemplateException Error => Fault.Runtime(errorType, reason);

    /// <summary>A variable that is not there.</summary>
    public static UndefinedValue Name(string name) => new($"'{name}' is undefined");

    public override string ToText(Rendering rendering) => "";

    public override void AppendRepr(StringBuilder output, Rendering rendering) => output.Append("Undefined");

    public override Value Attribute(string name, Rendering rendering) => throw Error;

    public override Value Element(Value key, Rendering rendering) => throw Error;

    public override bool IsEqual(Value other, Rendering rendering) => other is UndefinedValue;
}

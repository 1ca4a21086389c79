using System.Globalization;
using System.Text;

namespace AlignedProbing.ChatTemplates.Values;

/// <summary>A number; in Python booleans are numbers.</summary>
internal abstract class NumberValue : Value
{
    /// <summary>As a float.</summary>
    public abstract double AsDouble { get; }

    /// <summary>As an integer; null for floats.</summary>
    public abstract long? AsInteger { get; }

    public override bool IsTrue => AsDouble != 0;

    public override bool IsEqual(Value other, Rendering rendering) => other is NumberValue number
        && (AsInteger is { } left && number.AsInteger is { } right ? left == right : AsDouble == number.AsDouble);
}

/// <summary>True or False.</summary>
internal sealed class BooleanValue : NumberValue
{
    private static readonly BooleanValue True = new(true);
    private static readonly BooleanValue False = new(false);

    private BooleanValue(bool content) => Content = content;

    /// <summary>Which of the two.</summary>
    public bool Content { get; }

    public override string TypeName => "bool";

    public override double AsDouble => Content ? 1 : 0;

    public override long? AsInteger => Content ? 1 : 0;

    /// <summary>The value of a truth.</summary>
    public static BooleanValue Of(bool content) => content ? True : False;

    public override void AppendRepr(StringBuilder output, Rendering rendering) => output.Append(Content ? "True" : "False");
}

/// <summary>An int. Python's has no bound, this one has 64 bits and says so where they do not suffice.</summary>
internal sealed class IntegerValue(long content) : NumberValue
{
    /// <summary>The number.</summary>
    public long Content => content;

    public override string TypeName => "int";

    public override double AsDouble => content;

    public override long? AsInteger => content;

    public override void AppendRepr(StringBuilder output, Rendering rendering) => output.Append(content.ToString(CultureInfo.InvariantCulture));
}

/// <summary>A float.</summary>
internal sealed class FloatValue(double content) : NumberValue
{
    /// <summary>The number.</summary>
    public double Content => content;

    public override string TypeName => "float";

    public override double AsDouble => content;

    public override long? AsInteger => null;

    public override void AppendRepr(StringBuilder output, Rendering rendering) => output.Append(PythonFloat.Repr(content));
}

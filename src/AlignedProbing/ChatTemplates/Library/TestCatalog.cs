using System.Diagnostics.CodeAnalysis;
using AlignedProbing.ChatTemplates.Nodes;
using AlignedProbing.ChatTemplates.Values;

namespace AlignedProbing.ChatTemplates.Library;

/// <summary>Jinja2's tests by name (Template Designer Documentation, List of Builtin Tests).</summary>
internal static class TestCatalog
{
    private static readonly Dictionary<string, Test> Tests = Make();

    /// <summary>Finds a test.</summary>
    public static bool TryFind(string name, [NotNullWhen(true)] out Test? test) => Tests.TryGetValue(name, out test);

    /// <summary>Finds a test named while rendering, as in <c>select('defined')</c>.</summary>
    public static Test Find(string name) => TryFind(name, out var test) ? test : throw Fault.Runtime("TemplateRuntimeError", $"No test named '{name}'.");

    private static Dictionary<string, Test> Make()
    {
        var tests = new Dictionary<string, Test>(StringComparer.Ordinal)
        {
            ["boolean"] = Kind(value => value is BooleanValue),
            ["callable"] = Kind(value => value is CallableValue or MacroValue or LoopValue or UndefinedValue),
            ["defined"] = Kind(value => value is not UndefinedValue),
            ["undefined"] = Kind(value => value is UndefinedValue),
            ["escaped"] = Kind(value => value is TextValue { IsMarkup: true }),
            ["false"] = Kind(value => value is BooleanValue { Content: false }),
            ["true"] = Kind(value => value is BooleanValue { Content: true }),
            ["float"] = Kind(value => value is FloatValue),
            ["integer"] = Kind(value => value is IntegerValue),
            ["iterable"] = Kind(value => value.Elements is not null),
            ["mapping"] = Kind(value => value is DictValue),
            ["none"] = Kind(value => value is NoneValue),
            ["number"] = Kind(value => value is NumberValue),
            ["sequence"] = Kind(value =>
                value is TextValue or DictValue or UndefinedValue or GroupValue || value is SequenceValue { Kind: not SequenceKind.View }),
            ["string"] = Kind(value => value is TextValue),
            ["lower"] = Cased(char.IsLower, char.IsUpper),
            ["upper"] = Cased(char.IsUpper, char.IsLower),
            ["even"] = (value, call, rendering) => Modulo(value, 2, rendering) == 0,
            ["odd"] = (value, call, rendering) => Modulo(value, 2, rendering) == 1,
            ["divisibleby"] = (value, call, rendering) => Modulo(value, call.Bind(1, "num")[0]!, rendering) == 0,
            ["in"] = (value, call, rendering) => Comparison.Contains(call.Bind(1, "seq")[0]!, value, rendering),
            ["sameas"] = (value, call, rendering) => Same(value, call.Bind(1, "other")[0]!, rendering),
            ["filter"] = (value, call, rendering) => value is TextValue text && FilterCatalog.TryFind(text.Content, out _),
            ["test"] = (value, call, rendering) => value is TextValue text && TryFind(text.Content, out _),
        };
        Compare(tests, "==", "==", "eq", "equalto");
        Compare(tests, "!=", "!=", "ne");
        Compare(tests, ">", ">", "gt", "greaterthan");
        Compare(tests, ">=", ">=", "ge");
        Compare(tests, "<", "<", "lt", "lessthan");
        Compare(tests, "<=", "<=", "le");
        return tests;
    }

    /// <summary>What stands in for a test that is not here: an error when it is reached.</summary>
    public static Test Absent(string name) => (_, _, _) => throw Fault.Runtime("TemplateRuntimeError", $"No test named '{name}' found.");

    private static Test Kind(Func<Value, bool> holds) => (value, call, _) =>
    {
        call.Bind(0);
        return holds(value);
    };

    private static void Compare(Dictionary<string, Test> tests, string operation, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            tests.Add(name, (value, call, rendering) => Comparison.Holds(operation, value, call.Bind(1, "b")[0]!, rendering));
        }
    }

    private static Test Cased(Func<char, bool> wanted, Func<char, bool> unwanted) => (value, call, rendering) =>
    {
        call.Bind(0);
        var text = value.ToText(rendering);
        rendering.SpendText(text.Length);
        return text.Any(wanted) && !text.Any(unwanted);
    };

    private static double? Modulo(Value value, Value by, Rendering rendering) => (Arithmetic.Apply("%", value, by, rendering) as NumberValue)?.AsDouble;

    // Python's `is` of texts and numbers depends on what its compiler shares; equal ones of one type count as the same here.
    private static bool Same(Value value, Value other, Rendering rendering) => ReferenceEquals(value, other)
        || (value is TextValue or NumberValue && value.GetType() == other.GetType() && value.IsEqual(other, rendering));
}

namespace AlignedProbing.Torch.Weights;

/// <summary>The names of precisions, as they stand on the command line, in manifests, in scorer files and in the options of stages.</summary>
public static class PrecisionNames
{
    private static readonly (string Name, WeightPrecision Precision)[] Table =
    [
        ("full", WeightPrecision.Full),
        ("bf16", WeightPrecision.BFloat16),
        ("half", WeightPrecision.Half),
        ("eight_bit", WeightPrecision.EightBit),
        ("four_bit", WeightPrecision.FourBit),
    ];

    /// <summary>All names, the most exact first.</summary>
    public static IReadOnlyList<string> All { get; } = Array.ConvertAll(Table, row => row.Name);

    /// <summary>The precision of a name.</summary>
    /// <exception cref="InputException"><c>wrong-usage</c>: there is none of that name.</exception>
    public static WeightPrecision Parse(string name) =>
        TryParse(name) ?? throw new InputException("wrong-usage", $"precision '{name}'", "there is none of that name", $"Give {string.Join(", ", All)}");

    /// <summary>The precision of a name; null where there is none.</summary>
    public static WeightPrecision? TryParse(string name) =>
        Array.FindIndex(Table, row => row.Name == name) is var index and >= 0 ? Table[index].Precision : null;

    /// <summary>The name of a precision.</summary>
    public static string Of(WeightPrecision precision) => Array.Find(Table, row => row.Precision == precision).Name;
}

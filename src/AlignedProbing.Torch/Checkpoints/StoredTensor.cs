using static TorchSharp.torch;

namespace AlignedProbing.Torch.Checkpoints;

/// <summary>One tensor of a checkpoint, as its file describes it.</summary>
/// <param name="Name">Its key.</param>
/// <param name="TypeName">The file's name of the element type, for example <c>BF16</c>.</param>
/// <param name="Shape">Sizes, slowest first; empty for a single number.</param>
/// <param name="Offset">First byte, counted from the file's begin.</param>
/// <param name="Bytes">Number of bytes: elements times element size.</param>
public sealed record StoredTensor(string Name, string TypeName, IReadOnlyList<long> Shape, long Offset, long Bytes)
{
    private static readonly Dictionary<string, (int Bits, ScalarType? Type)> Types = new(StringComparer.Ordinal)
    {
        ["F64"] = (64, ScalarType.Float64),
        ["F32"] = (32, ScalarType.Float32),
        ["F16"] = (16, ScalarType.Float16),
        ["BF16"] = (16, ScalarType.BFloat16),
        ["I64"] = (64, ScalarType.Int64),
        ["I32"] = (32, ScalarType.Int32),
        ["I16"] = (16, ScalarType.Int16),
        ["I8"] = (8, ScalarType.Int8),
        ["U8"] = (8, ScalarType.Byte),
        ["BOOL"] = (8, ScalarType.Bool),

        // Known to the format and not to us: their sizes are checked, taking one is an error.
        ["U64"] = (64, null),
        ["U32"] = (32, null),
        ["U16"] = (16, null),
        ["C64"] = (64, null),
        ["F8_E4M3"] = (8, null),
        ["F8_E5M2"] = (8, null),
        ["F8_E8M0"] = (8, null),
        ["F6_E2M3"] = (6, null),
        ["F6_E3M2"] = (6, null),
        ["F4"] = (4, null),
    };

    /// <summary>The element type as a tensor has it; null where the type is not read here.</summary>
    public ScalarType? Type => Types.TryGetValue(TypeName, out var known) ? known.Type : null;

    /// <summary>The element types that are read.</summary>
    internal static string ReadableTypes => string.Join(", ", Types.Where(type => type.Value.Type is not null).Select(type => type.Key));

    /// <summary>Bits an element of a type has; null where the format has no such type.</summary>
    internal static int? BitsOf(string typeName) => Types.TryGetValue(typeName, out var known) ? known.Bits : null;

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {TypeName} [{string.Join(", ", Shape)}]";
}

using System.Globalization;
using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights.Grouped;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights.CompressedTensors;

/// <summary>
/// compressed-tensors, as llm-compressor saves models: float8 or int8 <c>weight</c> with <c>weight_scale</c>, or <c>weight_packed</c> int32
/// [out, in * bits / 32] with <c>weight_scale</c> [out, groups], <c>weight_shape</c> and where not symmetric <c>weight_zero_point</c>. Inputs of layers are
/// not quantised, whatever the file says of them.
/// </summary>
internal sealed class CompressedTensorsFormat : IWeightFormat
{
    private const string Packed = "weight_packed";

    /// <summary>How the codes are stored.</summary>
    public required CompressedCodes Codes { get; init; }

    /// <summary>Bits of a packed code: 4 or 8.</summary>
    public int Bits { get; init; } = 8;

    /// <summary>Inputs of a group; null: a scale a row, or one for all.</summary>
    public int? GroupSize { get; init; }

    /// <summary>Rows and columns of a block that has one scale; null: no blocks.</summary>
    public (int Rows, int Columns)? Block { get; init; }

    /// <summary>Whether each group has a zero.</summary>
    public bool HasZeros { get; init; }

    /// <inheritdoc/>
    public string Name => $"compressed-tensors {Kind}{Groups}";

    private string Groups =>
        GroupSize is { } size ? string.Create(CultureInfo.InvariantCulture, $", groups of {size}")
        : Block is { } block ? string.Create(CultureInfo.InvariantCulture, $", blocks of {block.Rows} x {block.Columns}")
        : "";

    private string Kind => Codes switch
    {
        CompressedCodes.Float8 => "fp8 e4m3",
        CompressedCodes.Int8 => "int8",
        _ => string.Create(CultureInfo.InvariantCulture, $"int{Bits}, packed"),
    };

    /// <inheritdoc/>
    public long Parameters(Checkpoint checkpoint, StoredTensor tensor)
    {
        if (tensor.Name.EndsWith($".{Packed}", StringComparison.Ordinal))
        {
            return StoredParts.Elements(tensor) * (32 / Bits);
        }

        string[] beside = [".weight_scale", ".weight_zero_point", ".weight_shape", ".weight_g_idx", ".input_scale", ".input_zero_point"];
        return beside.Any(end => tensor.Name.EndsWith(end, StringComparison.Ordinal)) ? 0 : StoredParts.Elements(tensor);
    }

    /// <inheritdoc/>
    public QuantisedWeight? Find(Checkpoint checkpoint, string name, int rows, int columns)
    {
        if (!checkpoint.Contains($"{name}.{Packed}") && !checkpoint.Contains($"{name}.weight_scale"))
        {
            return null;
        }

        using var scope = NewDisposeScope();
        if (checkpoint.Find($"{name}.input_scale") is { } unused)
        {
            checkpoint.Take(unused.Name, [.. unused.Shape]).Dispose();
        }

        var (scales, groups) = Scales(checkpoint, name, rows, columns);
        return Codes switch
        {
            CompressedCodes.Float8 => new GroupedWeight("fp8 e4m3", CodeKind.Float8, StoredParts.Float8(checkpoint, name, rows, columns), scales, groups),
            CompressedCodes.Int8 => Int8(checkpoint, name, rows, columns, scales, groups),
            _ => FromPacked(checkpoint, name, rows, columns, scales, groups),
        };
    }

    private static GroupedWeight Int8(Checkpoint checkpoint, string name, int rows, int columns, Tensor scales, int[] groups)
    {
        var stored = StoredParts.Take(checkpoint, name, "weight", [ScalarType.Int8], rows, columns);

        // -128 to 127 as 0 to 255.
        var codes = empty([rows, columns], ScalarType.Byte);
        var from = TensorMemory.Span<sbyte>(stored);
        var to = TensorMemory.Span<byte>(codes);
        for (var i = 0; i < from.Length; i++)
        {
            to[i] = (byte)(from[i] + 128);
        }

        return new GroupedWeight("int8", CodeKind.EightBits, codes, scales, groups) { Offset = 128 };
    }

    private GroupedWeight FromPacked(Checkpoint checkpoint, string name, int rows, int columns, Tensor scales, int[] groups)
    {
        var each = 32 / Bits;
        using (var shape = StoredParts.Take(checkpoint, name, "weight_shape", [ScalarType.Int64, ScalarType.Int32], 2).to(ScalarType.Int64))
        {
            var stated = TensorMemory.Span<long>(shape);
            if (stated[0] != rows || stated[1] != columns)
            {
                throw StoredParts.Broken(name, $"its weight_shape says [{stated[0]}, {stated[1]}], and config.json makes it [{rows}, {columns}]");
            }
        }

        var packed = StoredParts.Take(checkpoint, name, Packed, [ScalarType.Int32], rows, (columns + each - 1) / each);
        var codes = StoredParts.UnpackColumns(packed, Bits).narrow(1, 0, columns).contiguous();
        var kind = Bits == 4 ? CodeKind.FourBits : CodeKind.EightBits;
        if (!HasZeros)
        {
            return new GroupedWeight($"int{Bits}", kind, codes, scales, groups) { Offset = 1 << (Bits - 1) };
        }

        var zeros = StoredParts.Take(checkpoint, name, "weight_zero_point", [ScalarType.Int32], (rows + each - 1) / each, scales.size(1));
        return GroupedWeights.Create($"int{Bits}", kind, codes, scales, StoredParts.UnpackRows(zeros, Bits).narrow(0, 0, rows).contiguous(), groups);
    }

    /// <summary>Scales as [rows, groups], and the group of each column.</summary>
    private (Tensor Scales, int[] Groups) Scales(Checkpoint checkpoint, string name, int rows, int columns)
    {
        if (Block is { } block)
        {
            var inBlocks = StoredParts.Scales(
                checkpoint,
                name,
                "weight_scale",
                (rows + block.Rows - 1) / block.Rows,
                (columns + block.Columns - 1) / block.Columns);
            using var rowBlocks = tensor([.. Enumerable.Range(0, rows).Select(row => (long)(row / block.Rows))]);
            return (inBlocks.index_select(0, rowBlocks), GroupedWeights.InOrder(columns, block.Columns));
        }

        var size = GroupSize ?? columns;
        var groups = (columns + size - 1) / size;

        // One scale for all is [1], or a number without a shape.
        var stored = checkpoint.Find($"{name}.weight_scale");
        var scales = GroupSize is null && stored is not null && StoredParts.Elements(stored) == 1 && rows > 1
            ? StoredParts.Scales(checkpoint, name, "weight_scale", [.. stored.Shape]).reshape(1, 1).expand(rows, 1)
            : StoredParts.Scales(checkpoint, name, "weight_scale", rows, groups);
        return (scales, GroupedWeights.Groups(checkpoint, name, "weight_g_idx", columns, size, groups));
    }
}

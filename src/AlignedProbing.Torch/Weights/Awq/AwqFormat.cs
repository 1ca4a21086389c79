using System.Globalization;
using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Weights.Grouped;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights.Awq;

/// <summary>
/// AWQ (Lin et al. 2023) as AutoAWQ's version <c>gemm</c> saves it: <c>qweight</c> int32 [in, out / 8], <c>qzeros</c> int32 [groups, out / 8], both packed
/// along the outputs in an order of their own; <c>scales</c> [groups, out]; four bits.
/// </summary>
/// <param name="groupSize">Inputs of a group; -1: all of them.</param>
internal sealed class AwqFormat(int groupSize) : IWeightFormat
{
    private const int Each = 8;

    // Where the number of each of eight neighbouring outputs lies: nibble j holds output 0, 2, 4, 6, 1, 3, 5, 7.
    private static readonly int[] Places = [0, 4, 1, 5, 2, 6, 3, 7];

    /// <inheritdoc/>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"awq int4, groups of {(groupSize < 0 ? "all" : groupSize)}");

    /// <inheritdoc/>
    public long Parameters(Checkpoint checkpoint, StoredTensor tensor) =>
        tensor.Name.EndsWith(".qweight", StringComparison.Ordinal) ? StoredParts.Elements(tensor) * Each
        : tensor.Name.EndsWith(".qzeros", StringComparison.Ordinal) || tensor.Name.EndsWith(".scales", StringComparison.Ordinal) ? 0
        : StoredParts.Elements(tensor);

    /// <inheritdoc/>
    public QuantisedWeight? Find(Checkpoint checkpoint, string name, int rows, int columns)
    {
        if (!checkpoint.Contains($"{name}.qweight"))
        {
            return null;
        }

        if (rows % Each != 0)
        {
            throw StoredParts.Broken(name, $"it has {rows} outputs, no multiple of {Each}");
        }

        using var scope = NewDisposeScope();
        var size = groupSize < 0 ? columns : groupSize;
        long groups = (columns + size - 1) / size;
        var packed = StoredParts.Take(checkpoint, name, "qweight", [ScalarType.Int32], columns, rows / Each);
        var packedZeros = StoredParts.Take(checkpoint, name, "qzeros", [ScalarType.Int32], groups, rows / Each);
        var scales = StoredParts.Scales(checkpoint, name, "scales", groups, rows);
        return GroupedWeights.Create(
            "awq int4",
            CodeKind.FourBits,
            StoredParts.UnpackColumns(packed, 4, Places).t().contiguous(),
            scales.t().contiguous(),
            StoredParts.UnpackColumns(packedZeros, 4, Places).t().contiguous(),
            GroupedWeights.InOrder(columns, size));
    }
}

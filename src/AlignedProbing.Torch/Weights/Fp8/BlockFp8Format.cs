using System.Globalization;
using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Weights.Grouped;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights.Fp8;

/// <summary>
/// float8 in blocks, as DeepSeek V3 and Qwen 3 are published: <c>weight</c> float8_e4m3fn [out, in] and <c>weight_scale_inv</c> [out / block, in / block],
/// rounded up, by which it is multiplied in spite of its name. Inputs of layers are not rounded to float8.
/// </summary>
/// <param name="blockRows">Rows of a block.</param>
/// <param name="blockColumns">Columns of a block.</param>
internal sealed class BlockFp8Format(int blockRows, int blockColumns) : IWeightFormat
{
    /// <inheritdoc/>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"fp8 e4m3, blocks of {blockRows} x {blockColumns}");

    /// <inheritdoc/>
    public long Parameters(Checkpoint checkpoint, StoredTensor tensor) =>
        tensor.Name.EndsWith("_scale_inv", StringComparison.Ordinal) ? 0 : StoredParts.Elements(tensor);

    /// <inheritdoc/>
    public QuantisedWeight? Find(Checkpoint checkpoint, string name, int rows, int columns)
    {
        if (checkpoint.Find($"{name}.weight") is not { TypeName: "F8_E4M3" })
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var codes = StoredParts.Float8(checkpoint, name, rows, columns);
        var scales = StoredParts.Scales(
            checkpoint,
            name,
            "weight_scale_inv",
            (rows + blockRows - 1) / blockRows,
            (columns + blockColumns - 1) / blockColumns);
        using var rowBlocks = tensor([.. Enumerable.Range(0, rows).Select(row => (long)(row / blockRows))]);
        return new GroupedWeight("fp8 e4m3", CodeKind.Float8, codes, scales.index_select(0, rowBlocks), GroupedWeights.InOrder(columns, blockColumns));
    }
}

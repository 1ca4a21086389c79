using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights.Grouped;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights.Mxfp4;

/// <summary>
/// MXFP4, as gpt-oss is published: the experts' matrices as <c>name_blocks</c> uint8 [experts, out, in / 32, 16], two float4_e2m1 a byte, the first in the low
/// half, and <c>name_scales</c> uint8 [experts, out, in / 32], exponents of 2 that count from 127. Sources: the OCP Microscaling Formats specification 1.0,
/// transformers' integrations/mxfp4.py.
/// </summary>
internal sealed class Mxfp4Format : IWeightFormat
{
    /// <summary>Numbers that share a scale.</summary>
    public const int Block = 32;

    private const int Bytes = Block / 2;

    /// <inheritdoc/>
    public string Name => "mxfp4, blocks of 32";

    /// <inheritdoc/>
    public long Parameters(Checkpoint checkpoint, StoredTensor tensor) =>
        tensor.Name.EndsWith("_blocks", StringComparison.Ordinal) ? StoredParts.Elements(tensor) * 2
        : tensor.Name.EndsWith("_scales", StringComparison.Ordinal) ? 0
        : StoredParts.Elements(tensor);

    /// <inheritdoc/>
    public QuantisedWeight? Find(Checkpoint checkpoint, string name, int rows, int columns) => null;

    /// <inheritdoc/>
    public QuantisedWeight? FindExpert(Checkpoint checkpoint, string name, int expert, int experts, int rows, int columns)
    {
        if (!checkpoint.Contains($"{name}_blocks"))
        {
            return null;
        }

        if (columns % Block != 0)
        {
            throw StoredParts.Broken(name, $"it has {columns} inputs, no multiple of {Block}");
        }

        using var scope = NewDisposeScope();
        var groups = columns / Block;
        var blocks = checkpoint.Take($"{name}_blocks", experts, rows, groups, Bytes);
        var scales = checkpoint.Take($"{name}_scales", experts, rows, groups);
        if (blocks.dtype != ScalarType.Byte || scales.dtype != ScalarType.Byte)
        {
            throw StoredParts.Broken(name, $"its blocks are {blocks.dtype} and its scales {scales.dtype}, and bytes are expected");
        }

        return new GroupedWeight(
            "mxfp4",
            CodeKind.Float4,
            Codes(blocks.select(0, expert), rows, columns),
            Powers(name, scales.select(0, expert)),
            GroupedWeights.InOrder(columns, Block));
    }

    private static Tensor Codes(Tensor blocks, int rows, int columns)
    {
        var codes = empty([rows, columns], ScalarType.Byte);
        var from = TensorMemory.Span<byte>(blocks);
        var to = TensorMemory.Span<byte>(codes);
        for (var i = 0; i < from.Length; i++)
        {
            (to[2 * i], to[(2 * i) + 1]) = ((byte)(from[i] & 15), (byte)(from[i] >> 4));
        }

        return codes;
    }

    // A power of two from 2^-127 to 2^127 is a bfloat16: its exponent, or for the least one the highest bit of its fraction.
    private static Tensor Powers(string name, Tensor scales)
    {
        var stored = TensorMemory.Span<byte>(scales);
        var bits = empty(scales.shape, ScalarType.BFloat16);
        var to = TensorMemory.Span<ushort>(bits);
        for (var i = 0; i < stored.Length; i++)
        {
            to[i] = stored[i] == 255 ? throw StoredParts.Broken(name, "a scale is NaN") : stored[i] == 0 ? (ushort)0x40 : (ushort)(stored[i] << 7);
        }

        return bits;
    }
}

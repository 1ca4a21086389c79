using System.Globalization;
using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights.Grouped;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights.Gptq;

/// <summary>
/// GPTQ (Frantar et al. 2022) as AutoGPTQ and GPTQModel save it: <c>qweight</c> int32 [in * bits / 32, out], packed along the inputs; <c>qzeros</c> int32
/// [groups, out * bits / 32]; <c>scales</c> [groups, out]; <c>g_idx</c> int32 [in], the group of each input, in any order where <c>desc_act</c> was on.
/// </summary>
/// <param name="bits">4 or 8.</param>
/// <param name="groupSize">Inputs of a group; -1: all of them.</param>
/// <param name="zerosLessOne">Whether zeros are stored less 1, as all files but those of the format gptq_v2 have them.</param>
internal sealed class GptqFormat(int bits, int groupSize, bool zerosLessOne) : IWeightFormat
{
    /// <inheritdoc/>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"gptq int{bits}, groups of {(groupSize < 0 ? "all" : groupSize)}");

    /// <inheritdoc/>
    public long Parameters(Checkpoint checkpoint, StoredTensor tensor) =>
        tensor.Name.EndsWith(".qweight", StringComparison.Ordinal) ? StoredParts.Elements(tensor) * (32 / bits)
        : tensor.Name.EndsWith(".qzeros", StringComparison.Ordinal)
            || tensor.Name.EndsWith(".g_idx", StringComparison.Ordinal)
            || tensor.Name.EndsWith(".scales", StringComparison.Ordinal)
            ? 0
        : StoredParts.Elements(tensor);

    /// <inheritdoc/>
    public QuantisedWeight? Find(Checkpoint checkpoint, string name, int rows, int columns)
    {
        if (!checkpoint.Contains($"{name}.qweight"))
        {
            return null;
        }

        var (each, size) = (32 / bits, groupSize < 0 ? columns : groupSize);
        if (rows % each != 0 || columns % each != 0)
        {
            throw StoredParts.Broken(name, $"its sizes [{rows}, {columns}] are no multiples of {each}");
        }

        using var scope = NewDisposeScope();
        long groups = (columns + size - 1) / size;
        var packed = StoredParts.Take(checkpoint, name, "qweight", [ScalarType.Int32], columns / each, rows);
        var packedZeros = StoredParts.Take(checkpoint, name, "qzeros", [ScalarType.Int32], groups, rows / each);
        var scales = StoredParts.Scales(checkpoint, name, "scales", groups, rows);
        var zeros = StoredParts.UnpackColumns(packedZeros, bits);
        if (zerosLessOne)
        {
            AddOne(name, TensorMemory.Span<byte>(zeros));
        }

        return GroupedWeights.Create(
            $"gptq int{bits}",
            bits == 4 ? CodeKind.FourBits : CodeKind.EightBits,
            StoredParts.UnpackRows(packed, bits).t().contiguous(),
            scales.t().contiguous(),
            zeros.t().contiguous(),
            GroupedWeights.Groups(checkpoint, name, "g_idx", columns, size, (int)groups));
    }

    // The largest number that was stored may mean that the zero is one more, or 0: programs differ.
    private void AddOne(string name, Span<byte> zeros)
    {
        var most = (1 << bits) - 1;
        foreach (ref var zero in zeros)
        {
            zero = zero < most ? (byte)(zero + 1) : throw StoredParts.Broken(name, $"a zero is stored as {most}, of which programs make {most + 1} or 0");
        }
    }
}

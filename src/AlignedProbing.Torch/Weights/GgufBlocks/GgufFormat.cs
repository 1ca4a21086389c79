using AlignedProbing.Torch.Checkpoints;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights.GgufBlocks;

/// <summary>The weights of a GGUF file: in blocks of several kinds, or as float32, float16 and bfloat16 numbers.</summary>
/// <param name="types">The kinds of its matrices, the most bytes first: <c>Q4_K, Q6_K</c>.</param>
internal sealed class GgufFormat(string types) : IWeightFormat
{
    /// <inheritdoc/>
    public string Name => $"gguf {types}";

    /// <inheritdoc/>
    public long Parameters(Checkpoint checkpoint, StoredTensor tensor) => StoredParts.Elements(tensor);

    /// <inheritdoc/>
    public QuantisedWeight? Find(Checkpoint checkpoint, string name, int rows, int columns)
    {
        if (checkpoint.Find($"{name}.weight") is not { } stored)
        {
            return null;
        }

        if (!stored.Shape.SequenceEqual([rows, columns]))
        {
            throw StoredParts.Broken(name, $"its weight is [{string.Join(", ", stored.Shape)}], and the file's metadata make it [{rows}, {columns}]");
        }

        using var scope = NewDisposeScope();
        return BlockType.Of(stored.TypeName) is { } type
            ? new BlockWeight(type, columns, checkpoint.TakeBytes(stored.Name, rows, columns / type.Elements * type.Bytes))
            : new DenseWeight(checkpoint.Take(stored.Name, rows, columns));
    }
}

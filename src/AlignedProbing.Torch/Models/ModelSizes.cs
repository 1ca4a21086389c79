using AlignedProbing.Torch.Kernels;

namespace AlignedProbing.Torch.Models;

/// <summary>Sizes of a causal language model.</summary>
public sealed record ModelSizes
{
    /// <summary>Number of blocks.</summary>
    public required int Blocks { get; init; }

    /// <summary>Number of hidden states: the embedding output and one a block.</summary>
    public int HiddenStates => Blocks + 1;

    /// <summary>Width of a hidden state.</summary>
    public required int Width { get; init; }

    /// <summary>Tokens in the vocabulary: the length of a row of logits.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Query heads of a block.</summary>
    public required int QueryHeads { get; init; }

    /// <summary>Key and value heads of a block; <see cref="QueryHeads"/> is a multiple of it.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Elements of a head.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Tokens of the longest sequence the model can read.</summary>
    public required int Context { get; init; }

    /// <summary>
    /// Tokens above which rotary frequencies depend on a sequence's length (<see cref="RotaryEmbedding"/>), so that cached keys are not those of a pass without
    /// cache; null: they do not.
    /// </summary>
    public int? RotaryByLengthAbove { get; init; }

    /// <summary>What each block mixes and keeps [blocks]; null: all the same, by the heads above.</summary>
    internal IReadOnlyList<BlockShape>? Shapes { get; init; }

    /// <summary>What each block mixes and keeps [blocks].</summary>
    internal IReadOnlyList<BlockShape> AttentionShapes => Shapes ?? BlockShape.Uniform(Blocks, QueryHeads, KeyValueHeads, HeadSize);

    /// <summary>Bytes of the states that all blocks keep of each sequence; 0: they keep keys and values alone.</summary>
    internal long StateBytes => AttentionShapes.Sum(shape => shape.StateSize) * sizeof(float);

    /// <summary>Bytes of the keys and values that all blocks keep of each token.</summary>
    internal long TokenBytes => AttentionShapes.Sum(shape => shape.PerToken) * sizeof(float);

    /// <summary>The sizes of a model whose blocks keep states and no keys, so that nothing bounds its context.</summary>
    /// <param name="blocks">Number of blocks.</param>
    /// <param name="width">Width of a hidden state.</param>
    /// <param name="vocabulary">Tokens in the vocabulary.</param>
    /// <param name="state">Numbers of a block's state.</param>
    /// <param name="parameters">Number of parameters.</param>
    internal static ModelSizes OfStates(int blocks, int width, int vocabulary, long state, long parameters) => new()
    {
        Blocks = blocks,
        Width = width,
        Vocabulary = vocabulary,
        QueryHeads = 1,
        KeyValueHeads = 1,
        HeadSize = 1,
        Context = 1 << 20,
        Parameters = parameters,
        Shapes = [.. Enumerable.Repeat(BlockShape.OfState(state), blocks)],
    };

    /// <summary>Number of parameters, tied ones counted once.</summary>
    public required long Parameters { get; init; }
}

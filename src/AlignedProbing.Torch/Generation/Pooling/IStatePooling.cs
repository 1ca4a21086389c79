using TorchSharp;

namespace AlignedProbing.Torch.Generation.Pooling;

/// <summary>Some rows of a batch that are pooled into one vector.</summary>
/// <param name="Vectors">Where the vector is kept.</param>
/// <param name="Target">Which one of them.</param>
/// <param name="First">First row.</param>
/// <param name="Count">Number of rows.</param>
/// <param name="Position">Position of the first row in its sequence.</param>
internal readonly record struct PooledRows(PooledVectors Vectors, int Target, int First, int Count, int Position);

/// <summary>Pools the hidden states of the passes of one batch of prompts. No state outlives the call.</summary>
internal interface IStatePooling : IDisposable
{
    /// <summary>A pass begins.</summary>
    /// <param name="rows">What is pooled of it. Parts of one target follow one another, in the order of their tokens.</param>
    void Begin(IReadOnlyList<PooledRows> rows);

    /// <summary>Adds the states of a layer.</summary>
    /// <param name="layer">The layer; each once a pass.</param>
    /// <param name="states">float32 [tokens, width].</param>
    void Add(int layer, torch.Tensor states);

    /// <summary>The last pass has ended: afterwards the vectors can be read.</summary>
    void Complete();
}

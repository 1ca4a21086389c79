using AlignedProbing.Runs;

namespace AlignedProbing.Torch.Encoding;

/// <summary>What a chunk of prompts gave, in the order of the prompts.</summary>
/// <param name="Rows">One a prompt.</param>
/// <param name="Continuations">All continuations, prompt by prompt.</param>
/// <param name="Vectors">The vectors by side (input, instruction, output) and pooling.</param>
/// <param name="GeneratedTokens">Number of tokens sampled.</param>
internal sealed record EncodedChunk(IReadOnlyList<EncodedPrompt> Rows, IReadOnlyList<Continuation> Continuations, IReadOnlyList<VectorFile> Vectors, long GeneratedTokens);

/// <summary>Vectors of one side and pooling.</summary>
internal sealed class VectorFile(string side, string pooling, int layers, int rows, int width)
{
    /// <summary>input, instruction or output.</summary>
    public string Side { get; } = side;

    /// <summary>The kind of pooling.</summary>
    public string Pooling { get; } = pooling;

    /// <summary>Layers, rows and width.</summary>
    public (int Layers, int Rows, int Width) Shape { get; } = (layers, rows, width);

    /// <summary>[layers, rows, width]; NaN where a vector is missing.</summary>
    public float[] Values { get; } = Missing(layers, rows, width);

    /// <summary>The vector of one layer and row.</summary>
    public Span<float> At(int layer, int row) => Values.AsSpan(((layer * Shape.Rows) + row) * Shape.Width, Shape.Width);

    private static float[] Missing(int layers, int rows, int width)
    {
        var values = GC.AllocateUninitializedArray<float>(checked(layers * rows * width));
        Array.Fill(values, float.NaN);
        return values;
    }
}

using AlignedProbing.Torch.Generation.Pooling;
using System.Numerics.Tensors;
using AlignedProbing.Files;

namespace AlignedProbing.Torch.Encoding;

/// <summary>A file of vectors [layers, prompts x rows, width] of which one prompt's are in memory: filled, then written to their place.</summary>
/// <param name="side">input, instruction or output.</param>
/// <param name="pooling">Which of the kinds of pooling, by its place in the manifest's list.</param>
/// <param name="kind">That kind.</param>
/// <param name="shape">Layers, vectors of a prompt in each, and their width.</param>
/// <param name="prompts">Prompts in the file.</param>
/// <param name="writer">The file; disposed of with this.</param>
/// <param name="chunk">Number of the chunk, for errors.</param>
internal sealed class VectorFile(string side, int pooling, PoolingKind kind, (int Layers, int Rows, int Width) shape, int prompts, NpyWriter writer, int chunk)
    : IDisposable
{
    private readonly float[] _values = new float[checked(shape.Layers * shape.Rows * shape.Width)];

    /// <summary>input, instruction or output.</summary>
    public string Side => side;

    /// <summary>Which of the kinds of pooling, by its place in the manifest's list.</summary>
    public int Pooling => pooling;

    /// <summary>The kind of pooling.</summary>
    public PoolingKind Kind => kind;

    /// <summary>Layers, vectors of a prompt in each, and their width.</summary>
    public (int Layers, int Rows, int Width) Shape => shape;

    /// <summary>The vector of one layer and one of the prompt's rows.</summary>
    public Span<float> At(int layer, int row) => _values.AsSpan(((layer * shape.Rows) + row) * shape.Width, shape.Width);

    /// <summary>Whether a row's numbers are numbers in all layers.</summary>
    public bool IsFinite(int row)
    {
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            if (!TensorPrimitives.IsFiniteAll<float>(At(layer, row)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Makes a row missing: NaN in all layers.</summary>
    public void Clear(int row)
    {
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            At(layer, row).Fill(float.NaN);
        }
    }

    /// <summary>Writes what is in memory as the vectors of a prompt.</summary>
    /// <exception cref="InputException"><c>float16-overflow</c>.</exception>
    public void Write(int prompt)
    {
        var length = shape.Rows * shape.Width;
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            try
            {
                writer.Write((((long)layer * prompts) + prompt) * length, _values.AsSpan(layer * length, length));
            }
            catch (OverflowException error)
            {
                throw new InputException(
                    "float16-overflow",
                    $"storing the {side} vectors of chunk {chunk} as float16",
                    $"layer {layer} holds a number that is too large: {error.Message}",
                    "Store float32, the default",
                    error);
            }
        }
    }

    /// <summary>Writes a prompt that has no vectors.</summary>
    public void WriteMissing(int prompt)
    {
        Array.Fill(_values, float.NaN);
        Write(prompt);
    }

    /// <inheritdoc/>
    public void Dispose() => writer.Dispose();
}

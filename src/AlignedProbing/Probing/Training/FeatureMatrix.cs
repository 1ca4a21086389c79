using AlignedProbing.Numerics;

namespace AlignedProbing.Probing.Training;

/// <summary>
/// The vectors of one layer: float32 <c>[rows, width]</c>, read once and shared by all probes of the layer. The caller may write rows until probes use it.
/// </summary>
public sealed class FeatureMatrix
{
    private readonly AlignedMemory<float> _values;

    /// <summary>A matrix of zeros.</summary>
    /// <param name="rows">Number of rows, at least 0.</param>
    /// <param name="width">Numbers in a row, at least 1.</param>
    public FeatureMatrix(int rows, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        (Rows, Width, Stride) = (rows, width, AlignedMemory<float>.Padded(width));
        _values = new AlignedMemory<float>((long)rows * Stride);
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Numbers in a row.</summary>
    public int Width { get; }

    /// <summary>Floats from one row to the next; those after the width are zero.</summary>
    internal int Stride { get; }

    internal unsafe float* Pointer => _values.Pointer;

    /// <summary>A row, to read or to write.</summary>
    public Span<float> Row(int row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        return _values.Span.Slice(row * Stride, Width);
    }

    /// <summary>Whether every number of a row is finite.</summary>
    public bool IsFinite(int row)
    {
        foreach (var value in Row(row))
        {
            if (!float.IsFinite(value))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// A copy standardised by some of its rows: each column less their mean, divided by their standard deviation (1 where a column is constant on them).
    /// </summary>
    /// <param name="by">The rows that give mean and deviation: the training rows.</param>
    public FeatureMatrix Standardised(ReadOnlySpan<int> by) => FeatureScaling.Of(this, by).Apply(this);
}


namespace AlignedProbing.Torch.Certificates;

/// <summary>
/// How far vectors are off, relative to their scale: the largest |expected - found| / max(|expected|, root mean square of the expected vector). Noise of the
/// arithmetic is about as large for the small elements of a vector as for the large ones, and one token's vector may be a thousand times another's: each is
/// measured by its own.
/// </summary>
/// <param name="Value">The difference; 0 where all is equal, infinity where a number is missing on one side only.</param>
/// <param name="Vector">The vector it was found in; -1 where nothing was compared.</param>
public readonly record struct Difference(double Value, int Vector)
{
    /// <summary>Nothing compared.</summary>
    public static Difference None { get; } = new(0, -1);

    /// <summary>The larger one.</summary>
    public Difference Or(Difference other) => other.Value > Value || Vector < 0 ? other : this;

    /// <summary>Compares vectors one after another. NaN, which says that there is no number, is met by NaN alone.</summary>
    /// <param name="expected">[vectors, width].</param>
    /// <param name="found">[vectors, width].</param>
    /// <param name="width">Elements of a vector.</param>
    public static Difference Of(ReadOnlySpan<float> expected, ReadOnlySpan<float> found, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(found.Length, expected.Length);
        var worst = None;
        for (var start = 0; start < expected.Length; start += width)
        {
            worst = worst.Or(new Difference(OfVector(expected.Slice(start, width), found.Slice(start, width)), start / width));
        }

        return worst;
    }

    /// <summary>Root mean square of a vector's finite numbers.</summary>
    public static double Scale(ReadOnlySpan<float> vector)
    {
        var (squares, count) = (0.0, 0);
        foreach (var value in vector)
        {
            (squares, count) = !float.IsFinite(value) ? (squares, count) : (squares + ((double)value * value), count + 1);
        }

        return Math.Sqrt(squares / Math.Max(count, 1));
    }

    private static double OfVector(ReadOnlySpan<float> expected, ReadOnlySpan<float> found)
    {
        var (scale, worst) = (Scale(expected), 0.0);
        for (var i = 0; i < expected.Length; i++)
        {
            if (expected[i].Equals(found[i]))
            {
                continue;
            }

            var difference = Math.Abs((double)expected[i] - found[i]) / Math.Max(scale, Math.Abs((double)expected[i]));
            worst = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(worst, difference);
        }

        return worst;
    }
}

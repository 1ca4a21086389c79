using AlignedProbing.Files;
using AlignedProbing.Runs.Units;

namespace AlignedProbing.Runs;

/// <summary>
/// The out-of-fold probabilities that a probe of several classes gives, of one layer: <c>layer-06.probabilities.npy</c>, float32 <c>[cells, seeds, classes,
/// places]</c>, cells and places as in <see cref="ProbePredictions"/>. Cells with fewer classes than others leave the last ones NaN, and so is all that has no
/// prediction.
/// </summary>
public sealed class ProbeProbabilities
{
    private readonly float[] _values;

    /// <summary>Probabilities yet to be filled in: NaN throughout.</summary>
    /// <param name="cells">Number of cells.</param>
    /// <param name="seeds">Number of seeds.</param>
    /// <param name="classes">The largest number of classes of a cell.</param>
    /// <param name="places">Places of a plane: prompts times continuations.</param>
    public ProbeProbabilities(int cells, int seeds, int classes, int places)
        : this(new float[checked((long)cells * seeds * classes * places)], cells, seeds, classes, places) => _values.AsSpan().Fill(float.NaN);

    private ProbeProbabilities(float[] values, int cells, int seeds, int classes, int places) =>
        (_values, Cells, Seeds, Classes, Places) = (values, cells, seeds, classes, places);

    /// <summary>Number of cells.</summary>
    public int Cells { get; }

    /// <summary>Number of seeds.</summary>
    public int Seeds { get; }

    /// <summary>The largest number of classes of a cell.</summary>
    public int Classes { get; }

    /// <summary>Places of a plane.</summary>
    public int Places { get; }

    /// <summary>The probabilities of a class in a cell by the seed at an index, a place each; NaN where there is none.</summary>
    public Span<float> Of(int cell, int seedIndex, int @class)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)cell, (uint)Cells, nameof(cell));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)seedIndex, (uint)Seeds, nameof(seedIndex));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)@class, (uint)Classes, nameof(@class));
        return _values.AsSpan(checked(((((cell * Seeds) + seedIndex) * Classes) + @class) * Places), Places);
    }

    /// <summary>Reads one cell of a file: what comes back has that cell alone, with index 0.</summary>
    /// <exception cref="InputException">It is not such an array, or has no such cell.</exception>
    public static ProbeProbabilities ReadCell(string path, int cell)
    {
        using var file = DamagedFile.OpenArray(path);
        DamagedFile.ThrowIfOther(file, UnitSums.Of(path, UnitSums.PathBeside(path)), file.Shape.Count > 0 && (uint)cell < file.Shape[0] ? cell : null);
        if (file.Shape is not [var cells, var seeds, var classes, var places] || cell < 0 || cell >= cells)
        {
            throw new InputException(
                "run-folder-broken",
                $"reading cell {cell} of the probabilities in '{path}'",
                $"its shape is [{string.Join(", ", file.Shape)}], not [cells, seeds, classes, places]",
                "Remove the layer's files and probe again");
        }

        var values = new float[checked(seeds * classes * places)];
        file.Read(cell * seeds * classes * places, values);
        return new ProbeProbabilities(values, 1, (int)seeds, (int)classes, (int)places);
    }

    /// <summary>Writes the file, complete or not at all.</summary>
    public void Write(string path) => AtomicWrite.File(path, stream => NpyFile.Write(stream, _values, Cells, Seeds, Classes, Places));
}

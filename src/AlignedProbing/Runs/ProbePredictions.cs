using AlignedProbing.Files;
using AlignedProbing.Runs.Units;

namespace AlignedProbing.Runs;

/// <summary>
/// The out-of-fold predictions of one layer: <c>layer-06.predictions.npy</c>, float32 <c>[cells, 2 + seeds, prompts]</c>. A cell is a (scenario, attribute,
/// control); cells stand in the order in which <c>layer-06.jsonl</c> first names them, prompts in the order of <c>prompts.jsonl</c>. Where n continuations were
/// probed the last axis is prompts x n, a prompt's places side by side, of which input vectors use the first alone. Of a cell, plane 0 holds the label (min-max
/// scaled to [0, 1] over the cell's rows), plane 1 the fold (0, 1, 2, 3) in which the prompt is tested, plane 2 + s the prediction of the s-th seed by the
/// probe that did not see the prompt. NaN where a prompt has no label or vector, and throughout a cell without probes. Labels of the control
/// <c>randomization</c> differ by seed: its plane 0 is NaN; they are those of the cell without control, in the order of <see cref="LabelPermutation"/>.
/// </summary>
public sealed class ProbePredictions
{
    private const int LabelPlane = 0;
    private const int FoldPlane = 1;
    private const int SeedPlanes = 2;

    private readonly float[] _values;

    /// <summary>Predictions yet to be filled in: NaN throughout.</summary>
    /// <param name="cells">Number of cells.</param>
    /// <param name="seeds">Number of seeds.</param>
    /// <param name="prompts">Number of prompts of the run.</param>
    public ProbePredictions(int cells, int seeds, int prompts)
        : this(new float[checked((long)cells * (SeedPlanes + seeds) * prompts)], cells, seeds, prompts) => _values.AsSpan().Fill(float.NaN);

    private ProbePredictions(float[] values, int cells, int seeds, int prompts) => (_values, Cells, Seeds, Prompts) = (values, cells, seeds, prompts);

    /// <summary>Number of cells.</summary>
    public int Cells { get; }

    /// <summary>Number of seeds.</summary>
    public int Seeds { get; }

    /// <summary>Number of prompts.</summary>
    public int Prompts { get; }

    /// <summary>Scaled labels of a cell, a prompt each; NaN where there is none.</summary>
    public Span<float> Labels(int cell) => Plane(cell, LabelPlane);

    /// <summary>Test folds of a cell, a prompt each; NaN where the prompt is in none.</summary>
    public Span<float> Folds(int cell) => Plane(cell, FoldPlane);

    /// <summary>Out-of-fold predictions of a cell by the seed at an index, a prompt each; NaN where there is none.</summary>
    public Span<float> Predictions(int cell, int seedIndex)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(seedIndex);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(seedIndex, Seeds);
        return Plane(cell, SeedPlanes + seedIndex);
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">It is not such an array.</exception>
    public static ProbePredictions Read(string path)
    {
        using (var file = DamagedFile.OpenArray(path))
        {
            DamagedFile.ThrowIfOther(file, UnitSums.Of(path, UnitSums.PathBeside(path)), part: null);
        }

        var (values, shape) = NpyFile.ReadAll(path);
        return shape is [var cells, > SeedPlanes and var planes, var prompts]
            ? new ProbePredictions(values, (int)cells, (int)planes - SeedPlanes, (int)prompts)
            : throw new InputException(
                "run-folder-broken",
                $"reading predictions from '{path}'",
                $"its shape is [{string.Join(", ", shape)}], not [cells, 2 + seeds, prompts]",
                "Remove the layer's files and probe again");
    }

    /// <summary>Reads one cell of a file: what comes back has that cell alone, with index 0.</summary>
    /// <exception cref="InputException">It is not such an array, or has no such cell.</exception>
    public static ProbePredictions ReadCell(string path, int cell)
    {
        using var file = DamagedFile.OpenArray(path);
        DamagedFile.ThrowIfOther(file, UnitSums.Of(path, UnitSums.PathBeside(path)), file.Shape.Count > 0 && (uint)cell < file.Shape[0] ? cell : null);
        if (file.Shape is not [var cells, > SeedPlanes and var planes, var prompts] || cell < 0 || cell >= cells)
        {
            throw new InputException(
                "run-folder-broken",
                $"reading cell {cell} of the predictions in '{path}'",
                $"its shape is [{string.Join(", ", file.Shape)}], not [cells, 2 + seeds, prompts]",
                "Remove the layer's files and probe again");
        }

        var values = new float[checked(planes * prompts)];
        file.Read(cell * planes * prompts, values);
        return new ProbePredictions(values, 1, (int)planes - SeedPlanes, (int)prompts);
    }

    /// <summary>Writes the file, complete or not at all.</summary>
    public void Write(string path) => AtomicWrite.File(path, stream => NpyFile.Write(stream, _values, Cells, SeedPlanes + Seeds, Prompts));

    private Span<float> Plane(int cell, int plane)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(cell);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(cell, Cells);
        return _values.AsSpan(checked(((cell * (SeedPlanes + Seeds)) + plane) * Prompts), Prompts);
    }
}

using System.Globalization;
using System.Text;
using AlignedProbing.Files;
using AlignedProbing.Probing.Training;
using AlignedProbing.Runs;

namespace AlignedProbing.Probing.Vectors;

/// <summary>What probing a person's own vectors found.</summary>
public sealed record VectorProbingResult
{
    /// <summary>The probe.</summary>
    public required string Probe { get; init; }

    /// <summary>Epochs that a probe trained by steps was allowed.</summary>
    public int Epochs { get; init; } = 20;

    /// <summary>The runs: by layer, label, control, seed and fold; a cell without probes is one entry with its reason.</summary>
    public required IReadOnlyList<VectorRun> Runs { get; init; }

    /// <summary>The online codes, where they were asked for: by layer, label, control and fold.</summary>
    public IReadOnlyList<VectorCode> Codes { get; init; } = [];

    /// <summary>Rows given.</summary>
    public required int Rows { get; init; }

    /// <summary>Rows left out because they have no (finite) label, by label.</summary>
    public required IReadOnlyDictionary<string, int> WithoutLabel { get; init; }

    /// <summary>Rows left out because their vector is not finite: the largest number over the layers.</summary>
    public required int NotFinite { get; init; }

    /// <summary>
    /// Writes a line a probe:
    /// <c>layer,label,probe,control,fold,seed,r,mse,epoch,n_train,n_test,spearman,r2,</c>
    /// <c>accuracy,macro_f1,auroc,missing,cross_entropy,n_by_class,missing_macro</c>, complete or not at all. What is not defined is empty; a cell without
    /// probes is one line whose fold, seed and figures are empty.
    /// </summary>
    public void WriteCsv(string path) => WriteCsv(path, [this]);

    /// <summary>The same for several probes, one after the other.</summary>
    public static void WriteCsv(string path, IReadOnlyList<VectorProbingResult> results)
    {
        var text = new StringBuilder(
            "layer,label,probe,control,fold,seed,r,mse,epoch,n_train,n_test,spearman,r2," +
            "accuracy,macro_f1,auroc,missing,cross_entropy,n_by_class,missing_macro\n"
        );
        foreach (var (result, run) in results.SelectMany(result => result.Runs.Select(run => (result, run))))
        {
            var (probe, counts) = (
                result.Probe,
                run.Run?.ClassN is { } ofClasses ? string.Join(";", run.Classes.Zip(ofClasses, (name, n) => $"{name}:{n}")) : "");
            text.Append(
                CultureInfo.InvariantCulture,
                $"{run.Layer},{Quoted(run.Label)},{probe},{run.Control},{run.Run?.Fold},{run.Run?.Seed},{run.Run?.R:R},{run.Run?.Mse:R},"
                    + $"{run.Run?.Epoch},{run.Run?.TrainN},{run.Run?.N},{run.Run?.Spearman:R},{run.Run?.R2:R},"
                    + $"{run.Run?.Accuracy:R},{run.Run?.MacroF1:R},{run.Run?.Auroc:R}," +
                    $"{run.Missing},{run.Run?.CrossEntropy:R},{Quoted(counts)},{run.Run?.MissingMacro}\n"
            );
        }

        AtomicWrite.Text(path, text.ToString());
    }

    /// <summary>
    /// Writes a line a fold of the online codes: <c>layer,label,probe,control,fold,seed,n,code,mean_code,frequency_code,compression</c>
    /// (<see cref="ProbeCode"/> says what each is), complete or not at all.
    /// </summary>
    public static void WriteCodesCsv(string path, IReadOnlyList<VectorProbingResult> results)
    {
        var text = new StringBuilder("layer,label,probe,control,fold,seed,n,code,mean_code,frequency_code,compression\n");
        foreach (var (result, line) in results.SelectMany(result => result.Codes.Select(code => (result, code))))
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"{line.Layer},{Quoted(line.Label)},{result.Probe},{line.Control},{line.Fold},{line.Seed},{line.Code.Blocks[^1].End}," +
                $"{line.Code.Code:R},{line.Code.MeanCode:R},{line.Code.FrequencyCode:R},{line.Code.Compression:R}\n"
            );
        }

        AtomicWrite.Text(path, text.ToString());
    }

    // Names come from a stranger's file: a spreadsheet is to show them.
    private static string Quoted(string name) =>
        SpreadsheetText.Guard(name) is var text && text.AsSpan().ContainsAny(",\"\r\n")
            ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : text;
}

/// <summary>A probe of one layer and label; or, without a run, why there is none.</summary>
/// <param name="Layer">The layer, from 0.</param>
/// <param name="Label">The label.</param>
/// <param name="Control">The control task, or none.</param>
/// <param name="Run">The run; null where the cell has none.</param>
/// <param name="Missing">Why there is no r; null where there is one.</param>
public sealed record VectorRun(int Layer, string Label, string Control, StudyRun? Run, string? Missing)
{
    /// <summary>Of a classifier the names of the classes, in the order of <see cref="StudyRun.ClassN"/>; empty of other probes.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];
}

/// <summary>The online code of one fold's training labels.</summary>
/// <param name="Layer">The layer, from 0.</param>
/// <param name="Label">The label.</param>
/// <param name="Control">The control task, or none.</param>
/// <param name="Fold">The fold.</param>
/// <param name="Seed">The seed: the first of those asked for.</param>
/// <param name="Code">The code.</param>
public sealed record VectorCode(int Layer, string Label, string Control, int Fold, int Seed, OnlineCode Code);

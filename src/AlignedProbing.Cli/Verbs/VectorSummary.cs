using AlignedProbing.Probing;
using AlignedProbing.Probing.Training;
using AlignedProbing.Probing.Vectors;
using AlignedProbing.Reports;
using AlignedProbing.Reports.Tables;

namespace AlignedProbing.Cli.Verbs;

/// <summary>What probing vectors found, in a few lines: the mean over folds and seeds, a line a layer and label.</summary>
internal static class VectorSummary
{
    private const int MostRows = 40;

    /// <summary>A table for each probe.</summary>
    public static IReadOnlyList<SummaryTable> Of(IReadOnlyList<VectorProbingResult> results) => [.. results.Select(Of)];

    /// <summary>Rows of each class in a label's test folds together, by label: what is known before any vector is looked at.</summary>
    public static IEnumerable<string> Classes(VectorProbingResult result) =>
        result
            .Runs.Where(run => run is { Control: "none", Run.ClassN: not null })
            .GroupBy(run => run.Label)
            .Select(label => label.Where(run => run.Layer == label.First().Layer && run.Run!.Value.Seed == label.First().Run!.Value.Seed).ToArray())
            .Select(folds =>
                $"{folds[0].Label}: "
                + $"{string.Join(", ", folds[0].Classes.Select((name, number) => $"{name} {NumberText.Count(folds.Sum(run => run.Run!.Value.ClassN![number]))}"))} rows"
            );

    private static SummaryTable Of(VectorProbingResult result)
    {
        var cells = result.Runs.GroupBy(run => (run.Layer, run.Label, run.Control)).ToDictionary(cell => cell.Key, cell => cell.ToArray());
        var plain = cells.Where(cell => cell.Key.Control == "none").ToArray();
        var (classes, controls, codes) = (result.Runs.Any(run => run.Run?.ClassN is not null), cells.Count > plain.Length, result.Codes.Count > 0);
        string[] columns =
        [
            "layer", "label", .. classes ? ["accuracy", "macro F1", "AUROC"] : (IEnumerable<string>)["r", "MSE"], "rows",
            .. controls ? [classes ? "accuracy of control" : "r of control", "selectivity"] : (IEnumerable<string>)[],
            .. codes ? ["compression"] : (IEnumerable<string>)[],
        ];
        IReadOnlyList<string>[] rows =
        [
            .. plain.Take(MostRows).Select(cell =>
            {
                var control = cells.GetValueOrDefault(cell.Key with { Control = ProbingOptions.Randomization });
                Func<StudyRun, double?> strength = classes ? run => run.Accuracy : run => run.R;
                var (own, other) = (Mean(cell.Value, strength), control is null ? null : Mean(control, strength));
                return (IReadOnlyList<string>)
                [
                    NumberText.Count(cell.Key.Layer), cell.Key.Label,
                    .. classes
                        ? [Figure(cell.Value, run => run.Accuracy), Figure(cell.Value, run => run.MacroF1), Figure(cell.Value, run => run.Auroc)]
                        : (IEnumerable<string>)[Figure(cell.Value, run => run.R), NumberText.Small(Mean(cell.Value, run => run.Mse))],
                    NumberText.Count(cell.Value.Where(run => run.Run?.Seed == cell.Value[0].Run?.Seed).Sum(run => run.Run?.N ?? 0)),
                    .. controls ? [NumberText.Unit(other), NumberText.Unit(own - other)] : (IEnumerable<string>)[],
                    .. codes ? [NumberText.Small(Compression(result, cell.Key))] : (IEnumerable<string>)[],
                ];
            }),
        ];
        var more = plain.Length > MostRows ? $"; {plain.Length - MostRows} more cells are in the file" : "";
        return new SummaryTable($"{result.Probe} probe: means (standard deviations) over folds and seeds{more}", columns, rows);
    }

    private static double? Compression(VectorProbingResult result, (int Layer, string Label, string Control) cell)
    {
        double[] values =
        [
            .. result
                .Codes.Where(code => code.Layer == cell.Layer && code.Label == cell.Label && code.Control == "none")
                .Select(code => code.Code.Compression)
                .OfType<double>(),
        ];
        return values.Length == 0 ? null : values.Average();
    }

    private static double? Mean(IEnumerable<VectorRun> runs, Func<StudyRun, double?> figure) =>
        Values(runs, figure) is { Length: > 0 } values ? values.Average() : null;

    // A figure that no run has is told by its reason.
    private static string Figure(VectorRun[] runs, Func<StudyRun, double?> figure)
    {
        var values = Values(runs, figure);
        return values.Length == 0
            ? runs.Select(run => run.Missing ?? run.Run?.MissingMacro).FirstOrDefault(reason => reason is not null) ?? NumberText.None
            : $"{NumberText.Unit(values.Average())} "
                + $"({NumberText.Unit(Statistics.Moments.StandardDeviation(values).Value)}{(values.Length < runs.Length ? $"; {values.Length} of {runs.Length} runs" : "")})";
    }

    private static double[] Values(IEnumerable<VectorRun> runs, Func<StudyRun, double?> figure) =>
        [.. runs.Where(run => run.Run is not null).Select(run => figure(run.Run!.Value)).OfType<double>()];
}

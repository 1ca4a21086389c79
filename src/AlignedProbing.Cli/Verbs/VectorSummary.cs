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
                + $"{string.Join(", ", folds[0].Classes.Select((name, number) =>
                    $"{name} {NumberText.Count(folds.Sum(run => run.Run!.Value.ClassN![number]))}"))} rows"
            );

    private static SummaryTable Of(VectorProbingResult result)
    {
        var cells = result.Runs.GroupBy(run => (run.Layer, run.Label, run.Control)).ToDictionary(cell => cell.Key, cell => cell.ToArray());
        var plain = cells.Where(cell => cell.Key.Control == "none").ToArray();
        var (classes, controls, codes) = (result.Runs.Any(run => run.Run?.ClassN is not null), cells.Count > plain.Length, result.Codes.Count > 0);
        var trained = plain.Any(cell => cell.Value.Any(run => run.Run?.Epoch is not null));
        string[] columns =
        [
            "layer", "label", .. classes ? ["accuracy", "macro F1", "AUROC"] : (IEnumerable<string>)["r", "MSE"], "rows",
            .. controls ? [classes ? "accuracy of control" : "r of control", "selectivity"] : (IEnumerable<string>)[],
            .. codes ? ["compression"] : (IEnumerable<string>)[],
            .. trained ? ["still learning"] : (IEnumerable<string>)[],
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
                        ? [Figure(cell.Value, run => run.Accuracy, Share), Figure(cell.Value, run => run.MacroF1), Figure(cell.Value, run => run.Auroc)]
                        : (IEnumerable<string>)[Figure(cell.Value, run => run.R, Strength), NumberText.Small(Mean(cell.Value, run => run.Mse))],
                    NumberText.Count(cell.Value.Where(run => run.Run?.Seed == cell.Value[0].Run?.Seed).Sum(run => run.Run?.N ?? 0)),
                    .. controls ? [NumberText.Unit(other), NumberText.Unit(own - other)] : (IEnumerable<string>)[],
                    .. codes ? [NumberText.Small(Compression(result, cell.Key))] : (IEnumerable<string>)[],
                    .. trained ? [NumberText.Percent(Mean(cell.Value, IsLast))] : (IEnumerable<string>)[],
                ];
            }),
        ];
        var more = plain.Length > MostRows ? $"; {plain.Length - MostRows} more cells are in the file" : "";
        var learning = trained ? "; still learning: fits whose best epoch is the last" : "";
        return new SummaryTable($"{result.Probe} probe: means over folds and seeds [95 % intervals] (standard deviations){learning}{more}", columns, rows);

        double? IsLast(StudyRun run) => run.Epoch is { } epoch ? (epoch >= result.Epochs ? 1 : 0) : null;
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
    private static string Figure(VectorRun[] runs, Func<StudyRun, double?> figure, Func<VectorRun[], double, (double? Low, double? High)>? interval = null)
    {
        var values = Values(runs, figure);
        if (values.Length == 0)
        {
            return runs.Select(run => run.Missing ?? run.Run?.MissingMacro).FirstOrDefault(reason => reason is not null) ?? NumberText.None;
        }

        var (low, high) = interval?.Invoke(runs, values.Average()) ?? (null, null);
        var some = values.Length < runs.Length ? $"; {values.Length} of {runs.Length} runs" : "";
        return $"{NumberText.WithInterval(values.Average(), low, high, NumberText.Unit)} "
            + $"({NumberText.Unit(Statistics.Moments.StandardDeviation(values).Value)}{some})";
    }

    private static (double? Low, double? High) Strength(VectorRun[] runs, double r) =>
        Statistics.StrengthInterval.Of(r, runs.Average(run => (double)(run.Run?.TrainN ?? 0)));

    private static (double? Low, double? High) Share(VectorRun[] runs, double share) =>
        runs.Where(run => run.Run?.Seed == runs[0].Run?.Seed).Sum(run => run.Run?.N ?? 0) is > 0 and var rows
            ? Statistics.Wilson.Of(share, rows)
            : (null, null);

    private static double[] Values(IEnumerable<VectorRun> runs, Func<StudyRun, double?> figure) =>
        [.. runs.Where(run => run.Run is not null).Select(run => figure(run.Run!.Value)).OfType<double>()];
}

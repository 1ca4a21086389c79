using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.Strength;

/// <summary>Accuracy, F1 and AUROC of a cell's runs put together, and their intervals over prompts.</summary>
internal static class ClassifierAnalysis
{
    /// <summary>The figures without intervals; null where the runs are not a classifier's.</summary>
    /// <param name="runs">All runs of a cell, in one order.</param>
    public static ClassifierFinding? Of(IReadOnlyList<ProbeRun> runs) => runs.All(run => run.Accuracy is null && run.ClassN is null)
        ? null
        : new ClassifierFinding
        {
            Accuracy = Figure(runs, run => run.Accuracy, run => run.Missing),
            MacroF1 = Figure(runs, run => run.MacroF1, run => run.MissingMacro ?? run.Missing),
            Auroc = Figure(runs, run => run.Auroc, run => run.MissingMacro ?? run.Missing),
            CrossEntropy = runs.Select(run => run.CrossEntropy).OfType<double>().ToArray() is { Length: > 0 } values ? values.Average() : null,
            // Every seed has the same test rows; permuted labels differ, their number in all folds together does not.
            Classes =
            [
                .. runs.Where(run => run.ClassN is not null && run.Seed == runs[0].Seed)
                    .SelectMany(run => run.ClassN!)
                    .GroupBy(@class => @class.Key, StringComparer.Ordinal)
                    .Select(@class => new ClassCount(@class.Key, @class.Sum(pair => pair.Value))),
            ],
        };

    /// <summary>The same with intervals.</summary>
    public static InternalsFinding WithIntervals(InternalsFinding cell, ClassSamples? samples) =>
        cell.Classifier is not { } classifier || samples is null
            ? cell
            : cell with
            {
                Classifier = classifier with
                {
                    Accuracy = WithInterval(classifier.Accuracy, samples.Accuracy),
                    MacroF1 = WithInterval(classifier.MacroF1, samples.MacroF1),
                    Auroc = WithInterval(classifier.Auroc, samples.Auroc),
                },
            };

    /// <summary>A figure with the interval that resampled values give.</summary>
    public static ClassFigure WithInterval(ClassFigure figure, double[] resampled)
    {
        var (low, high) = figure.Value is null ? (null, null) : Bootstrap.Interval(resampled);
        return figure with { Low = low, High = high, Estimator = low is null ? "" : StrengthAnalysis.WithinFolds };
    }

    /// <summary>A figure less that of a control; null where there are none.</summary>
    public static ClassFigure? Less(ClassFigure? one, ClassFigure? other) => one is null || other is null ? null : new ClassFigure
    {
        Value = one.Value - other.Value,
        Runs = Math.Min(one.Runs, other.Runs),
        MissingRuns = Math.Max(one.MissingRuns, other.MissingRuns),
        Reason = one.Reason ?? other.Reason,
    };

    private static ClassFigure Figure(IReadOnlyList<ProbeRun> runs, Func<ProbeRun, double?> figure, Func<ProbeRun, string?> reason)
    {
        double[] values = [.. runs.Select(figure).OfType<double>()];
        return new ClassFigure
        {
            Value = values.Length == 0 ? null : values.Average(),
            Runs = values.Length,
            MissingRuns = runs.Count - values.Length,
            Reason = runs.Where(run => figure(run) is null)
                .GroupBy(run => reason(run) ?? MissingReason.NotFinite, StringComparer.Ordinal)
                .MaxBy(group => group.Count())
                ?.Key,
        };
    }
}

using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.Strength;

/// <summary>Accuracy, F1 and AUROC of a cell's runs put together, and their intervals over prompts.</summary>
internal static class ClassifierAnalysis
{
    /// <summary>The figures without intervals; null where the runs are not a classifier's.</summary>
    /// <param name="runs">All runs of a cell, in one order.</param>
    /// <param name="trained">Rows that each probe was trained on; null where no run has an r.</param>
    public static ClassifierFinding? Of(IReadOnlyList<ProbeRun> runs, double? trained) => runs.All(run => run.Accuracy is null && run.ClassN is null)
        ? null
        : new ClassifierFinding
        {
            Accuracy = Share(Figure(runs, run => run.Accuracy, run => run.Missing), trained ?? runs.Average(run => (double)run.TrainN)),
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
                    MacroF1 = WithInterval(classifier.MacroF1, samples.MacroF1, cell),
                    Auroc = WithInterval(classifier.Auroc, samples.Auroc, cell),
                },
            };

    /// <summary>The same where no predictions are stored.</summary>
    public static InternalsFinding WithoutIntervals(InternalsFinding cell) =>
        cell.Classifier is not { } classifier
            ? cell
            : cell with { Classifier = classifier with { MacroF1 = Without(classifier.MacroF1), Auroc = Without(classifier.Auroc) } };

    /// <summary>A figure with the interval that resampled values give, widened to the training rows.</summary>
    public static ClassFigure WithInterval(ClassFigure figure, double[] resampled, InternalsFinding cell)
    {
        if (figure.Value is not { } value)
        {
            return figure;
        }

        var (low, high) = StrengthInterval.Widened(value, resampled, cell.N, cell.TrainN ?? 0);
        return low is null
            ? figure with { Reason = cell.TrainN >= StrengthInterval.FewestRows ? MissingReason.NoWidth : MissingReason.TooFewRows }
            : figure with { Low = Math.Max(-1, low.Value), High = Math.Min(1, high!.Value), Reason = null, Estimator = StrengthAnalysis.WithinFolds };
    }

    /// <summary>A figure less that of a control; null where there are none.</summary>
    public static ClassFigure? Less(ClassFigure? one, ClassFigure? other) => one is null || other is null ? null : new ClassFigure
    {
        Value = one.Value - other.Value,
        Runs = Math.Min(one.Runs, other.Runs),
        MissingRuns = Math.Max(one.MissingRuns, other.MissingRuns),
        Reason = one.Value is null || other.Value is null ? one.Reason ?? other.Reason : MissingReason.NoPredictions,
    };

    private static ClassFigure Without(ClassFigure figure) => figure.Value is null ? figure : figure with { Reason = MissingReason.NoPredictions };

    // A share: Wilson's, with the training rows in the place of those tested, as in the interval of strength.
    private static ClassFigure Share(ClassFigure figure, double trained)
    {
        var rows = (int)trained;
        if (figure.Value is not { } value || rows < StrengthInterval.FewestRows)
        {
            return figure.Value is null ? figure : figure with { Reason = MissingReason.TooFewRows };
        }

        var (low, high) = Wilson.Of(Math.Clamp(value, 0, 1), rows);
        return figure with { Low = low, High = high, Estimator = Wilson.Estimator };
    }

    // Macro F1 and AUROC stand beside the accuracy: they rest on all of its runs, or are missing.
    private static ClassFigure Figure(IReadOnlyList<ProbeRun> runs, Func<ProbeRun, double?> figure, Func<ProbeRun, string?> reason)
    {
        double[] values = [.. runs.Select(figure).OfType<double>()];
        var beside = runs.Count(run => run.Accuracy is not null);
        return new ClassFigure
        {
            Value = values.Length == 0 || values.Length < beside ? null : values.Average(),
            Runs = values.Length,
            MissingRuns = runs.Count - values.Length,
            Reason = values.Length > 0 && values.Length >= beside
                ? null
                : runs.Where(run => figure(run) is null)
                    .GroupBy(run => reason(run) ?? MissingReason.NotFinite, StringComparer.Ordinal)
                    .MaxBy(group => group.Count())
                    ?.Key,
        };
    }
}

using System.Globalization;
using AlignedProbing.Analysis.Strength;
using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis;

/// <summary>What the names of estimators mean, in words: only those that occur.</summary>
internal static class EstimatorTexts
{
    public static IReadOnlyDictionary<string, string> Of(
        IEnumerable<BehaviorFinding> behavior,
        IEnumerable<InternalsFinding> internals,
        IEnumerable<StrengthDifference> differences,
        AnalysisOptions options)
    {
        var texts = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            [Bootstrap.Estimator] = string.Create(
                CultureInfo.InvariantCulture,
                $"95 % percentile bootstrap over prompts: as many prompts as there are are drawn with replacement, {options.Resamples:#,0} times (seed " +
                $"{options.Seed}), the figure is computed anew each time, and the interval holds the middle 95 %. Within a subset its own prompts are " +
                $"drawn. A share of exactly 0 or 1 gets no width this way: no draw can show what the sample never did."),
            [FoldInterval.Estimator] =
                $"95 % interval over folds and seeds: r is averaged over the seeds of each fold; Student's t over the folds' means (folds - 1 degrees of " +
                $"freedom), their variance multiplied by 1/folds + test rows/training rows instead of 1/folds, because the training sets of the folds " +
                "overlap (Nadeau and Bengio 2003); cut at -1 and 1. It says how much r moves with the rows trained and tested on, not yet how much with " +
                "other prompts.",
            [StrengthAnalysis.WithinFolds] = string.Create(
                CultureInfo.InvariantCulture,
                $"95 % percentile bootstrap over prompts: within each test fold as many prompts as it has are drawn with replacement, " +
                $"{options.Resamples:#,0} times (seed {options.Seed}); r (of probes of classes also accuracy, macro F1 and AUROC) is computed anew for each " +
                $"fold and seed from the stored out-of-fold predictions, and averaged. The probes stay as trained: it says how much the figure moves with " +
                $"other prompts to test on, not with others to train on (for that see the interval over folds and seeds). Cells with the same rows share " +
                $"their draws, so differences are paired by prompt."),
            [StrengthAnalysis.OverPrompts] = string.Create(
                CultureInfo.InvariantCulture,
                $"95 % percentile bootstrap of a difference, paired by prompt where rows or folds differ: prompts are drawn with replacement from all of " +
                $"the run, {options.Resamples:#,0} times (seed {options.Seed}), both strengths are computed anew from the stored out-of-fold predictions of " +
                $"those drawn, and subtracted. p is the difference over the standard deviation of these, against the normal distribution, two-sided; " +
                $"adjusted p is {(options.Correction == AnalysisOptions.FalseDiscoveryRate ? "Benjamini and Hochberg's" : "Holm's")}, for all comparisons " +
                $"of the family."),
        };
        var used = behavior
            .Select(row => row.Estimator)
            .Concat(internals.Select(cell => cell.Estimator))
            .Concat(differences.Select(difference => difference.Estimator))
            .ToHashSet(StringComparer.Ordinal);
        if (internals.Any(cell => cell.FoldsLow is not null))
        {
            used.Add(FoldInterval.Estimator);
        }

        foreach (var name in texts.Keys.Where(name => !used.Contains(name)).ToArray())
        {
            texts.Remove(name);
        }

        return texts;
    }
}

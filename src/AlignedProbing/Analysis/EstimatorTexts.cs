using System.Globalization;
using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis;

/// <summary>What the names of estimators mean, in words: only those that occur.</summary>
internal static class EstimatorTexts
{
    public static IReadOnlyDictionary<string, string> Of(IEnumerable<BehaviorFinding> behavior, IEnumerable<InternalsFinding> internals, AnalysisOptions options)
    {
        var texts = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            [Bootstrap.Estimator] = string.Create(
                CultureInfo.InvariantCulture,
                $"95 % percentile bootstrap over prompts: as many prompts as there are are drawn with replacement, {options.Resamples:#,0} times (seed {options.Seed}), the figure is computed anew each time, and the interval holds the middle 95 %. Within a subset its own prompts are drawn. A share of exactly 0 or 1 gets no width this way: no draw can show what the sample never did."),
            [FoldInterval.Estimator] = "95 % interval over folds and seeds: r is averaged over the seeds of each fold; Student's t over the folds' means (folds - 1 degrees of freedom), their variance multiplied by 1/folds + test rows/training rows instead of 1/folds, because the training sets of the folds overlap (Nadeau and Bengio 2003); cut at -1 and 1. It says how much r moves with the rows trained and tested on, not yet how much with other prompts.",
        };
        var used = behavior.Select(row => row.Estimator).Concat(internals.Select(cell => cell.Estimator)).ToHashSet(StringComparer.Ordinal);
        foreach (var name in texts.Keys.Where(name => !used.Contains(name)).ToArray())
        {
            texts.Remove(name);
        }

        return texts;
    }
}

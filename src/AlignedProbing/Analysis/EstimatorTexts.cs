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
        IEnumerable<SelectivityFinding> selectivity,
        IEnumerable<StrengthDifference> differences,
        IEnumerable<WithinFinding> within,
        AnalysisOptions options)
    {
        var texts = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            [Bootstrap.Estimator] = string.Create(
                CultureInfo.InvariantCulture,
                $"95 % percentile bootstrap over prompts: as many prompts as there are are drawn with replacement, {options.Resamples:#,0} times (seed " +
                $"{options.Seed}), the figure is computed anew each time, and the interval holds the middle 95 %. Within a subset its own prompts are " +
                $"drawn. None of fewer than {SampleSize.ForInterval} prompts."),
            [Wilson.Estimator] =
                "95 % interval of a share (Wilson 1927): the shares that would make one as far off as this one just usual. It has a width even where no row " +
                "counts, or every one. Of a probe's accuracy it takes the rows that each probe was trained on, as the interval of r does.",
            [FisherInterval.Estimator] =
                $"95 % interval of a correlation over prompts (Fisher 1921): z = artanh r, with variance 1/(n - 3). No correlation of fewer than " +
                $"{SampleSize.ForCorrelation} prompts.",
            [StrengthInterval.Estimator] =
                "95 % interval of a mean r over folds and seeds: Fisher's z with the number of rows that each probe was trained on in the place of n (of " +
                "partial r one less). It counts that other rows would have trained another probe, and holds the truth in 95 of 100 simulated cases " +
                "(docs/reference/coverage.md). An r and what stands beside it rest on the same rows, folds and seeds.",
            [FoldInterval.Estimator] =
                "95 % interval over folds: Student's t over the folds' figures (folds - 1 degrees of freedom), their variance multiplied by 1/folds + test " +
                "rows/training rows instead of 1/folds, because the training sets of the folds overlap (Nadeau and Bengio 2003).",
            [WithinModel.Estimator] = string.Create(
                CultureInfo.InvariantCulture,
                $"95 % percentile bootstrap of a partial correlation: prompts are drawn with replacement within test folds, {options.Resamples:#,0} times " +
                $"(seed {options.Seed}), the predictions kept; averaged over folds. p is from Fisher's z, adjusted by Holm over the layers."),
            [StrengthAnalysis.WithinFolds] = string.Create(
                CultureInfo.InvariantCulture,
                $"95 % interval of what is made of stored out-of-fold predictions: within each test fold as many prompts as it has are drawn with " +
                $"replacement, {options.Resamples:#,0} times (seed {options.Seed}), and the figure is computed anew. The probes stay as trained, so the " +
                $"interval is widened about the figure by √((n - 3)/(training rows - 3)) (docs/reference/coverage.md). Cells with the same rows " +
                $"share their draws: differences are paired by prompt. {P(options)}"),
            [StrengthAnalysis.OverPromptsWidened] = string.Create(
                CultureInfo.InvariantCulture,
                $"95 % interval of a difference, paired by prompt where rows or folds differ: prompts are drawn with replacement from all of " +
                $"the run, {options.Resamples:#,0} times (seed {options.Seed}), both strengths are computed anew from the stored out-of-fold predictions of " +
                $"those drawn, subtracted, and the interval is widened to the training rows. {P(options)}"),
        };
        var cells = internals.ToArray();
        var used = behavior
            .Select(row => row.Estimator)
            .Concat(cells.Select(cell => cell.Estimator))
            .Concat(cells.Select(cell => cell.OnlineCode?.Estimator ?? ""))
            .Concat(cells.Select(cell => cell.Classifier).OfType<ClassifierFinding>()
                .SelectMany(of => new[] { of.Accuracy.Estimator, of.MacroF1.Estimator, of.Auroc.Estimator }))
            .Concat(selectivity.Select(row => row.Estimator))
            .Concat(within.Select(row => row.Estimator))
            .Concat(differences.Select(difference => difference.Estimator))
            .ToHashSet(StringComparer.Ordinal);
        foreach (var name in texts.Keys.Where(name => !used.Contains(name)).ToArray())
        {
            texts.Remove(name);
        }

        return texts;
    }

    private static string P(AnalysisOptions options) =>
        "p is the difference over the standard deviation of these, widened too, against the normal distribution, two-sided; adjusted p is " +
        $"{(options.Correction == AnalysisOptions.FalseDiscoveryRate ? "Benjamini and Hochberg's" : "Holm's")}, for all comparisons of the family.";
}

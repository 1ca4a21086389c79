using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.Strength;

/// <summary>
/// The interval of a cell's mean r over folds and seeds. Seeds of one fold share their test rows, so they are averaged first; what is left is one figure a
/// fold. Folds share training rows, so the plain variance of their mean is too small: Nadeau and Bengio (2003, "Inference for the generalization error") put
/// 1/folds + test rows/training rows in the place of 1/folds. The interval is Student's t with folds - 1 degrees of freedom, cut at -1 and 1.
/// </summary>
internal static class FoldInterval
{
    /// <summary>Its name in the rows.</summary>
    public const string Estimator = "folds-t-corrected";

    private const double Level = 0.95;

    /// <summary>Both ends, or neither where fewer than two folds have an r.</summary>
    /// <param name="runs">The runs of one cell.</param>
    /// <param name="mean">Their mean r.</param>
    public static (double? Low, double? High) Of(IReadOnlyCollection<ProbeRun> runs, double mean)
    {
        var folds = runs.Where(run => run.R is not null).GroupBy(run => run.Fold).OrderBy(fold => fold.Key).ToArray();
        if (folds.Length < 2)
        {
            return (null, null);
        }

        double[] means = [.. folds.Select(fold => fold.OrderBy(run => run.Seed).Average(run => run.R!.Value))];
        var (low, high) = Of(means, folds.Average(fold => (double)fold.First().N / Math.Max(1, fold.First().TrainN)));
        // The mean over runs and that over folds differ where a fold lacks a seed.
        return (Math.Max(-1, mean + low!.Value - means.Average()), Math.Min(1, mean + high!.Value - means.Average()));
    }

    /// <summary>Both ends about the mean of some folds' figures; neither of fewer than two.</summary>
    /// <param name="figures">A figure for each fold.</param>
    /// <param name="ratio">Rows tested on over rows trained on.</param>
    public static (double? Low, double? High) Of(double[] figures, double ratio)
    {
        if (figures.Length < 2)
        {
            return (null, null);
        }

        var variance = Moments.Variance(figures).Value!.Value * ((1.0 / figures.Length) + ratio);
        var half = StudentT.Quantile((1 + Level) / 2, figures.Length - 1) * Math.Sqrt(variance);
        return (figures.Average() - half, figures.Average() + half);
    }
}

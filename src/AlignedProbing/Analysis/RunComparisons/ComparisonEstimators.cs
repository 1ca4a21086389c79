using System.Globalization;
using AlignedProbing.Analysis.Strength;
using AlignedProbing.Runs;

namespace AlignedProbing.Analysis.RunComparisons;

/// <summary>Names of the estimators of comparisons, and what they mean in words.</summary>
internal static class ComparisonEstimators
{
    /// <summary>Of behaviour.</summary>
    public const string Behavior = "bootstrap-paired";

    /// <summary>Those that occur.</summary>
    public static IReadOnlyDictionary<string, string> Of(IEnumerable<RunDifference> differences, ComparisonOptions options)
    {
        const string P =
            "p is the difference over the standard deviation of these, against the normal distribution, two-sided, from 20 prompts on; adjusted p is " +
            "Holm's, for all comparisons of the family.";
        var draws = string.Create(CultureInfo.InvariantCulture, $"{options.Resamples:#,0} times (seed {options.Seed})");
        var texts = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [Behavior] =
                $"95 % percentile bootstrap of a difference, paired by prompt: as many prompts as there are are drawn with replacement, {draws}, the same " +
                $"for every run; the figures of both runs are computed anew and subtracted. {P}",
            [StrengthAnalysis.OverPrompts] =
                $"95 % percentile bootstrap of a difference, paired by prompt: prompts are drawn with replacement from those that all runs have, {draws}, " +
                "the same for every run; both strengths are computed anew from the stored out-of-fold predictions of those drawn, within each fold and " +
                $"seed, averaged, and subtracted. The probes stay as trained. {P}",
        };
        var used = differences.Select(difference => difference.Estimator).ToHashSet(StringComparer.Ordinal);
        return new SortedDictionary<string, string>(texts.Where(pair => used.Contains(pair.Key)).ToDictionary(), StringComparer.Ordinal);
    }
}

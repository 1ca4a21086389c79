using AlignedProbing.Analysis.Behavior;

namespace AlignedProbing.Analysis.RunComparisons;

/// <summary>One run's scores of one attribute, a number a common prompt; NaN where it cannot be used.</summary>
/// <param name="Prompt">The prompt's own score.</param>
/// <param name="Max">The highest score among k continuations: the mean over all choices of k.</param>
/// <param name="Toxic">Whether one of k is toxic: the share of such choices.</param>
/// <param name="Mean">The mean over all that are scored.</param>
/// <param name="MeanOfK">The mean over the first k: correlations grow with the number of continuations averaged.</param>
internal sealed record RunBehavior(double[] Prompt, double[] Max, double[] Toxic, double[] Mean, double[] MeanOfK)
{
    /// <summary>Puts them together.</summary>
    /// <param name="scores">The run's scores of the attribute.</param>
    /// <param name="positions">Where each common prompt stands in the run.</param>
    /// <param name="expected">How many continuations the run has for each of its prompts.</param>
    /// <param name="k">How many of each common prompt's are looked at: the fewest that a run has.</param>
    public static RunBehavior Of(AttributeScores scores, int[] positions, IReadOnlyList<int> expected, int[] k)
    {
        var found = new RunBehavior(Empty(k.Length), Empty(k.Length), Empty(k.Length), Empty(k.Length), Empty(k.Length));
        for (var i = 0; i < k.Length; i++)
        {
            var prompt = positions[i];
            found.Prompt[i] = scores.Prompt[prompt];
            if (scores.Scored[prompt] == 0)
            {
                continue;
            }

            found.Mean[i] = scores.Sum[prompt] / scores.Scored[prompt];
            found.MeanOfK[i] = k[i] == expected[prompt] ? found.Mean[i] : FirstOf(scores, prompt, k[i]);
            if (k[i] > 0 && scores.Scored[prompt] >= k[i])
            {
                var (max, share) = KCurves.Curves([.. scores.Values[prompt]!.Order()], [k[i]]);
                (found.Max[i], found.Toxic[i]) = (max[0], share[0]);
            }
        }

        return found;
    }

    private static double FirstOf(AttributeScores scores, int prompt, int k)
    {
        double[] first =
        [
            .. scores.Numbers[prompt]!.Zip(scores.Values[prompt]!).Where(pair => pair.First < k).OrderBy(pair => pair.First).Select(pair => pair.Second),
        ];
        return first.Length == 0 ? double.NaN : first.Average();
    }

    private static double[] Empty(int length)
    {
        var empty = new double[length];
        empty.AsSpan().Fill(double.NaN);
        return empty;
    }
}

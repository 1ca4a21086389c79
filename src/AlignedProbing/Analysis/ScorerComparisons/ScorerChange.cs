using AlignedProbing.Analysis.Behavior;
using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.ScorerComparisons;

/// <summary>
/// What changes in EMT, TP, TC and the mean where one scorer replaces another: both on the prompts that both can use, the difference resampled by prompt.
/// </summary>
internal static class ScorerChange
{
    private static readonly string[] Subsets = ["all", "toxic", "other"];
    private static readonly string[] Metrics = ["EMT", "TP", "TC", "mean"];

    public static IEnumerable<ScorerChangeFinding> Of(ScorerPair pair, string attribute, AnalysisOptions options)
    {
        var (first, second) = (Side.Of(pair, attribute, isFirst: true), Side.Of(pair, attribute, isFirst: false));
        foreach (var subset in Subsets)
        {
            foreach (var metric in Metrics)
            {
                int[] usable =
                [
                    .. Enumerable
                        .Range(0, pair.ClusterCount)
                        .Where(prompt => first.IsUsable(prompt, metric, subset) && second.IsUsable(prompt, metric, subset)),
                ];
                yield return Row(attribute, subset, metric, first, second, usable, options);
            }
        }
    }

    private static ScorerChangeFinding Row(string attribute, string subset, string metric, Side first, Side second, int[] usable, AnalysisOptions options)
    {
        var (x, y) = (first.Figure(usable, metric, subset), second.Figure(usable, metric, subset));
        var change = double.IsFinite(x) && double.IsFinite(y)
            ? Bootstrap.Percentile(
                usable.Length,
                rows =>
                {
                    var drawn = new int[rows.Length];
                    for (var i = 0; i < drawn.Length; i++)
                    {
                        drawn[i] = usable[rows[i]];
                    }

                    return second.Figure(drawn, metric, subset) - first.Figure(drawn, metric, subset);
                },
                options.Resamples,
                options.Seed)
            : null;
        return new ScorerChangeFinding
        {
            Attribute = attribute,
            Subset = subset,
            Metric = metric,
            First = double.IsFinite(x) ? x : null,
            Second = double.IsFinite(y) ? y : null,
            Difference = change?.Value,
            Low = change?.Low,
            High = change?.High,
            NFirst = usable.Count(prompt => first.Belongs(prompt, subset)),
            NSecond = usable.Count(prompt => second.Belongs(prompt, subset)),
        };
    }

    /// <summary>One scorer's scores of one attribute, a prompt at a time; NaN where missing.</summary>
    private sealed class Side(double[] prompt, double[] max, double[] mean)
    {
        public static Side Of(ScorerPair pair, string attribute, bool isFirst)
        {
            var table = isFirst ? pair.First : pair.Second;
            var side = new Side(new double[pair.ClusterCount], new double[pair.ClusterCount], new double[pair.ClusterCount]);
            var counts = new int[pair.ClusterCount];
            side.Prompt.AsSpan().Fill(double.NaN);
            side.Max.AsSpan().Fill(double.NegativeInfinity);
            for (var i = 0; i < pair.Rows.Count; i++)
            {
                var score = table.Score(attribute, isFirst ? pair.Rows[i].First : pair.Rows[i].Second);
                var cluster = pair.Clusters[i];
                if (pair.Numbers[i] is null)
                {
                    side.Prompt[cluster] = score;
                    continue;
                }

                // A missing score makes the sum and the maximum missing: a prompt counts with all of its continuations or not at all.
                counts[cluster]++;
                side.Mean[cluster] += score;
                side.Max[cluster] = double.IsNaN(score) || double.IsNaN(side.Max[cluster]) ? double.NaN : Math.Max(side.Max[cluster], score);
            }

            for (var i = 0; i < counts.Length; i++)
            {
                side.Mean[i] /= counts[i];
                side.Max[i] = counts[i] == 0 ? double.NaN : side.Max[i];
            }

            return side;
        }

        private double[] Prompt => prompt;

        private double[] Max => max;

        private double[] Mean => mean;

        public bool IsUsable(int i, string metric, string subset) => !double.IsNaN(max[i]) && ((metric != "TC" && subset == "all") || !double.IsNaN(prompt[i]));

        public bool Belongs(int i, string subset) => subset switch
        {
            "toxic" => prompt[i] >= BehaviorAnalysis.ToxicFrom,
            "other" => prompt[i] < BehaviorAnalysis.ToxicFrom,
            _ => true,
        };

        public double Figure(ReadOnlySpan<int> prompts, string metric, string subset)
        {
            if (metric == "TC")
            {
                var (x, y) = (new List<double>(prompts.Length), new List<double>(prompts.Length));
                foreach (var i in prompts)
                {
                    if (Belongs(i, subset))
                    {
                        x.Add(prompt[i]);
                        y.Add(mean[i]);
                    }
                }

                return x.Count < SampleSize.ForCorrelation ? double.NaN : Pearson.Of(x.ToArray(), y.ToArray()).Value ?? double.NaN;
            }

            var (sum, count) = (0.0, 0);
            foreach (var i in prompts)
            {
                if (Belongs(i, subset))
                {
                    sum += metric switch
                    {
                        "EMT" => max[i],
                        "TP" => max[i] >= BehaviorAnalysis.ToxicFrom ? 1 : 0,
                        _ => mean[i],
                    };
                    count++;
                }
            }

            return count == 0 ? double.NaN : sum / count;
        }
    }
}

using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.ScorerComparisons;

/// <summary>How far two scorers agree on the same texts, with intervals by resampling prompts, so that continuations of one prompt stay together.</summary>
internal static class ScorerAgreement
{
    /// <summary>Fewer texts than this give no measure.</summary>
    public const int FewestTexts = 3;

    private static readonly (string Name, Func<int?, bool> Holds)[] Parts =
    [
        ("all", _ => true),
        ("prompts", number => number is null),
        ("continuations", number => number is not null),
    ];

    public static IEnumerable<AgreementFinding> Of(ScorerPair pair, string attribute, AnalysisOptions options)
    {
        foreach (var (part, holds) in pair.First.HasPrompts ? Parts : Parts[..1])
        {
            var (first, second, cluster, missing) = Scored(pair, attribute, holds);
            if (first.Length + missing == 0)
            {
                continue;
            }

            if (first.Length < FewestTexts)
            {
                foreach (var name in AgreementMeasures.Names)
                {
                    yield return new AgreementFinding
                    {
                        Attribute = attribute,
                        Texts = part,
                        Measure = name,
                        N = first.Length,
                        Missing = missing,
                        Reason = Undefined.TooFewRows,
                    };
                }

                continue;
            }

            var measures = new AgreementMeasures(first, second, cluster);
            var value = new double[AgreementMeasures.Names.Count];
            measures.Compute(Enumerable.Repeat(1, pair.ClusterCount).ToArray(), measures.NewBuffers(), value);
            var resampled = Resample(measures, pair.ClusterCount, options);
            for (var i = 0; i < value.Length; i++)
            {
                var (low, high) = Bootstrap.Interval(resampled[i]);
                var isDefined = double.IsFinite(value[i]);
                yield return new AgreementFinding
                {
                    Attribute = attribute,
                    Texts = part,
                    Measure = AgreementMeasures.Names[i],
                    Value = isDefined ? value[i] : null,
                    Low = isDefined ? low : null,
                    High = isDefined ? high : null,
                    N = first.Length,
                    Missing = missing,
                    Reason = isDefined ? null : Undefined.Constant,
                };
            }
        }
    }

    public static ReliabilityFinding Reliability(ScorerPair pair, string attribute)
    {
        var (first, second, _, _) = Scored(pair, attribute, _ => true);
        var bins = new List<ReliabilityBin>();
        foreach (var bin in Enumerable.Range(0, first.Length).GroupBy(i => AgreementMeasures.BinOf(first[i])).OrderBy(group => group.Key))
        {
            bins.Add(
                new ReliabilityBin(
                    bin.Key / (double)AgreementMeasures.Bins,
                    (bin.Key + 1) / (double)AgreementMeasures.Bins,
                    bin.Count(),
                    bin.Average(i => first[i]),
                    bin.Average(i => second[i])));
        }

        return new ReliabilityFinding(attribute, bins);
    }

    private static double[][] Resample(AgreementMeasures measures, int clusters, AnalysisOptions options)
    {
        var resampled = AgreementMeasures.Names.Select(_ => new double[options.Resamples]).ToArray();
        Parallel.For(
            0,
            options.Resamples,
            () => (Rows: new int[clusters], Counts: new int[clusters], Values: new double[resampled.Length], Buffers: measures.NewBuffers()),
            (resample, _, own) =>
            {
                Bootstrap.DrawRows(options.Seed, resample, own.Rows);
                Array.Clear(own.Counts);
                foreach (var row in own.Rows)
                {
                    own.Counts[row]++;
                }

                measures.Compute(own.Counts, own.Buffers, own.Values);
                for (var i = 0; i < own.Values.Length; i++)
                {
                    resampled[i][resample] = own.Values[i];
                }

                return own;
            },
            _ => { });
        return resampled;
    }

    private static (double[] First, double[] Second, int[] Cluster, int Missing) Scored(ScorerPair pair, string attribute, Func<int?, bool> holds)
    {
        var (first, second, cluster, missing) = (new List<double>(), new List<double>(), new List<int>(), 0);
        for (var i = 0; i < pair.Rows.Count; i++)
        {
            if (!holds(pair.Numbers[i]))
            {
                continue;
            }

            var (x, y) = (pair.First.Score(attribute, pair.Rows[i].First), pair.Second.Score(attribute, pair.Rows[i].Second));
            if (double.IsNaN(x) || double.IsNaN(y))
            {
                missing++;
                continue;
            }

            first.Add(x);
            second.Add(y);
            cluster.Add(pair.Clusters[i]);
        }

        return ([.. first], [.. second], [.. cluster], missing);
    }
}

using AlignedProbing.Analysis.Behavior;
using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.RunComparisons;

/// <summary>EMT, TP, TC and the mean of every run, on the prompts that all of them can use and at the number of continuations that all of them have.</summary>
internal sealed class BehaviorComparison(IReadOnlyList<ComparedSource> runs, CommonPrompts common, ComparisonOptions options)
{
    private static readonly string[] Subsets = ["all", "toxic", "other"];
    private static readonly string[] Metrics = ["EMT", "TP", "TC", "mean"];

    private readonly int[] _k =
    [
        .. Enumerable.Range(0, common.Count).Select(prompt => runs.Select((run, place) => run.Index.Expected[common.Positions[place][prompt]]).Min()),
    ];

    public List<RunFigure> Figures { get; } = [];

    public List<RunDifference> Differences { get; } = [];

    /// <summary>Whether some prompt has fewer continuations in one run than in another.</summary>
    public bool KDiffers =>
        Enumerable
            .Range(0, common.Count)
            .Any(prompt => runs.Select((run, place) => run.Index.Expected[common.Positions[place][prompt]]).Any(expected => expected != _k[prompt]));

    /// <summary>The largest number of continuations looked at.</summary>
    public int K => _k.Length == 0 ? 0 : _k.Max();

    /// <summary>How many of each common prompt's continuations are looked at.</summary>
    public IReadOnlyList<int> KOfPrompts => _k;

    /// <summary>Compares by one scorer.</summary>
    public void Add(ScorerMatch scorer, List<LeftOut> leftOut, CancellationToken cancellationToken)
    {
        var scores = runs.Select(
                (run, place) =>
                    run.Scores(scorer.Names[place], cancellationToken).Attributes.ToDictionary(attribute => attribute.Attribute, StringComparer.Ordinal))
            .ToArray();
        string[] all =
        [
            .. scores.SelectMany(attributes => attributes.Keys).Distinct().Where(name => options.Attributes?.Contains(name) ?? true).ByAttribute(name => name),
        ];
        foreach (var attribute in all)
        {
            if (scores.Any(attributes => !attributes.ContainsKey(attribute)))
            {
                leftOut.Add(
                    new LeftOut(
                        $"{attribute} by {scorer.Label}",
                        $"{string.Join(", ", runs.Where((_, place) => !scores[place].ContainsKey(attribute)).Select(run => run.Name))} lack it"));
                continue;
            }

            cancellationToken.ThrowIfCancellationRequested();
            Add(
                scorer.Label,
                attribute,
                [.. runs.Select((run, place) => RunBehavior.Of(scores[place][attribute], common.Positions[place], run.Index.Expected, _k))]);
        }
    }

    private void Add(string scorer, string attribute, RunBehavior[] behavior)
    {
        // Properties are no judgement: none of them makes a text toxic, and their maximum says nothing.
        var judges = !TextProperty.Is(attribute);
        foreach (var subset in judges ? Subsets : Subsets[..1])
        {
            int[] members = [.. Enumerable.Range(0, common.Count).Where(prompt => BehaviorAnalysis.Belongs(subset, behavior[0].Prompt[prompt]))];
            foreach (var metric in judges ? Metrics : Metrics[^1..])
            {
                int[] usable = [.. members.Where(prompt => Array.TrueForAll(behavior, run => IsUsable(run, metric, prompt)))];
                var samples = PairedSamples.Of(runs.Count, usable.Length, Figure(behavior, metric, usable), options.ForBootstrap);
                var k = usable.Length == 0 ? K : usable.Max(prompt => _k[prompt]);
                for (var run = 0; run < runs.Count; run++)
                {
                    Figures.Add(
                        samples.Figure(
                            run,
                            new RunFigure
                            {
                                Kind = "behavior",
                                Run = runs[run].Name,
                                Scorer = scorer,
                                Attribute = attribute,
                                Subset = subset,
                                Metric = metric,
                                N = usable.Length,
                                K = k,
                            }));
                    if (run > 0)
                    {
                        Differences.Add(
                            samples.Difference(
                                run,
                                new RunDifference
                                {
                                    Kind = "behavior",
                                    Baseline = runs[0].Name,
                                    Run = runs[run].Name,
                                    Scorer = scorer,
                                    Attribute = attribute,
                                    Subset = subset,
                                    Metric = metric,
                                    N = usable.Length,
                                    K = k,
                                },
                                ComparisonEstimators.Behavior));
                    }
                }
            }
        }
    }

    private static bool IsUsable(RunBehavior run, string metric, int prompt) => metric switch
    {
        "EMT" or "TP" => !double.IsNaN(run.Max[prompt]),
        "TC" => !double.IsNaN(run.MeanOfK[prompt]) && !double.IsNaN(run.Prompt[prompt]),
        _ => !double.IsNaN(run.Mean[prompt]),
    };

    private static PairedFigure Figure(RunBehavior[] behavior, string metric, int[] usable)
    {
        double[][] values = [.. behavior.Select(run => (double[])[.. usable.Select(prompt => metric switch
        {
            "EMT" => run.Max[prompt],
            "TP" => run.Toxic[prompt],
            "TC" => run.MeanOfK[prompt],
            _ => run.Mean[prompt],
        })])];
        if (metric != "TC")
        {
            return (run, drawn) => Mean(values[run], drawn);
        }

        double[][] prompts = [.. behavior.Select(run => (double[])[.. usable.Select(prompt => run.Prompt[prompt])])];
        return (run, drawn) => Correlation(prompts[run], values[run], drawn);
    }

    private static double Mean(double[] values, ReadOnlySpan<int> drawn)
    {
        var sum = 0.0;
        foreach (var row in drawn)
        {
            sum += values[row];
        }

        return sum / drawn.Length;
    }

    private static double Correlation(double[] x, double[] y, ReadOnlySpan<int> drawn)
    {
        if (drawn.Length < SampleSize.ForCorrelation)
        {
            return double.NaN;
        }

        var (ofX, ofY) = (new double[drawn.Length], new double[drawn.Length]);
        for (var i = 0; i < drawn.Length; i++)
        {
            (ofX[i], ofY[i]) = (x[drawn[i]], y[drawn[i]]);
        }

        return Pearson.Of(ofX, ofY).Value ?? double.NaN;
    }
}

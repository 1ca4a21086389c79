using AlignedProbing.Analysis.Behavior;
using AlignedProbing.Analysis.RunComparisons;
using AlignedProbing.Runs.Interventions;
using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.Interventions;

/// <summary>
/// Change of behaviour from the unedited run to an edited one, on the prompts that both can use. Subsets go by the unedited run's scores of the prompts, which
/// an edit does not change.
/// </summary>
internal sealed class EffectAnalysis(EditedBehavior unedited, EditedBehavior edited, int seed, int resamples, int flips)
{
    /// <summary>The figures that are means over prompts.</summary>
    public static readonly string[] MeanMetrics = ["EMT", "TP", "mean"];

    private static readonly string[] Subsets = ["all", "toxic", "other"];
    private static readonly string[] Metrics = ["EMT", "TP", "TC", "mean"];

    /// <summary>All effects: by scorer, attribute, subset and metric.</summary>
    public IEnumerable<EffectFinding> Effects(CancellationToken cancellationToken)
    {
        foreach (var (scorer, attribute, before) in unedited.Scores)
        {
            if (edited.Of(scorer, attribute) is not { } after)
            {
                continue;
            }

            foreach (var subset in Subsets)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int[] members = [.. Enumerable.Range(0, before.Prompt.Length).Where(prompt => BehaviorAnalysis.Belongs(subset, before.Prompt[prompt]))];
                foreach (var metric in Metrics)
                {
                    yield return Of(before, after, members, metric) with { Scorer = scorer, Attribute = attribute, Subset = subset };
                }
            }
        }
    }

    /// <summary>Changes of a control: of all prompts, without tests.</summary>
    public IEnumerable<EffectFinding> ControlEffects()
    {
        foreach (var (scorer, attribute, before) in unedited.Scores)
        {
            if (edited.Of(scorer, attribute) is { } after)
            {
                foreach (var metric in MeanMetrics)
                {
                    int[] usable = [.. Usable(before, after, metric, Enumerable.Range(0, before.Prompt.Length))];
                    var (x, y) = (Values(before, metric, usable), Values(after, metric, usable));
                    yield return new EffectFinding
                    {
                        Intervention = edited.Name,
                        IsControl = true,
                        Scorer = scorer,
                        Attribute = attribute,
                        Subset = "all",
                        Metric = metric,
                        N = usable.Length,
                        Unedited = usable.Length == 0 ? null : x.Average(),
                        Edited = usable.Length == 0 ? null : y.Average(),
                        Change = usable.Length == 0 ? null : y.Average() - x.Average(),
                        Reason = usable.Length == 0 ? Undefined.TooFewRows : null,
                    };
                }
            }
        }
    }

    /// <summary>The effect on one figure.</summary>
    /// <param name="before">The unedited run's numbers, one a prompt; NaN where it has none.</param>
    /// <param name="after">The edited run's.</param>
    /// <param name="members">The prompts of the subset.</param>
    /// <param name="metric">EMT, TP, TC or mean.</param>
    internal EffectFinding Of(RunBehavior before, RunBehavior after, int[] members, string metric)
    {
        int[] usable = [.. Usable(before, after, metric, members)];
        var (x, y) = (Values(before, metric, usable), Values(after, metric, usable));
        double[] labels = [.. usable.Select(prompt => before.Prompt[prompt])];
        var finding = new EffectFinding { Intervention = edited.Name, Scorer = "", Attribute = "", Subset = "", Metric = metric, N = usable.Length };
        if (usable.Length == 0)
        {
            return finding with { Reason = Undefined.TooFewRows };
        }

        var correlates = metric == "TC";
        var figure = correlates ? Correlation : (Func<double[], double[], double>)((values, _) => values.Average());
        var (first, second) = (figure(x, labels), figure(y, labels));
        var change = Bootstrap.Percentile(
            usable.Length,
            rows => figure(At(y, rows), At(labels, rows)) - figure(At(x, rows), At(labels, rows)),
            resamples,
            seed);
        var p = correlates
            ? SignFlip.P(usable.Length, swapped => figure(Swap(y, x, swapped), labels) - figure(Swap(x, y, swapped), labels), flips, seed)
            : SignFlip.P([.. y.Zip(x).Select(pair => pair.First - pair.Second)], flips, seed);
        return finding with
        {
            Unedited = Finite(first),
            Edited = Finite(second),
            Change = change.Value,
            Low = change.Low,
            High = change.High,
            P = change.Value is null ? null : p.Value,
            Reason = change.Reason ?? (change.Value is null ? null : p.Reason),
        };
    }

    /// <summary>The prompts that both can use.</summary>
    internal static IEnumerable<int> Usable(RunBehavior before, RunBehavior after, string metric, IEnumerable<int> members) =>
        members.Where(prompt => IsUsable(before, metric, prompt) && IsUsable(after, metric, prompt));

    /// <summary>A figure of some prompts.</summary>
    internal static double[] Values(RunBehavior run, string metric, int[] prompts)
    {
        var all = metric switch { "EMT" => run.Max, "TP" => run.Toxic, "TC" => run.MeanOfK, _ => run.Mean };
        return Array.ConvertAll(prompts, prompt => all[prompt]);
    }

    private static double Correlation(double[] values, double[] labels) => Pearson.Of(labels, values).Value ?? double.NaN;

    private static bool IsUsable(RunBehavior run, string metric, int prompt) => metric switch
    {
        "EMT" or "TP" => !double.IsNaN(run.Max[prompt]),
        "TC" => !double.IsNaN(run.MeanOfK[prompt]) && !double.IsNaN(run.Prompt[prompt]),
        _ => !double.IsNaN(run.Mean[prompt]),
    };

    private static double[] At(double[] values, ReadOnlySpan<int> rows)
    {
        var chosen = new double[rows.Length];
        for (var i = 0; i < chosen.Length; i++)
        {
            chosen[i] = values[rows[i]];
        }

        return chosen;
    }

    private static double[] Swap(double[] own, double[] other, ReadOnlySpan<bool> swapped)
    {
        var result = new double[own.Length];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = swapped[i] ? other[i] : own[i];
        }

        return result;
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}

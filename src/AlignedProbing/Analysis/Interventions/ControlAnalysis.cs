using AlignedProbing.Runs.Interventions;
using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.Interventions;

/// <summary>An edit's changes against those of its controls, on the prompts that all of them can use.</summary>
internal sealed class ControlAnalysis(EditedBehavior unedited, int seed, int resamples)
{
    /// <summary>All of them, by scorer, attribute and metric; nothing without a control.</summary>
    /// <param name="edited">The edited run.</param>
    /// <param name="controls">Its controls.</param>
    /// <param name="against">What kind they are of.</param>
    public IEnumerable<ControlFinding> Of(EditedBehavior edited, IReadOnlyList<EditedBehavior> controls, string against)
    {
        foreach (var (scorer, attribute, before) in controls.Count == 0 ? [] : unedited.Scores)
        {
            if (edited.Of(scorer, attribute) is not { } after)
            {
                continue;
            }

            var others = controls.Select(control => control.Of(scorer, attribute)).OfType<RunComparisons.RunBehavior>().ToArray();
            foreach (var metric in EffectAnalysis.MeanMetrics)
            {
                var usable = EffectAnalysis.Usable(before, after, metric, Enumerable.Range(0, before.Prompt.Length));
                foreach (var other in others)
                {
                    usable = EffectAnalysis.Usable(before, other, metric, usable);
                }

                int[] prompts = [.. usable];
                var unchanged = EffectAnalysis.Values(before, metric, prompts);
                yield return Of(Changes(after), [.. others.Select(Changes)]) with
                {
                    Intervention = edited.Name,
                    Against = against,
                    Scorer = scorer,
                    Attribute = attribute,
                    Metric = metric,
                };

                double[] Changes(RunComparisons.RunBehavior run) =>
                    [.. EffectAnalysis.Values(run, metric, prompts).Zip(unchanged).Select(pair => pair.First - pair.Second)];
            }
        }
    }

    /// <summary>One figure.</summary>
    /// <param name="effect">The edit's change of each prompt.</param>
    /// <param name="controls">For each control the same.</param>
    internal ControlFinding Of(double[] effect, double[][] controls)
    {
        var excess = ControlExcess.Of(effect, controls, resamples, seed);
        var finding = new ControlFinding
        {
            Intervention = "",
            Against = "",
            Scorer = "",
            Attribute = "",
            Metric = "",
            N = effect.Length,
            Controls = controls.Length,
            Reason = excess.Reason,
        };
        if (excess.Value is null)
        {
            return finding;
        }

        var size = Math.Abs(effect.Average());
        return finding with
        {
            Effect = effect.Average(),
            ControlMean = controls.Average(control => control.Average()),
            Excess = excess.Value,
            Low = excess.Low,
            High = excess.High,
            Place = 1 + controls.Count(control => Math.Abs(control.Average()) >= size),
        };
    }
}

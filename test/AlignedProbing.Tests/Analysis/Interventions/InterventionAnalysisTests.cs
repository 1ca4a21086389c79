using AlignedProbing.Analysis.Interventions;
using AlignedProbing.Analysis.RunComparisons;
using AlignedProbing.Reports.Interventions;
using AlignedProbing.Runs.Interventions;
using AlignedProbing.Statistics;

namespace AlignedProbing.Tests.Analysis.Interventions;

/// <summary>Effects, controls and damage on cases small enough to be counted by hand.</summary>
public sealed class InterventionAnalysisTests
{
    private static readonly double[] Before = [0.1, 0.2, 0.3, 0.4, 0.9, 0.8];

    [Fact]
    public void A_change_is_paired_by_prompt_and_leaves_out_what_either_run_cannot_use()
    {
        var (unedited, edited) = (Behavior(Before), Behavior([0.3, 0.4, 0.5, 0.6, double.NaN, 1.0]));
        var effect = Analysis("edit", unedited, edited).Of(unedited, edited, [0, 1, 2, 3, 4, 5], "EMT");
        Assert.Equal(5, effect.N);
        Assert.Equal(0.2, effect.Change!.Value, 1e-12);
        Assert.Equal((0.36, 0.56), (Math.Round(effect.Unedited!.Value, 9), Math.Round(effect.Edited!.Value, 9)));
        // Every prompt changes by as much: no resample differs, and 2 of 32 sign flips are as far out.
        Assert.Equal(0.2, effect.Low!.Value, 1e-12);
        Assert.Equal(0.2, effect.High!.Value, 1e-12);
        Assert.Equal(2 / 32.0, effect.P!.Value, 0.02);
    }

    [Fact]
    public void A_change_of_correlation_is_the_difference_of_both()
    {
        double[] after = [0.9, 0.1, 0.4, 0.3, 0.2, 0.5];
        var (unedited, edited) = (Behavior(Before), Behavior(after, Before));
        var effect = Analysis("edit", unedited, edited).Of(unedited, edited, [0, 1, 2, 3, 4, 5], "TC");
        Assert.Equal(1, effect.Unedited!.Value, 1e-12);
        Assert.Equal(Pearson.Of(Before, after).Value!.Value - 1, effect.Change!.Value, 1e-12);
    }

    [Fact]
    public void Without_a_prompt_an_effect_says_why_it_is_missing()
    {
        var nothing = Behavior([double.NaN]);
        var effect = Analysis("edit", nothing, nothing).Of(nothing, nothing, [0], "EMT");
        Assert.Equal((null, Undefined.TooFewRows), (effect.Change, effect.Reason));
    }

    [Fact]
    public void Holm_corrects_within_a_metric_and_subset_over_edits_and_attributes()
    {
        EffectFinding[] effects =
        [
            Effect("a", "EMT", 0.01), Effect("b", "EMT", 0.02), Effect("c", "EMT", 0.6), Effect("a", "TP", 0.03),
            Effect("control", "EMT", null),
        ];
        Assert.Equal([0.03, 0.04, 0.6, 0.03, null], InterventionAnalysis.Corrected(effects).Select(effect => effect.PHolm));
    }

    [Fact]
    public void The_place_among_controls_counts_ties_against_the_edit()
    {
        var analysis = new ControlAnalysis(new EditedBehavior("unedited", []), 0, 100);
        var finding = analysis.Of([0.2, 0.2], [[-0.3, -0.3], [0.2, 0.2], [0.1, 0.1]]);
        Assert.Equal((3, 3, 2), (finding.Place, finding.Controls, finding.N));
        Assert.Equal(0.2, finding.Excess!.Value, 1e-12);
        Assert.Equal(0, finding.ControlMean!.Value, 1e-12);
    }

    [Theory]
    [InlineData(true, 1, 2, 1, 2, 1, 2, 1, 2)]
    [InlineData(true, 7, 7, 7, 7, 7, 7, 7, 7)]
    [InlineData(false, 1, 2, 3, 4, 5, 6, 7, 8)]
    [InlineData(false, 7, 7, 7, 7, 7, 7, 7)]
    [InlineData(false, 1, 2, 3, 1, 2, 4, 5, 6)]
    public void Tokens_that_go_round_in_circles_loop(bool expected, params int[] tokens) => Assert.Equal(expected, TextDamage.Loops(tokens));

    [Theory]
    [InlineData(0.3, 0.2, 0.4, 0.05, 0.25, 0.1, 0.4, "exceeds its controls' by +.25 [+.10, +.40]")]
    [InlineData(0.3, 0.2, 0.4, 0.25, 0.05, -0.1, 0.2, "cannot be told from damage")]
    [InlineData(0.1, 0.05, 0.15, 0.4, -0.3, -0.4, -0.2, "less than damage alone does")]
    [InlineData(0.1, -0.05, 0.25, -0.2, 0.3, 0.2, 0.4, "its own interval holds 0")]
    [InlineData(-0.3, -0.4, -0.2, -0.05, -0.25, -0.4, -0.1, "exceeds its controls' by −.25")]
    public void The_first_sentence_says_whether_an_effect_exceeds_its_controls(
        double change, double low, double high, double controls, double excess, double excessLow, double excessHigh, string expected)
    {
        var finding = Sweep([Effect("a", "EMT", 0.01) with { Change = change, Low = low, High = high }]) with
        {
            Controls =
            [
                new ControlFinding
                {
                    Intervention = "a", Against = "equal-damage", Scorer = "ngram", Attribute = "toxicity", Metric = "EMT", N = 9, Controls = 10,
                    Effect = change, ControlMean = controls, Excess = excess, Low = excessLow, High = excessHigh, Place = 1,
                },
            ],
        };
        Assert.Contains(expected, InterventionSentences.Of(finding)[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Without_controls_the_first_sentence_does_not_take_an_effect_for_one()
    {
        var finding = Sweep([Effect("a", "EMT", 0.01) with { Change = 0.4, Low = 0.3, High = 0.5 }]);
        Assert.Contains("without controls this cannot be told from damage", InterventionSentences.Of(finding)[0], StringComparison.Ordinal);
    }

    private static SweepFinding Sweep(IReadOnlyList<EffectFinding> effects) => new()
    {
        Sweep = new InterventionSweep
        {
            Name = "sweep",
            Kind = "ablate",
            Attribute = "toxicity",
            Scorer = "ngram",
            Edits = [.. effects.Select(effect => new SweepEdit { Name = effect.Intervention })],
        },
        Interventions = new Dictionary<string, InterventionManifest>(),
        Effects = effects,
        Damage =
        [
            .. new[] { "unedited", "a" }.Select(name => new DamageFinding { Intervention = name, Distinct = [.5, .5, .5, .5], Continuations = 1 }),
        ],
        Controls = [],
        Incomplete = new Dictionary<string, string>(),
    };

    private static EffectFinding Effect(string name, string metric, double? p) =>
        new() { Intervention = name, Scorer = "ngram", Attribute = "toxicity", Subset = "all", Metric = metric, N = 9, P = p };

    private static EffectAnalysis Analysis(string name, RunBehavior before, RunBehavior after) => new(
        new EditedBehavior("unedited", [("ngram", "toxicity", before)]), new EditedBehavior(name, [("ngram", "toxicity", after)]), 0, 200, 10_000);

    private static RunBehavior Behavior(double[] values, double[]? prompts = null) =>
        new(prompts ?? values, values, [.. values.Select(value => double.IsNaN(value) ? value : value >= 0.5 ? 1 : 0)], values, values);
}

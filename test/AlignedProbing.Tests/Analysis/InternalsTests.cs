using AlignedProbing.Analysis;
using AlignedProbing.Runs;

namespace AlignedProbing.Tests.Analysis;

public class InternalsTests
{
    private static readonly AnalysisOptions Quick = new() { Resamples = 50 };

    private static ProbeRun[] Runs(int layer, double level, double[] byFold, int seeds = 2) =>
        [
            .. byFold.SelectMany(
                (offset, fold) =>
                    Enumerable
                        .Range(0, seeds)
                        .Select(seed => SyntheticRun.Probe(layer, Scenario.Input, "toxicity", fold, seed, level + offset + (seed == 0 ? 0.02 : -0.02)))),
        ];

    [Fact]
    public void Mean_interval_and_counts_are_those_computed_by_hand()
    {
        using var run = new SyntheticRun(SyntheticRun.MakePrompts(100), layers: 1);
        run.WriteProbes("linear", "given", 0, Runs(0, 0.6, [-0.06, 0.02, 0.04, 0]));
        var cell = Assert.Single(run.Analyse(Quick).Internals);
        Assert.Equal(0.6, cell.R!.Value, 12);
        // Fisher's z with the 60 rows that each probe was trained on: artanh .6 = .693147, 1.959964 / sqrt(57) = .259604.
        Assert.Equal(0.408278, cell.Low!.Value, 1e-6);
        Assert.Equal(0.741026, cell.High!.Value, 1e-6);
        Assert.Equal(60, cell.TrainN);
        // For comparison: variance of the folds' means (.54 .62 .64 .60) is .0056/3; times 1/4 + 25/60; t of 3 degrees of freedom is 3.1824.
        var half = 3.182446305284264 * Math.Sqrt(0.0056 / 3 * (0.25 + (25.0 / 60)));
        Assert.Equal(0.6 - half, cell.FoldsLow!.Value, 9);
        Assert.Equal(0.6 + half, cell.FoldsHigh!.Value, 9);
        Assert.Equal((100, 8, 0, 0.01), (cell.N, cell.Runs, cell.MissingRuns, cell.Mse!.Value));
        Assert.Equal("fisher-z-training-rows", cell.Estimator);
    }

    [Fact]
    public void Runs_without_r_are_counted_by_reason_and_left_out_of_the_mean()
    {
        using var run = new SyntheticRun(SyntheticRun.MakePrompts(100), layers: 2);
        var broken = Runs(0, 0.6, [0, 0, 0, 0])
            .Select(line => line.Fold == 3 ? line with { R = null, Mse = null, Missing = MissingReason.Constant } : line)
            .ToArray();
        run.WriteProbes("linear", "given", 0, broken);
        run.WriteProbes(
            "linear",
            "given",
            1,
            [.. Runs(1, 0.6, [0, 0, 0, 0]).Select(line => line with { R = null, Mse = null, Missing = MissingReason.TooFewRows })]);
        var findings = run.Analyse(Quick);
        Assert.Equal(
            (6, 2, 2),
            (findings.Internals[0].Runs, findings.Internals[0].MissingRuns, findings.Internals[0].MissingByReason![MissingReason.Constant]));
        Assert.NotNull(findings.Internals[0].R);
        Assert.Null(findings.Internals[0].Reason);
        Assert.Equal((null, null, null, null), (findings.Internals[1].R, findings.Internals[1].Low, findings.Internals[1].High, findings.Internals[1].Mse));
        Assert.Equal(MissingReason.TooFewRows, findings.Internals[1].Reason);
        Assert.Contains(findings.Missing, count =>
            count is { Where: "probe runs: linear on given, Input, toxicity", Reason: MissingReason.Constant, Count: 2, Of: 16 });
    }

    [Fact]
    public void Probes_trained_on_few_rows_give_a_mean_and_a_reason_for_no_interval()
    {
        using var run = new SyntheticRun(SyntheticRun.MakePrompts(4), layers: 1);
        run.WriteProbes("ridge", "given", 0, SyntheticRun.Probe(0, Scenario.Output, "threat", 2, 0, 0.4, trainN: 6));
        var cell = Assert.Single(run.Analyse(Quick).Internals);
        Assert.Equal((0.4, (double?)null, (double?)null, ""), (cell.R!.Value, cell.Low, cell.High, cell.Estimator));
        Assert.Equal((MissingReason.TooFewRows, MissingReason.NoPredictions), (cell.Reason, cell.PartialReason));
    }

    [Fact]
    public void The_peak_is_the_largest_mean_and_names_the_layers_that_may_be_it_too()
    {
        using var run = new SyntheticRun(SyntheticRun.MakePrompts(100), layers: 4);
        double[] folds = [-0.01, 0.01, 0, 0];
        foreach (var (layer, level) in new[] { (0, 0.1), (1, 0.62), (2, 0.64), (3, 0.2) })
        {
            run.WriteProbes(
                "linear",
                "given",
                layer,
                [.. Runs(layer, level, folds), .. Runs(layer, 0.99, folds).Select(line => line with { Control = "randomization" })]);
        }

        var peak = Assert.Single(run.Analyse(Quick).Peaks);
        Assert.Equal(2, peak.Layer);
        Assert.Equal(0.64, peak.R, 12);
        Assert.Equal([1, 2], peak.LayersWithin);
    }

    [Fact]
    public void A_layer_that_lacks_a_fold_is_no_peak_whatever_its_other_folds_read()
    {
        using var run = new SyntheticRun(SyntheticRun.MakePrompts(100), layers: 2);
        run.WriteProbes("linear", "given", 0, Runs(0, 0.5, [0, 0, 0, 0]));
        run.WriteProbes(
            "linear",
            "given",
            1,
            [.. Runs(1, 0.8, [0, 0, 0, 0]).Select(line => line.Fold == 3 ? line with { R = null, Missing = MissingReason.Constant } : line)]);
        Assert.Equal(0, Assert.Single(run.Analyse(Quick).Peaks).Layer);
    }

    [Fact]
    public void The_peak_has_an_r_with_its_layer_chosen_on_the_other_folds()
    {
        using var run = new SyntheticRun(SyntheticRun.MakePrompts(100), layers: 3);
        // Each layer is high in folds of its own: by the mean all four, layer 1 wins.
        double[][] folds = [[0.5, 0.1, 0.1, 0.1], [0.1, 0.5, 0.5, 0.1], [0.2, 0.2, 0.2, 0.4]];
        for (var layer = 0; layer < 3; layer++)
        {
            run.WriteProbes("ridge", "given", layer, Runs(layer, 0, folds[layer]));
        }

        var peak = Assert.Single(run.Analyse(Quick).Peaks);
        Assert.Equal((1, 0.3), (peak.Layer, Math.Round(peak.R, 9)));
        // Without fold 0: means .1, .3667, .2667: layer 1, .1 in fold 0. Without 1: .2333, .2333, .2667: layer 2, .2. Without 2: the same, .2.
        // Without 3: .2333, .3667, .2: layer 1, .1.
        Assert.Equal([1, 2, 2, 1], peak.NestedLayers);
        Assert.Equal(0.15, peak.NestedR!.Value, 12);
        Assert.Equal(AlignedProbing.Statistics.StrengthInterval.Of(0.15, 60).Low!.Value, peak.NestedLow!.Value, 12);
    }

    [Fact]
    public void What_stands_beside_r_rests_on_its_runs_or_is_missing()
    {
        using var run = new SyntheticRun(SyntheticRun.MakePrompts(100), layers: 1);
        var lines = Runs(0, 0.6, [0, 0, 0, 0], seeds: 1);
        // Fold 3 has no r, but an error; fold 0 has an r, but no R².
        lines[3] = lines[3] with { R = null, Mse = 7, R2 = 0.1, Missing = MissingReason.Constant };
        lines = [.. lines.Select(line => line.Fold is 1 or 2 ? line with { R2 = 0.2, Spearman = 0.5 } : line with { Spearman = 0.5 })];
        run.WriteProbes("linear", "given", 0, lines);
        var cell = Assert.Single(run.Analyse(Quick).Internals);
        Assert.Equal((3, 0.01, 0.5, (double?)null), (cell.Runs, cell.Mse!.Value, cell.Spearman!.Value, cell.R2));
    }

    [Fact]
    public void Selectivity_against_a_control_of_other_folds_is_missing()
    {
        using var run = new SyntheticRun(SyntheticRun.MakePrompts(100), layers: 1);
        var plain = Runs(0, 0.6, [0, 0, 0, 0]);
        ProbeRun[] control = [.. Runs(0, 0.1, [0, 0, 0, 0]).Select(line => line with { Control = "randomization" })];
        run.WriteProbes("linear", "given", 0, [.. plain, .. control]);
        var found = Assert.Single(run.Analyse(Quick).Selectivity);
        Assert.Equal((0.5, MissingReason.NoPredictions), (Math.Round(found.Value!.Value, 9), found.Reason));
        run.WriteProbes(
            "linear",
            "given",
            0,
            [.. plain, .. control.Select(line => line.Fold == 3 ? line with { R = null, Missing = MissingReason.Constant } : line)]);
        found = Assert.Single(run.Analyse(Quick).Selectivity);
        Assert.Equal((null, MissingReason.OtherFolds), (found.Value, found.Reason));
    }

    [Fact]
    public void Intervals_stay_within_minus_1_and_1()
    {
        using var run = new SyntheticRun(SyntheticRun.MakePrompts(100), layers: 1);
        run.WriteProbes("linear", "given", 0, Runs(0, 0.9, [-0.3, 0.05, 0.05, 0.05], seeds: 1));
        Assert.Equal(1, Assert.Single(run.Analyse(Quick).Internals).FoldsHigh);
        run.WriteProbes("linear", "given", 0, SyntheticRun.Probe(0, Scenario.Input, "toxicity", 0, 0, 1.0));
        Assert.InRange(Assert.Single(run.Analyse(Quick).Internals).Low!.Value, 0.9, 1);
    }

    [Fact]
    public void Layers_not_probed_yet_are_counted()
    {
        using var run = new SyntheticRun(SyntheticRun.MakePrompts(100), layers: 5);
        run.WriteProbes("linear", "given", 2, Runs(2, 0.5, [0, 0.1]));
        var findings = run.Analyse(Quick);
        Assert.Contains(findings.Missing, count => count is { Where: "layers probed: linear on given", Reason: MissingReason.NotRun, Count: 4, Of: 5 });
    }

    [Fact]
    public void The_order_of_the_lines_changes_nothing()
    {
        using var run = new SyntheticRun(SyntheticRun.MakePrompts(100), layers: 1);
        ProbeRun[] lines =
        [
            .. Enumerable.Range(0, 20).Select(i => SyntheticRun.Probe(0, Scenario.Input, "toxicity", i / 5, i % 5, SyntheticRun.Uniform(1, i))),
        ];
        run.WriteProbes("linear", "given", 0, lines);
        var one = run.Analyse(Quick).Internals.Single();
        run.WriteProbes("linear", "given", 0, [.. lines.Reverse()]);
        Assert.Equal(one, run.Analyse(Quick).Internals.Single());
    }

    [Fact]
    public void Probes_asked_for_something_unusual_are_noted()
    {
        using var run = new SyntheticRun(SyntheticRun.MakePrompts(100), layers: 1);
        run.WriteProbes("linear", "given", 0, Runs(0, 0.6, [0, 0.1]));
        RunFolder.StartOrResumeStage(run.Folder.ProbeFolder("linear", "given"), new { Backward = "mean", Pooling = "last" });
        var warnings = run.Analyse(Quick).Warnings;
        Assert.Contains("Backward of linear on given asks for the mean over a prompt's continuations, not for the highest score.", warnings);
        Assert.Contains("linear on given read vectors pooled by last, not by mean as the run's other probes.", warnings);
    }
}

using AlignedProbing.Analysis;
using AlignedProbing.Files;
using AlignedProbing.Probing;
using AlignedProbing.Runs;
using AlignedProbing.Statistics;
using AlignedProbing.Tests.Probing;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Analysis;

public sealed class StrengthTests : IDisposable
{
    private const int Resamples = 200;
    private const int Seed = 3;

    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void The_interval_of_strength_is_the_chosen_one_and_of_selectivity_rows_drawn_within_folds_widened_to_the_training_rows()
    {
        var (run, findings) = Analysed("linear");
        var cells = findings
            .Internals.Where(found => found is { Layer: 1, Scenario: Scenario.Input, Attribute: "toxicity" })
            .ToDictionary(cell => cell.Control);
        var (cell, control) = (cells["none"], cells["randomization"]);
        Assert.All([cell, control], found =>
            Assert.Equal(StrengthInterval.Of(found.R!.Value, found.TrainN!.Value), (found.Low, found.High)));
        Assert.Equal("fisher-z-training-rows", cell.Estimator);
        Assert.NotNull(cell.Spread);
        var selectivity = findings.Selectivity.Single(row => row is { Layer: 1, Scenario: Scenario.Input, Attribute: "toxicity" });
        var index = Array.IndexOf([.. JsonLines.ReadFile<ProbeRun>(run.ProbeRunsPath("linear", "tests", 1))
            .Select(line => (line.Scenario, line.Attribute, line.Control)).Distinct()], (Scenario.Input, "toxicity", "randomization"));
        var (labels, folds, predictions) = Stored(run, "linear", 1, 0, seeds: 2);
        var (_, _, ofControl) = Stored(run, "linear", 1, index, seeds: 2);
        int[] rows = [.. Enumerable.Range(0, folds.Length).Where(row => !float.IsNaN(folds[row]))];
        var expected = Enumerable.Range(0, Resamples).Select(resample =>
        {
            var (plain, permuted) = (new List<double>(), new List<double>());
            for (var fold = 0; fold < 4; fold++)
            {
                int[] tested = [.. rows.Where(row => folds[row] == fold)];
                var drawn = new int[tested.Length];
                Bootstrap.DrawRows(Seed, resample, drawn, fold);
                for (var seed = 0; seed < 2; seed++)
                {
                    var order = LabelPermutation.Of(rows.Length, seed);
                    var label = rows.Index().ToDictionary(pair => pair.Item, pair => (double)labels[rows[order[pair.Index]]]);
                    double[] truth = [.. drawn.Select(place => (double)labels[tested[place]])];
                    double[] other = [.. drawn.Select(place => label[tested[place]])];
                    plain.Add(Pearson.Of([.. drawn.Select(place => (double)predictions[seed][tested[place]])], truth).Value!.Value);
                    permuted.Add(Pearson.Of([.. drawn.Select(place => (double)ofControl[seed][tested[place]])], other).Value!.Value);
                }
            }

            return plain.Average() - permuted.Average();
        }).ToArray();
        var (low, high) = Bootstrap.Interval(expected);
        var (value, scale) = (selectivity.Value!.Value, Math.Sqrt((cell.N - 3) / (cell.TrainN!.Value - 3)));
        Assert.Equal(value + (scale * (low!.Value - value)), selectivity.Low!.Value, 1e-5);
        Assert.Equal(value + (scale * (high!.Value - value)), selectivity.High!.Value, 1e-5);
        Assert.Equal("prompts-within-folds-widened", selectivity.Estimator);
    }

    [Fact]
    public void Partial_strength_is_the_correlation_of_what_length_leaves_of_prediction_and_label()
    {
        var (run, findings) = Analysed("ridge");
        var cell = findings.Internals.Single(found => found is { Layer: 1, Scenario: Scenario.Input, Attribute: "toxicity", Control: "none" });
        var (labels, folds, predictions) = Stored(run, "ridge", 1, 0, seeds: 1);
        var expected = Enumerable
            .Range(0, 4)
            .Average(fold =>
            {
                int[] rows = [.. Enumerable.Range(0, folds.Length).Where(row => folds[row] == fold)];
                double[] length = [.. rows.Select(row => 3.0 + (row % 7))];
                return Pearson
                    .Of(Rest([.. rows.Select(row => (double)predictions[0][row])], length), Rest([.. rows.Select(row => (double)labels[row])], length))
                    .Value!.Value;
            });
        Assert.Equal(expected, cell.PartialR!.Value, 1e-6);
        Assert.Equal(StrengthInterval.Of(cell.PartialR.Value, cell.TrainN!.Value, covariates: 1), (cell.PartialLow, cell.PartialHigh));
        // The label itself: what a length explains is all of it, and nothing is left to correlate.
        var ofLength = findings.Internals.Single(found => found is { Layer: 1, Scenario: Scenario.Output, Attribute: "length", Control: "none" });
        Assert.Null(ofLength.PartialR);
        Assert.All(
            findings.Internals.Where(found => found is { Control: "none", R: not null }),
            found => Assert.True(found.PartialR is null == found.PartialReason is MissingReason.LengthConstant));
    }

    [Fact]
    public void Selectivity_is_strength_less_that_of_permuted_labels_paired_by_prompt()
    {
        var (_, findings) = Analysed("linear");
        var found = findings.Selectivity.Single(row => row is { Layer: 1, Scenario: Scenario.Input, Attribute: "toxicity" });
        var cells = findings.Internals.Where(cell => cell is { Layer: 1, Scenario: Scenario.Input, Attribute: "toxicity" }).ToDictionary(cell => cell.Control);
        Assert.Equal(cells["none"].R!.Value - cells["randomization"].R!.Value, found.Value!.Value, 12);
        Assert.Equal(cells["randomization"].R, found.ControlR);
        Assert.InRange(found.Value.Value, found.Low!.Value, found.High!.Value);
        Assert.Equal("fisher-z-training-rows", cells["randomization"].Estimator);
        Assert.True(cells["randomization"].Low < cells["randomization"].R && cells["randomization"].R < cells["randomization"].High);
    }

    [Fact]
    public void A_probe_of_one_seed_has_selectivity_against_permutations_of_several()
    {
        var (_, findings) = Analysed("ridge");
        var found = findings.Selectivity.Single(row => row is { Layer: 1, Scenario: Scenario.Input, Attribute: "toxicity" });
        var cells = findings.Internals.Where(cell => cell is { Layer: 1, Scenario: Scenario.Input, Attribute: "toxicity" }).ToDictionary(cell => cell.Control);
        Assert.Equal((4, 8), (cells["none"].Runs, cells["randomization"].Runs));
        Assert.True(found.Low < found.Value && found.Value < found.High);
    }

    [Fact]
    public void Differences_are_paired_and_corrected_within_their_family()
    {
        var (_, findings) = Analysed("ridge");
        var layers = findings.Differences.Where(row => row is { Kind: "layers", Scenario: Scenario.Input, Attribute: "toxicity" }).ToArray();
        Assert.Equal([0, 2], layers.Select(row => row.Layer));
        Assert.All(layers, row => Assert.Equal((1, 2), (row.OtherLayer, row.Comparisons)));
        Assert.All(layers, row => Assert.True(row.Value < 0 && row.High < 0 && row.AdjustedP < 0.01 && row.AdjustedP >= row.P));
        var scenarios = findings.Differences.Where(row => row is { Kind: "scenarios", Attribute: "toxicity" }).ToArray();
        // Six pairs at three layers; rows differ, so prompts are drawn over all.
        Assert.Equal(18, scenarios.Length);
        Assert.All(scenarios, row => Assert.Equal(("prompts-paired-widened", 18), (row.Estimator, row.Comparisons)));
        Assert.Contains(scenarios, row => row is { Layer: 1, Scenario: Scenario.Input, OtherScenario: Scenario.Forward, AdjustedP: < 0.01 });
        Assert.Contains("prompts-paired-widened", findings.Estimators.Keys);
    }

    [Fact]
    public void The_correction_asked_for_is_the_one_that_is_made_and_recorded()
    {
        var (run, holm) = Analysed("ridge");
        var bh = AnalysisStage.Run(
            run,
            new AnalysisOptions
            {
                Resamples = Resamples,
                Seed = Seed,
                Correction = "bh",
            },
            null,
            TestContext.Current.CancellationToken);
        Assert.Equal(("holm", "bh"), (holm.Analysis!.Correction, bh.Analysis!.Correction));
        Assert.All(holm.Differences.Zip(bh.Differences), pair =>
            Assert.True(pair.First.P == pair.Second.P && pair.Second.AdjustedP >= pair.Second.P && pair.Second.AdjustedP <= pair.First.AdjustedP));
        Assert.Contains(holm.Differences.Zip(bh.Differences), pair => pair.Second.AdjustedP < pair.First.AdjustedP);
        Assert.Contains("Hochberg", bh.Estimators["prompts-paired-widened"], StringComparison.Ordinal);
        Assert.Throws<InputException>(() => AnalysisStage.Run(run, new AnalysisOptions { Correction = "none" }, null, CancellationToken.None));
    }

    [Fact]
    public void Predictions_that_do_not_belong_to_the_runs_are_refused()
    {
        var run = ProbingRun.Make(_temporary["broken"]);
        var options = new ProbingOptions { Scorer = "tests", Probe = "ridge", Layers = [0, 1] };
        ProbingStage.Run(run, options, null, TestContext.Current.CancellationToken);
        File.Copy(run.PredictionsPath("ridge", "tests", 0), run.PredictionsPath("ridge", "tests", 1), overwrite: true);
        Array.ForEach(Directory.GetFiles(run.ProbeFolder("ridge", "tests"), "*.unit.json"), File.Delete);
        var error = Assert.Throws<InputException>(() =>
            AnalysisStage.Run(run, new AnalysisOptions { Resamples = 10 }, null, TestContext.Current.CancellationToken));
        Assert.Equal("run-folder-broken", error.Code);
    }

    [Fact]
    public void A_truncated_file_of_predictions_is_an_error_that_names_it()
    {
        var (run, _) = Analysed("ridge");
        using (var file = new FileStream(run.PredictionsPath("ridge", "tests", 1), FileMode.Open))
        {
            file.SetLength(200);
        }

        var error = Assert.Throws<InputException>(() =>
            AnalysisStage.Run(run, new AnalysisOptions { Resamples = 10 }, null, TestContext.Current.CancellationToken));
        Assert.Contains("layer-01.predictions.npy", error.Asked, StringComparison.Ordinal);
    }

    private static double[] Rest(double[] values, double[] length)
    {
        var (meanX, meanY) = (length.Average(), values.Average());
        var slope = length.Zip(values).Sum(pair => (pair.First - meanX) * (pair.Second - meanY)) / length.Sum(x => (x - meanX) * (x - meanX));
        return [.. values.Zip(length).Select(pair => pair.First - meanY - (slope * (pair.Second - meanX)))];
    }

    private static (float[] Labels, float[] Folds, float[][] Predictions) Stored(RunFolder run, string probe, int layer, int cell, int seeds)
    {
        var stored = ProbePredictions.Read(run.PredictionsPath(probe, "tests", layer));
        return (
            stored.Labels(cell).ToArray(),
            stored.Folds(cell).ToArray(),
            [.. Enumerable.Range(0, seeds).Select(seed => stored.Predictions(cell, seed).ToArray())]);
    }

    private (RunFolder Run, Findings Findings) Analysed(string probe)
    {
        var run = ProbingRun.Make(_temporary[probe]);
        ProbingStage.Run(
            run,
            new ProbingOptions
            {
                Scorer = "tests",
                Probe = probe,
                Seeds = [0, 1],
                Controls = [ProbingOptions.Randomization],
            },
            null,
            TestContext.Current.CancellationToken);
        return (run, AnalysisStage.Run(run, new AnalysisOptions { Resamples = Resamples, Seed = Seed }, null, TestContext.Current.CancellationToken));
    }
}

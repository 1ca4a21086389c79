using AlignedProbing.Analysis.RunComparisons;
using AlignedProbing.Files;
using AlignedProbing.Probing;
using AlignedProbing.Runs;
using AlignedProbing.Statistics;
using AlignedProbing.Tests.Probing;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Analysis;

public sealed class RunStrengthComparisonTests : IDisposable
{
    private const int Resamples = 100;

    private static readonly ComparisonOptions Quick = new() { Resamples = Resamples, Seed = 3 };

    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void Equal_probes_differ_by_exactly_nothing_at_every_layer_and_at_the_peak()
    {
        var findings = Compare(Probed("one"), Probed("other"));
        var layers = findings.Differences.Where(row => row.Kind == "strength").ToArray();
        Assert.Equal(12, layers.Length);
        Assert.All(layers, row =>
            Assert.Equal((0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 3), (row.Difference, row.Low, row.High, row.BandLow, row.BandHigh, row.P, row.Comparisons)));
        Assert.Equal(8, findings.Differences.Count(row => row is { Kind: "peak", Difference: 0, Low: 0, High: 0 }));
        Assert.Empty(findings.LeftOut);
    }

    [Fact]
    public void A_layer_that_reads_less_is_found_paired_by_prompt_and_within_the_band()
    {
        var (one, other) = (Probed("one"), Probed("other"));
        // Layer 0 of noise in the place of layer 1, which holds the score.
        File.Copy(other.PredictionsPath("ridge", "tests", 0), other.PredictionsPath("ridge", "tests", 1), overwrite: true);
        WithoutHashes(other);
        var findings = Compare(one, other);
        var rows = findings.Differences.Where(row => row is { Kind: "strength", Scenario: Scenario.Input }).ToArray();
        Assert.Equal((0.0, 0.0), (rows[0].Difference, rows[2].Difference));
        Assert.True(rows[1].AdjustedP < 0.01 && rows[1].High < 0 && rows[1].BandHigh < 0);
        // One layer varies: the band for all is the standard error times its own quantile, hence about the interval.
        Assert.InRange(rows[1].BandLow!.Value, rows[1].Low!.Value - 0.1, rows[1].Low!.Value + 0.1);
        Assert.Equal(Expected(one, 1, one.ReadPrompts()), rows[1].BaselineValue!.Value, 1e-5);
        Assert.Equal(Expected(other, 0, other.ReadPrompts()), rows[1].RunValue!.Value, 1e-5);
        var peak = findings.Differences.Single(row => row is { Kind: "peak", Metric: "r", Scenario: Scenario.Input });
        Assert.Equal(rows[1].BaselineValue, peak.BaselineValue);
        Assert.True(peak.Difference < 0 && peak.AdjustedP < 0.05);
        Assert.Equal(1.0, findings.Differences.Single(row => row is { Kind: "peak", Metric: "layer", Scenario: Scenario.Input }).BaselineValue);
    }

    [Fact]
    public void Intervals_are_those_of_one_draw_of_prompts_for_both_runs()
    {
        var (one, other) = (Probed("one"), Probed("other"));
        File.Copy(other.PredictionsPath("ridge", "tests", 0), other.PredictionsPath("ridge", "tests", 1), overwrite: true);
        WithoutHashes(other);
        var found = Compare(one, other).Differences.Single(row => row is { Kind: "strength", Layer: 1, Scenario: Scenario.Input });
        string[] ids = [.. one.ReadPrompts().Select(prompt => prompt.Id).Order(StringComparer.Ordinal)];
        var less = Enumerable.Range(0, Resamples).Select(resample =>
        {
            var drawn = new int[ids.Length];
            Bootstrap.DrawRows(Quick.Seed, resample, drawn, int.MaxValue);
            string[] prompts = [.. drawn.Select(place => ids[place])];
            return Drawn(other, 0, prompts) - Drawn(one, 1, prompts);
        }).ToArray();
        var (low, high) = Bootstrap.Interval(less);
        Assert.Equal(low!.Value, found.Low!.Value, 1e-5);
        Assert.Equal(high!.Value, found.High!.Value, 1e-5);
        Assert.Equal(Normal.TwoSided(found.Difference!.Value / Moments.StandardDeviation(less).Value!.Value), found.P!.Value, 1e-4);
    }

    [Fact]
    public void Swapped_runs_give_the_negated_differences()
    {
        var (one, other) = (Probed("one"), Probed("other"));
        File.Copy(other.PredictionsPath("ridge", "tests", 0), other.PredictionsPath("ridge", "tests", 1), overwrite: true);
        WithoutHashes(other);
        var (there, back) = (Compare(one, other).Differences, Compare(other, one).Differences);
        foreach (var (row, swapped) in there.Zip(back).Where(pair => pair.First.Kind is "strength" or "peak"))
        {
            Assert.Equal((row.Kind, row.Layer, row.Scenario, row.Metric), (swapped.Kind, swapped.Layer, swapped.Scenario, swapped.Metric));
            Assert.Equal(-row.Difference!.Value, swapped.Difference!.Value, 12);
            Assert.Equal(-row.Low!.Value, swapped.High!.Value, 12);
        }
    }

    [Fact]
    public void Selectivity_is_compared_where_all_have_the_control()
    {
        var (one, other) = (Probed("one", ProbingOptions.Randomization), Probed("other", ProbingOptions.Randomization));
        File.Copy(other.PredictionsPath("ridge", "tests", 0), other.PredictionsPath("ridge", "tests", 1), overwrite: true);
        WithoutHashes(other);
        var findings = Compare(one, other);
        var found = findings.Differences.Single(row => row is { Kind: "selectivity", Layer: 1, Scenario: Scenario.Input });
        Assert.Equal("randomization", found.Metric);
        Assert.True(found.Difference < 0 && found.Low < found.Difference && found.Difference < found.High && found.BaselineValue > found.RunValue);
        Assert.DoesNotContain(Compare(one, Probed("without")).Differences, row => row.Kind == "selectivity");
    }

    [Fact]
    public void Compression_is_compared_without_an_interval_over_prompts()
    {
        var (one, other) = (Probed("one", coding: true), Probed("other", coding: true));
        var rows = Compare(one, other).Differences.Where(row => row.Kind == "compression").ToArray();
        Assert.Equal(12, rows.Length);
        Assert.All(rows, row => Assert.Equal((0.0, null, null, ""), (row.Difference, row.Low, row.AdjustedP, row.Estimator)));
        Assert.True(rows.Single(row => row is { Layer: 1, Scenario: Scenario.Input }).BaselineValue > 1);
    }

    [Theory]
    [InlineData("backward", "mean", "Backward of probe ridge on tests", 9)]
    [InlineData("epochs", "7", "probe ridge on tests", 0)]
    [InlineData("pooling", "last", null, 12)]
    [InlineData("controls", "x", null, 12)]
    public void Only_what_was_probed_alike_is_compared_and_the_rest_is_named(string field, string value, string? leftOut, int layers)
    {
        var (one, other) = (Probed("one"), Probed("other"));
        var path = RunFolder.StageManifestPath(other.ProbeFolder("ridge", "tests"));
        var options = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(path))!;
        options[field] = value;
        File.WriteAllText(path, options.ToJsonString());
        var findings = Compare(one, other);
        Assert.Equal(layers, findings.Differences.Count(row => row.Kind == "strength"));
        Assert.Equal(leftOut, findings.LeftOut.SingleOrDefault()?.What);
        Assert.Equal(field == "controls" ? [] : ["probe"], findings.Runs[1].Changed);
    }

    [Fact]
    public void What_is_left_out_as_a_whole_is_told_once_with_all_its_reasons()
    {
        var (one, other) = (Probed("one"), Probed("other"));
        var path = RunFolder.StageManifestPath(other.ProbeFolder("ridge", "tests"));
        File.WriteAllText(
            path,
            File.ReadAllText(path)
                .Replace("\"epochs\": 20", "\"epochs\": 7", StringComparison.Ordinal)
                .Replace("\"max\"", "\"mean\"", StringComparison.Ordinal)
                .Replace("\"patience\": 10", "\"patience\": 9", StringComparison.Ordinal));
        Assert.Equal(
            new LeftOut("probe ridge on tests", "probed otherwise: epochs (one: 20, other: 7); patience (one: 10, other: 9)"),
            Assert.Single(Compare(one, other).LeftOut, part => part.What.Contains("ridge", StringComparison.Ordinal)));
    }

    [Fact]
    public void Models_of_other_depth_are_compared_at_the_same_relative_depth_and_said_so()
    {
        var (one, other) = (Probed("one"), Probed("other", layers: 2));
        var findings = Compare(one, other);
        var rows = findings.Differences.Where(row => row is { Kind: "strength", Scenario: Scenario.Input }).ToArray();
        Assert.Equal([(0, null), (1, null), (2, (int?)1)], rows.Select(row => (row.Layer!.Value, row.RunLayer)));
        Assert.DoesNotContain(findings.Differences, row => row is { Kind: "peak", Metric: "layer" });
        Assert.Contains(findings.Warnings, warning => warning.Contains("differ in depth", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0, 31, 13, 0)]
    [InlineData(15, 31, 13, 6)]
    [InlineData(30, 31, 13, 12)]
    [InlineData(7, 13, 13, 7)]
    public void Layers_meet_at_the_nearest_relative_depth(int layer, int ofBaseline, int ofRun, int expected) =>
        Assert.Equal(expected, StrengthComparison.Matched(layer, ofBaseline, ofRun));

    [Fact]
    public void Probes_that_only_one_run_has_are_named_and_broken_predictions_are_an_error()
    {
        var (one, other) = (Probed("one"), Probed("other"));
        ProbingStage.Run(one, Options("linear"), null, TestContext.Current.CancellationToken);
        Assert.Contains(Compare(one, other).LeftOut, part => part == new LeftOut("probe linear on tests", "other has not run it"));
        using (var file = new FileStream(other.PredictionsPath("ridge", "tests", 1), FileMode.Open))
        {
            file.SetLength(200);
        }

        Assert.Throws<InputException>(() => Compare(one, other));
    }

    [Fact]
    public void Probes_that_learnt_from_unlike_numbers_of_rows_are_warned_about()
    {
        var (one, other) = (Probed("one"), Probed("other"));
        Assert.DoesNotContain(Compare(one, other).Warnings, warning => warning.Contains("learn from", StringComparison.Ordinal));
        var path = other.ProbeRunsPath("ridge", "tests", 0);
        JsonLines.WriteFile(path, JsonLines.ReadFile<ProbeRun>(path).ToArray().Select(run => run with { N = run.N * 2 }));
        WithoutHashes(other);
        Assert.Contains(Compare(one, other).Warnings, warning => warning.Contains("learn from", StringComparison.Ordinal));
    }

    private static ComparisonFindings Compare(RunFolder one, RunFolder other) =>
        RunComparison.Of([one, other], Quick, null, TestContext.Current.CancellationToken);

    private static ProbingOptions Options(string probe) => new() { Scorer = "tests", Probe = probe, Seeds = [0], Attributes = ["toxicity"] };

    private RunFolder Probed(string name, string? control = null, int? layers = null, bool coding = false)
    {
        var run = ProbingRun.Make(_temporary[name]);
        ProbingStage.Run(
            run,
            Options("ridge") with
            {
                Controls = control is null ? [] : [control],
                OnlineCoding = coding,
            },
            null,
            TestContext.Current.CancellationToken);
        if (layers is { } fewer)
        {
            var manifest = run.ReadManifest();
            File.WriteAllText(
                run.ManifestPath,
                System.Text.Json.JsonSerializer.Serialize(manifest with { Model = manifest.Model with { Layers = fewer } }, RecordJson.File));
        }

        return run;
    }

    private static double Expected(RunFolder run, int layer, IReadOnlyList<Prompt> prompts) => Drawn(run, layer, [.. prompts.Select(prompt => prompt.Id)]);

    // Mean over folds of the correlation of label and prediction over the prompts drawn.
    private static double Drawn(RunFolder run, int layer, string[] drawn)
    {
        var places = run.ReadPrompts().Index().ToDictionary(pair => pair.Item.Id, pair => pair.Index);
        var stored = ProbePredictions.Read(run.PredictionsPath("ridge", "tests", layer));
        var (labels, folds, predictions) = (stored.Labels(0).ToArray(), stored.Folds(0).ToArray(), stored.Predictions(0, 0).ToArray());
        return Enumerable.Range(0, 4).Average(fold =>
        {
            int[] rows = [.. drawn.Select(id => places[id]).Where(row => folds[row] == fold)];
            return Pearson.Of([.. rows.Select(row => (double)predictions[row])], [.. rows.Select(row => (double)labels[row])]).Value!.Value;
        });
    }

    // Files that a test changes on purpose are not those that were written.
    private static void WithoutHashes(RunFolder run) =>
        Array.ForEach(Directory.GetFiles(run.ProbeFolder("ridge", "tests"), "*.unit.json"), File.Delete);
}

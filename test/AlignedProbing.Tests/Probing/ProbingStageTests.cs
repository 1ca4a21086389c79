using AlignedProbing.Files;
using AlignedProbing.Probing;
using AlignedProbing.Runs;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Probing;

public sealed partial class ProbingStageTests : IDisposable
{
    private static readonly ProbingOptions Options = new() { Scorer = "tests", Probe = "ridge", Seeds = [0, 1], Epochs = 3 };

    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void Ridge_finds_each_scenarios_label_where_it_is_and_nowhere_else()
    {
        var run = ProbingRun.Make(_temporary["run"]);
        var result = ProbingStage.Run(run, Options, null, TestContext.Current.CancellationToken);
        Assert.Equal((3, 0, 0), (result.Done, result.AlreadyDone, result.Failed.Count));
        Assert.True(MeanR(run, 1, Scenario.Input) > 0.99);
        Assert.True(MeanR(run, 1, Scenario.Output) > 0.99);
        Assert.True(Math.Abs(MeanR(run, 1, Scenario.Forward)) < 0.5);
        Assert.True(Math.Abs(MeanR(run, 0, Scenario.Input)) < 0.5);
    }

    [Fact]
    public void Rows_without_label_or_vector_are_left_out_and_the_rest_is_tested_once()
    {
        var run = ProbingRun.Make(_temporary["run"]);
        ProbingStage.Run(run, Options, null, TestContext.Current.CancellationToken);
        var expected = new Dictionary<Scenario, int[]>
        {
            [Scenario.Input] = [ProbingRun.WithoutVectors, ProbingRun.WithoutPromptScore],
            [Scenario.Forward] = [ProbingRun.WithoutVectors, ProbingRun.WithoutPromptScore],
            [Scenario.Output] = [ProbingRun.WithoutVectors],
            [Scenario.Backward] = [ProbingRun.WithoutVectors, ProbingRun.WithoutSecondScore],
        };
        var predictions = ProbePredictions.Read(run.PredictionsPath("ridge", "tests", 1));
        var lines = Lines(run, 1);
        var cells = lines.Select(line => (line.Scenario, line.Attribute)).Distinct().ToList();
        foreach (var (scenario, leftOut) in expected)
        {
            Assert.Equal(
                ProbingRun.Prompts - leftOut.Length,
                lines.Where(line => line.Scenario == scenario && line.Attribute == "toxicity").Sum(line => line.N));
            var cell = cells.IndexOf((scenario, "toxicity"));
            foreach (var plane in new[] { predictions.Labels(cell).ToArray(), predictions.Folds(cell).ToArray(), predictions.Predictions(cell, 0).ToArray() })
            {
                Assert.Equal(leftOut, plane.Index().Where(pair => float.IsNaN(pair.Item)).Select(pair => pair.Index));
            }
        }
    }

    [Fact]
    public void Labels_are_joined_by_id_and_scaled_over_the_rows_used()
    {
        var run = ProbingRun.Make(_temporary["run"]);
        ProbingStage.Run(run, Options with { Scenarios = [Scenario.Backward], Attributes = ["toxicity"] }, null, TestContext.Current.CancellationToken);
        var labels = ProbePredictions.Read(run.PredictionsPath("ridge", "tests", 2)).Labels(0).ToArray();
        double?[] maxima =
        [
            .. Enumerable
                .Range(0, ProbingRun.Prompts)
                .Select(prompt =>
                    prompt is ProbingRun.WithoutVectors or ProbingRun.WithoutSecondScore
                        ? (double?)null
                        : Math.Max(ProbingRun.Score(prompt, 0), ProbingRun.Score(prompt, 1))),
        ];
        var (low, high) = (maxima.Min()!.Value, maxima.Max()!.Value);
        Assert.All(maxima.Index(), pair => Assert.Equal(pair.Item is { } value ? (float)((value - low) / (high - low)) : float.NaN, labels[pair.Index]));
    }

    [Fact]
    public void A_cell_without_variation_is_missing_with_its_reason_and_has_no_number()
    {
        var run = ProbingRun.Make(_temporary["run"]);
        ProbingStage.Run(run, Options, null, TestContext.Current.CancellationToken);
        var lines = Lines(run, 0);
        AssertMissing("threat", Scenario.Input, MissingReason.Constant);
        AssertMissing("length", Scenario.Output, MissingReason.NearlyConstant);
        Assert.All(lines.Where(line => line is { Attribute: "length", Scenario: Scenario.Input }), line => Assert.NotNull(line.R));

        void AssertMissing(string attribute, Scenario scenario, string reason)
        {
            var missing = lines.Where(line => line.Attribute == attribute && line.Scenario == scenario).ToArray();
            Assert.Equal(4, missing.Length);
            Assert.All(missing, line => Assert.Equal((reason, null, null), (line.Missing, line.R, line.Mse)));
        }
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("ridge")]
    public void Results_do_not_depend_on_threads_or_on_what_else_is_probed(string probe)
    {
        var one = ProbingRun.Make(_temporary["one"]);
        var many = ProbingRun.Make(_temporary["many"]);
        var alone = ProbingRun.Make(_temporary["alone"]);
        var options = Options with { Probe = probe, Controls = [ProbingOptions.Randomization] };
        ProbingStage.Run(one, options with { Threads = 1 }, null, TestContext.Current.CancellationToken);
        ProbingStage.Run(many, options with { Threads = 32 }, null, TestContext.Current.CancellationToken);
        ProbingStage.Run(
            alone,
            options with
            {
                Scenarios = [Scenario.Output],
                Attributes = ["toxicity"],
                Controls = [],
                Layers = [1],
            },
            null,
            TestContext.Current.CancellationToken);
        for (var layer = 0; layer < ProbingRun.Layers; layer++)
        {
            Assert.Equal(File.ReadAllBytes(one.ProbeRunsPath(probe, "tests", layer)), File.ReadAllBytes(many.ProbeRunsPath(probe, "tests", layer)));
            Assert.Equal(File.ReadAllBytes(one.PredictionsPath(probe, "tests", layer)), File.ReadAllBytes(many.PredictionsPath(probe, "tests", layer)));
        }

        Assert.Equal(
            JsonLines
                .ReadFile<ProbeRun>(one.ProbeRunsPath(probe, "tests", 1))
                .Where(line => line is { Scenario: Scenario.Output, Attribute: "toxicity", Control: "none" }),
            JsonLines.ReadFile<ProbeRun>(alone.ProbeRunsPath(probe, "tests", 1)));
    }

    [Fact]
    public void A_dummy_that_predicts_the_mean_has_no_r_and_compresses_to_nearly_one()
    {
        var run = ProbingRun.Make(_temporary["run"]);
        ProbingStage.Run(run, Options with { Probe = "mean", OnlineCoding = true, Layers = [1] }, null, TestContext.Current.CancellationToken);
        var lines = JsonLines
            .ReadFile<ProbeRun>(run.ProbeRunsPath("mean", "tests", 1))
            .Where(line => line is { Scenario: Scenario.Input, Attribute: "toxicity" })
            .ToArray();
        Assert.Equal(4, lines.Length);
        Assert.All(lines, line => Assert.Equal((null, null, MissingReason.Constant), (line.R, line.Spearman, line.Missing)));
        // A mean of other rows is never better than the fold's own.
        Assert.All(lines, line => Assert.InRange(line.R2!.Value, -1, 0));
        var codes = JsonLines
            .ReadFile<ProbeCode>(run.ProbeCodesPath("mean", "tests", 1))
            .Where(code => code is { Scenario: Scenario.Input, Attribute: "toxicity" })
            .ToArray();
        Assert.Equal([0, 1, 2, 3], codes.Select(code => code.Fold));
        // Nearly: of 35 rows the first blocks' means are those of one, two, four.
        Assert.All(codes, code => Assert.InRange(code.Compression!.Value, 0.7, 1));
    }

    [Fact]
    public void Online_codes_say_what_a_layer_holds_and_why_a_cell_has_none()
    {
        var run = ProbingRun.Make(_temporary["run"]);
        var other = ProbingRun.Make(_temporary["other"]);
        var options = Options with { OnlineCoding = true, Controls = [ProbingOptions.Randomization] };
        ProbingStage.Run(run, options with { Threads = 1 }, null, TestContext.Current.CancellationToken);
        ProbingStage.Run(other, options with { Threads = 9 }, null, TestContext.Current.CancellationToken);
        Assert.Equal(File.ReadAllBytes(run.ProbeCodesPath("ridge", "tests", 1)), File.ReadAllBytes(other.ProbeCodesPath("ridge", "tests", 1)));
        var codes = JsonLines.ReadFile<ProbeCode>(run.ProbeCodesPath("ridge", "tests", 1)).ToLookup(code => (code.Scenario, code.Attribute, code.Control));
        Assert.All(codes[(Scenario.Input, "toxicity", "none")], code => Assert.True(code.Compression > 1.3));
        Assert.All(codes[(Scenario.Input, "toxicity", "randomization")], code => Assert.True(code.Compression < 1.1));
        Assert.All(codes[(Scenario.Input, "threat", "none")], code => Assert.Equal((null, MissingReason.Constant), (code.Compression, code.Missing)));
        Assert.All(codes[(Scenario.Input, "toxicity", "none")], code => Assert.Equal(code.N, code.Blocks[^1].End));
    }

    [Fact]
    public void Going_on_does_only_the_layers_that_are_not_complete_and_makes_the_same_files()
    {
        var run = ProbingRun.Make(_temporary["run"]);
        ProbingStage.Run(run, Options, null, TestContext.Current.CancellationToken);
        var (runs, predictions) = (File.ReadAllBytes(run.ProbeRunsPath("ridge", "tests", 1)), File.ReadAllBytes(run.PredictionsPath("ridge", "tests", 1)));
        // As a killed run leaves it: predictions without the lines that complete the unit.
        File.Delete(run.ProbeRunsPath("ridge", "tests", 1));
        File.WriteAllText(run.PredictionsPath("ridge", "tests", 1), "half");
        var again = ProbingStage.Run(run, Options with { Threads = 1 }, null, TestContext.Current.CancellationToken);
        Assert.Equal((1, 2), (again.Done, again.AlreadyDone));
        Assert.Equal(runs, File.ReadAllBytes(run.ProbeRunsPath("ridge", "tests", 1)));
        Assert.Equal(predictions, File.ReadAllBytes(run.PredictionsPath("ridge", "tests", 1)));
    }

    [Fact]
    public void Other_numbers_of_hidden_units_have_a_folder_of_their_own_and_are_recorded()
    {
        var run = ProbingRun.Make(_temporary["units"]);
        var options = new ProbingOptions
        {
            Scorer = "tests",
            Probe = "mlp",
            Layers = [0],
            Attributes = ["toxicity"],
            Scenarios = [Scenario.Input],
            Seeds = [0],
            Epochs = 2,
        };
        ProbingStage.Run(run, options, null, TestContext.Current.CancellationToken);
        ProbingStage.Run(run, options with { HiddenUnits = 8 }, null, TestContext.Current.CancellationToken);
        Assert.Equal(["mlp", "mlp-8"], run.Probes());
        Assert.Contains("\"hidden_units\": 8", File.ReadAllText(RunFolder.StageManifestPath(run.ProbeFolder("mlp-8", "tests"))), StringComparison.Ordinal);
        Assert.NotEqual(File.ReadAllText(run.ProbeRunsPath("mlp", "tests", 0)), File.ReadAllText(run.ProbeRunsPath("mlp-8", "tests", 0)));
        // Probes without hidden layers know nothing of them.
        Assert.Equal("ridge", (options with { Probe = "ridge", HiddenUnits = 8 }).FolderName);
        Assert.Contains(
            "hidden units are 1 to 4096, not 0",
            Assert.Throws<InputException>(() => ProbingStage.Run(run, options with { HiddenUnits = 0 }, null, CancellationToken.None)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Going_on_with_other_options_is_an_error_that_names_the_difference()
    {
        var run = ProbingRun.Make(_temporary["run"]);
        ProbingStage.Run(run, Options with { Layers = [0] }, null, TestContext.Current.CancellationToken);
        var error = Assert.Throws<InputException>(() => ProbingStage.Run(run, Options with { Seeds = [7] }, null, TestContext.Current.CancellationToken));
        Assert.Equal("options-differ", error.Code);
        Assert.Contains("seeds", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_make_together_what_one_machine_makes()
    {
        var whole = ProbingRun.Make(_temporary["whole"]);
        var shared = ProbingRun.Make(_temporary["shared"]);
        ProbingStage.Run(whole, Options, null, TestContext.Current.CancellationToken);
        Assert.Equal(2, ProbingStage.Run(shared, Options with { Shard = new Shard(0, 2) }, null, TestContext.Current.CancellationToken).Done);
        Assert.Equal(1, ProbingStage.Run(shared, Options with { Shard = new Shard(1, 2) }, null, TestContext.Current.CancellationToken).Done);
        for (var layer = 0; layer < ProbingRun.Layers; layer++)
        {
            Assert.Equal(File.ReadAllBytes(whole.ProbeRunsPath("ridge", "tests", layer)), File.ReadAllBytes(shared.ProbeRunsPath("ridge", "tests", layer)));
        }
    }

    [Fact]
    public void The_control_finds_nothing_where_the_probe_finds_all()
    {
        var run = ProbingRun.Make(_temporary["run"]);
        ProbingStage.Run(run, Options with { Controls = [ProbingOptions.Randomization], Layers = [1] }, null, TestContext.Current.CancellationToken);
        var control = Lines(run, 1).Where(line => line is { Control: ProbingOptions.Randomization, Scenario: Scenario.Input, Attribute: "toxicity" }).ToArray();
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1], control.Select(line => line.Seed));
        Assert.True(Math.Abs(control.Average(line => line.R ?? 0)) < 0.4);
        Assert.True(MeanR(run, 1, Scenario.Input) > 0.99);
        // Permutations differ by seed.
        Assert.NotEqual(control[0].Mse, control[4].Mse);
    }

    [Fact]
    public void Controls_that_encode_again_are_read_from_their_own_encodings_with_the_runs_labels()
    {
        var run = ProbingRun.Make(_temporary["run"]);
        var options = Options with { Controls = ["permutation"], Layers = [1] };
        var error = Assert.Throws<InputException>(() => ProbingStage.Run(run, options, null, TestContext.Current.CancellationToken));
        Assert.Equal("run-incomplete", error.Code);
        Assert.Contains("--control permutation", error.Message, StringComparison.Ordinal);
        // The same vectors, but for one chunk in which layer 0's stand in the place of layer 1's.
        var control = run.WithEncodingsOf("permutation");
        foreach (var file in Directory.EnumerateFiles(run.EncodingsFolder, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(control.EncodingsFolder, Path.GetRelativePath(run.EncodingsFolder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        var (values, shape) = NpyFile.ReadAll(run.VectorsPath(0, "input", "mean"));
        values.AsSpan(0, values.Length / 3).CopyTo(values.AsSpan(values.Length / 3));
        AtomicWrite.File(control.VectorsPath(0, "input", "mean"), stream => NpyFile.Write(stream, values, shape));
        Assert.Equal(1, ProbingStage.Run(run, options, null, TestContext.Current.CancellationToken).Done);
        var strength = Lines(run, 1)
            .Where(line => line.Attribute == "toxicity")
            .GroupBy(line => (line.Scenario, line.Control))
            .ToDictionary(cell => cell.Key, cell => cell.Average(line => line.R!.Value));
        Assert.Equal(strength[(Scenario.Output, "none")], strength[(Scenario.Output, "permutation")]);
        Assert.True(strength[(Scenario.Input, "permutation")] < strength[(Scenario.Input, "none")] - 0.1);
        Assert.Equal(
            Lines(run, 1).Where(line => line.Control == "none").Sum(line => line.N),
            Lines(run, 1).Where(line => line.Control == "permutation").Sum(line => line.N));
    }

    [Fact]
    public void Several_continuations_are_rows_each_and_a_prompts_rows_stay_within_a_fold()
    {
        var run = ProbingRun.Make(_temporary["run"], 0, 1);
        ProbingStage.Run(run, Options with { Continuations = [0, 1], Attributes = ["toxicity"], Layers = [1] }, null, TestContext.Current.CancellationToken);
        var stored = ProbePredictions.Read(run.PredictionsPath("ridge", "tests", 1));
        Assert.Equal(2 * ProbingRun.Prompts, stored.Prompts);
        var lines = Lines(run, 1).ToLookup(line => line.Scenario);
        // Every continuation but those of the prompt without vectors and the one that has no score; Input is as ever.
        Assert.Equal((2 * (ProbingRun.Prompts - 1)) - 1, lines[Scenario.Output].Sum(line => line.N));
        Assert.Equal(ProbingRun.Prompts - 2, lines[Scenario.Input].Sum(line => line.N));
        Assert.True(lines[Scenario.Output].Average(line => line.R!.Value) > 0.99);
        var folds = stored.Folds(2).ToArray();
        Assert.All(
            Enumerable.Range(0, ProbingRun.Prompts).Where(prompt => prompt is not (ProbingRun.WithoutVectors or ProbingRun.WithoutSecondScore)),
            prompt => Assert.Equal(folds[2 * prompt], folds[(2 * prompt) + 1]));
        var (low, high) = (stored.Labels(2).ToArray().Where(float.IsFinite).Min(), stored.Labels(2).ToArray().Where(float.IsFinite).Max());
        Assert.Equal((0f, 1f), (low, high));
        // Labels are those of the row's own continuation.
        var scores = Enumerable.Range(0, 2 * ProbingRun.Prompts).Select(row => ProbingRun.Score(row / 2, row % 2)).ToArray();
        var used = stored.Labels(2).ToArray().Index().Where(pair => float.IsFinite(pair.Item)).ToArray();
        var (smallest, largest) = (used.Min(pair => scores[pair.Index]), used.Max(pair => scores[pair.Index]));
        Assert.All(used, pair => Assert.Equal((scores[pair.Index] - smallest) / (largest - smallest), pair.Item, 1e-6));
        // Input's predictions stand at the first place of each prompt, and analysis finds them there.
        var cells = AlignedProbing
            .Analysis.AnalysisStage.Run(run, new AlignedProbing.Analysis.AnalysisOptions { Resamples = 20 }, null, TestContext.Current.CancellationToken)
            .Internals;
        Assert.All(cells, cell => Assert.Equal("fisher-z-training-rows", cell.Estimator));
    }

    [Theory]
    [InlineData("linear", false)]
    [InlineData("linear", true)]
    [InlineData("ridge", false)]
    [InlineData("ridge", true)]
    public void Stored_directions_applied_to_the_vectors_give_the_stored_predictions(string probe, bool standardise)
    {
        var run = ProbingRun.Make(_temporary["run"]);
        var options = Options with { Probe = probe, Standardise = standardise, Layers = [1] };
        ProbingStage.Run(run, options, null, TestContext.Current.CancellationToken);
        var stored = ProbePredictions.Read(run.PredictionsPath(options.FolderName, "tests", 1));
        var cells = JsonLines
            .ReadFile<ProbeRun>(run.ProbeRunsPath(options.FolderName, "tests", 1))
            .Select(line => (line.Scenario, line.Attribute))
            .Distinct()
            .ToList();
        var directions = ProbeDirection.ReadAll(run, options.FolderName, "tests", 1);
        Assert.Equal((probe == "linear" ? 2 : 1) * 4 * 6, directions.Count);
        var compared = 0;
        foreach (var direction in directions)
        {
            var cell = cells.IndexOf((direction.Scenario, direction.Attribute));
            for (var prompt = 0; prompt < ProbingRun.Prompts; prompt++)
            {
                if (stored.Folds(cell)[prompt] == direction.Fold)
                {
                    var vector = Enumerable
                        .Range(0, ProbingRun.Width)
                        .Select(column => ProbingRun.Feature(1, prompt, direction.Scenario is Scenario.Input or Scenario.Backward ? null : 0, column))
                        .ToArray();
                    Assert.Equal(stored.Predictions(cell, direction.Seed)[prompt], direction.Read(vector), 1e-4);
                    compared++;
                }
            }
        }

        Assert.True(compared > 200);
        // Labels that are not scaled: the score itself.
        var toxicity = directions.First(direction => direction is { Scenario: Scenario.Input, Attribute: "toxicity" });
        Assert.InRange(toxicity.LabelLow, 0, 0.2);
        Assert.Equal(toxicity.LabelLow + ((toxicity.LabelHigh - toxicity.LabelLow) * toxicity.Bias), toxicity.Predict(new float[ProbingRun.Width]), 1e-12);
        Assert.Throws<ArgumentException>(() => toxicity.Read(new float[3]));
    }

    [Fact]
    public void Prompts_that_are_nearly_identical_can_be_kept_within_a_fold_and_are_counted_across_folds_either_way()
    {
        var apart = ProbingRun.Make(_temporary["apart"]);
        // Twelve pairs: prompt 2i + 1 says what prompt 2i says, in capitals.
        string Text(int prompt) =>
            prompt >= 24 ? $"Number {prompt * 7919 % 1000} is about {Math.Sqrt(prompt)} and nothing else"
            : prompt % 2 == 0 ? $"{Math.Sin(prompt)} of these things were seen"
            : $"{Math.Sin(prompt - 1)} OF THESE, THINGS were seen!";
        JsonLines.WriteFile(apart.PromptsPath, apart.ReadPrompts().Select((prompt, number) => prompt with { Text = Text(number) }));
        File.Delete(Path.Combine(apart.FullPath, "prompts.unit.json"));
        var options = Options with { Layers = [0], Attributes = ["toxicity"], Scenarios = [Scenario.Backward] };
        ProbingStage.Run(apart, options, null, TestContext.Current.CancellationToken);
        ProbingStage.Run(apart, options with { Probe = "mean", GroupDuplicates = true }, null, TestContext.Current.CancellationToken);
        var leaks = AlignedProbing.Analysis.AnalysisStage.Run(
            apart,
            new AlignedProbing.Analysis.AnalysisOptions { Resamples = 5 },
            null,
            TestContext.Current.CancellationToken);
        // The pairs of prompts 5 and 9, which have no vector or label, are pairs no longer.
        Assert.Equal(
            new[] { ("mean", 20, 0), ("ridge", 20, leaks.Leaks[1].AcrossFolds) },
            leaks.Leaks.Select(leak => (leak.Probe, leak.Alike, leak.AcrossFolds)));
        Assert.InRange(leaks.Leaks[1].AcrossFolds, 8, 20);
        Assert.Contains(leaks.Warnings, warning => warning.Contains("--group-duplicates", StringComparison.Ordinal));
        var folds = ProbePredictions.Read(apart.PredictionsPath("mean", "tests", 0)).Folds(0).ToArray();
        Assert.All(Enumerable.Range(0, 12).Where(pair => pair is not (2 or 4)), pair => Assert.Equal(folds[2 * pair], folds[(2 * pair) + 1]));
    }

    [Fact]
    public void Progress_ends_with_every_probe_done()
    {
        var run = ProbingRun.Make(_temporary["run"]);
        var seen = new List<StageProgress>();
        ProbingStage.Run(run, Options with { Probe = "linear" }, new Collected(seen), TestContext.Current.CancellationToken);
        // 3 layers, 4 scenarios, 3 attributes, 2 seeds, 4 folds; missing cells count as done.
        Assert.Equal(288, seen[^1].Total);
        Assert.Equal(seen[^1].Total, seen[^1].Done);
    }

    private static double MeanR(RunFolder run, int layer, Scenario scenario) =>
        Lines(run, layer).Where(line => line.Scenario == scenario && line is { Attribute: "toxicity", Control: "none" }).Average(line => line.R!.Value);

    private static List<ProbeRun> Lines(RunFolder run, int layer) => [.. JsonLines.ReadFile<ProbeRun>(run.ProbeRunsPath("ridge", "tests", layer))];

    private sealed class Collected(List<StageProgress> seen) : IProgress<StageProgress>
    {
        public void Report(StageProgress value) => seen.Add(value);
    }
}

using AlignedProbing.Analysis;
using AlignedProbing.Analysis.Strength;
using AlignedProbing.Probing;
using AlignedProbing.Reports;
using AlignedProbing.Runs;
using AlignedProbing.Tests.Probing;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Analysis;

/// <summary>Figures that stand side by side rest on the same rows and folds, and every one says what it rests on.</summary>
public sealed class FigureTableTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData("ridge", null)]
    [InlineData("linear", null)]
    [InlineData("logistic-l2", "toxicity")]
    [InlineData("softmax-l2", "length")]
    public void Every_estimate_of_a_small_run_has_n_interval_and_estimator_or_a_reason(string probe, string? attribute)
    {
        var run = ProbingRun.Make(_temporary["run"]);
        ProbingStage.Run(
            run,
            new ProbingOptions
            {
                Scorer = "tests",
                Probe = probe,
                Seeds = [0, 1],
                OnlineCoding = true,
                Attributes = attribute is null ? null : [attribute],
                Controls = [ProbingOptions.Randomization],
            },
            null,
            TestContext.Current.CancellationToken);
        Check(run, 30);
        // Without predictions there is less to say, and a reason for each of it.
        foreach (var file in Directory.GetFiles(run.ProbeFolder(probe, "tests"), "*.npy"))
        {
            File.Delete(file);
        }

        Check(run, 10);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(25)]
    public void Every_estimate_of_few_prompts_does_so_too(int prompts)
    {
        using var run = new SyntheticRun(SyntheticRun.MakePrompts(prompts), chunk: prompts);
        run.WriteScores(0, "ngram", [.. Enumerable.Range(0, prompts).SelectMany(prompt => Enumerable.Range(-1, 3).Select(number =>
            SyntheticRun.Score(
                $"p{prompt}",
                number < 0 ? null : number,
                ("toxicity", SyntheticRun.Uniform(prompt, number + 1)),
                ("threat", number == 1 && prompt % 3 == 0 ? null : 0.125))))]);
        ReportCatalog.WriteAll(run.Analyse(new AnalysisOptions { Resamples = 50 }), run.Folder);
        Assert.Empty(FigureTables.Broken(run.Folder.FullPath, out var estimates));
        Assert.True(estimates > 10);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Partial_strength_is_missing_where_one_fold_has_one_length(bool oneLength)
    {
        const int Rows = 40;
        var random = new Random(5);
        double[] labels = [.. Enumerable.Range(0, Rows).Select(_ => random.NextDouble())];
        double[] predictions = [.. labels.Select(label => label + random.NextDouble())];
        double[] lengths = [.. Enumerable.Range(0, Rows).Select(row => oneLength && row < 10 ? 20.0 : 5 + random.Next(10))];
        int[] places = [.. Enumerable.Range(0, Rows)];
        var counts = new byte[3 * Rows];
        counts.AsSpan().Fill(1);
        var found = StrengthSamples.Of(
            new CellSeries(new CellRows(places, places, [0, 10, 20, 30, 40]), [labels], [predictions], lengths),
            counts,
            withPartial: true);
        Assert.True(found is { Value: > 0.3, Runs: 4 });
        Assert.Equal(oneLength, double.IsNaN(found.Partial));
    }

    [Fact]
    public void Interplay_within_the_model_is_that_of_predictions_and_scores_prompt_by_prompt_and_holm_goes_over_layers()
    {
        var run = ProbingRun.Make(_temporary["run"]);
        var options = new ProbingOptions { Scorer = "tests", Probe = "ridge", Attributes = ["toxicity"], Scenarios = [Scenario.Input] };
        ProbingStage.Run(run, options, null, TestContext.Current.CancellationToken);
        var findings = AnalysisStage.Run(run, new AnalysisOptions { Resamples = 50, Seed = 4 }, null, TestContext.Current.CancellationToken);
        Assert.Equal(run.ReadManifest().Model.Layers, findings.Within.Count);
        var stored = ProbePredictions.Read(run.PredictionsPath("ridge", "tests", 1));
        var prompts = run.ReadPrompts();
        var most = Enumerable
            .Range(0, RunFolder.ChunkCount(prompts.Count, run.ReadManifest().Encoding.Chunk))
            .SelectMany(chunk => run.ReadScores("tests", chunk))
            .Where(row => row.Number is not null && row.Scores.ContainsKey("toxicity"))
            .GroupBy(row => row.PromptId)
            .ToDictionary(group => group.Key, group => (Max: group.Max(row => row.Scores["toxicity"]), Count: group.Count()));
        var (folds, labels, predictions) = (stored.Folds(0).ToArray(), stored.Labels(0).ToArray(), stored.Predictions(0, 0).ToArray());
        int[] rows =
        [
            .. Enumerable.Range(0, folds.Length)
                .Where(row => !float.IsNaN(folds[row])
                    && most.TryGetValue(prompts[row].Id, out var found)
                    && found.Count == run.ReadManifest().Encoding.Samples)
                .OrderBy(row => folds[row]),
        ];
        var expected = AlignedProbing.Statistics.WithinModel.PartialCorrelation(
            [.. rows.Select(row => (double)predictions[row])],
            [.. rows.Select(row => most[prompts[row].Id].Max)],
            [.. rows.Select(row => (double)labels[row])],
            [.. rows.Select(row => (int)folds[row])],
            resamples: 50,
            seed: 4);
        var found = findings.Within.Single(row => row.Layer == 1);
        Assert.Equal((expected.Value, expected.Low, expected.High, rows.Length), (found.R, found.Low, found.High, found.N));
        Assert.True(expected.Value is not null);
        Assert.All(findings.Within, row => Assert.True(row.AdjustedP >= row.P));
    }

    private static void Check(RunFolder run, int fewest)
    {
        var findings = AnalysisStage.Run(run, new AnalysisOptions { Resamples = 50 }, null, TestContext.Current.CancellationToken);
        // As 'report' does: from the file, where what is missing is absent.
        ReportCatalog.WriteAll(run.ReadFindings(), run);
        Assert.Equal(findings.Differences.Count, run.ReadFindings().Differences.Count);
        Assert.Empty(FigureTables.Broken(run.FullPath, out var estimates));
        Assert.True(estimates >= fewest, $"{estimates} estimates");
    }
}

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

    private static void Check(RunFolder run, int fewest)
    {
        var findings = AnalysisStage.Run(run, new AnalysisOptions { Resamples = 50 }, null, TestContext.Current.CancellationToken);
        ReportCatalog.WriteAll(findings, run);
        Assert.Empty(FigureTables.Broken(run.FullPath, out var estimates));
        Assert.True(estimates >= fewest, $"{estimates} estimates");
    }
}

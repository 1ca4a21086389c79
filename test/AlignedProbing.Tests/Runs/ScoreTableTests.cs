using AlignedProbing.Analysis;
using AlignedProbing.Files;
using AlignedProbing.Probing;
using AlignedProbing.Runs;
using AlignedProbing.Tests.Probing;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Runs;

/// <summary>Labels and behaviour rest on one join: in an edited folder both take the same scores for the same texts, or both refuse.</summary>
public sealed class ScoreTableTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData("twice")]
    [InlineData("foreign")]
    [InlineData("other chunk")]
    public void Both_refuse_what_cannot_be_joined(string edit)
    {
        var run = ProbingRun.Make(_temporary["run"]);
        Edit(run, rows => edit switch
        {
            "twice" => [.. rows, rows[4]],
            "foreign" => [.. rows, rows[4] with { PromptId = "stranger" }],
            _ => [.. rows, rows[4] with { PromptId = ProbingRun.Id(40) }],
        });
        Assert.Equal("run-folder-broken", Assert.Throws<InputException>(() => Probe(run)).Code);
        Assert.Equal("run-folder-broken", Assert.Throws<InputException>(() => Analyse(run)).Code);
    }

    [Theory]
    [InlineData(1.5)]
    [InlineData(-0.25)]
    public void A_score_out_of_range_is_missing_for_both(double score)
    {
        var run = ProbingRun.Make(_temporary["run"]);
        var (probedBefore, before) = (Rows(Probe(run)), Analysed(run));
        Edit(run, rows => [.. rows.Select((row, line) => line == 4 ? With(row, score) : row)]);
        Assert.Equal(1, Changed(run));
        Directory.Delete(Path.Combine(run.FullPath, "probes"), recursive: true);
        Assert.Equal((probedBefore - 1, before - 1), (Rows(Probe(run)), Analysed(run)));
    }

    [Fact]
    public void A_prompt_whose_continuations_are_not_all_scored_is_left_out_by_both()
    {
        var run = ProbingRun.Make(_temporary["run"]);
        var (probedBefore, before) = (Rows(Probe(run)), Analysed(run));
        Edit(run, rows => [.. rows.Where((_, line) => line != 4)]);
        Directory.Delete(Path.Combine(run.FullPath, "probes"), recursive: true);
        Assert.Equal((probedBefore - 1, before - 1), (Rows(Probe(run)), Analysed(run)));
    }

    private static int Changed(RunFolder run) => run.ReadScores("tests", 0).Count(row => row.Scores.Values.Any(score => score is < 0 or > 1));

    // The file is one that an earlier version wrote, without a hash: else the edit itself is found.
    private static void Edit(RunFolder run, Func<IReadOnlyList<ScoredText>, IEnumerable<ScoredText>> edit) =>
        JsonLines.WriteFile(run.ScoresPath("tests", 0), [.. edit(run.ReadScores("tests", 0))]);

    private static ScoredText With(ScoredText row, double score) =>
        row with { Scores = row.Scores.ToDictionary(pair => pair.Key, _ => score) };

    private static RunFolder Probe(RunFolder run)
    {
        var options = new ProbingOptions { Probe = "mean", Scorer = "tests", Layers = [1], Scenarios = [Scenario.Backward], Attributes = ["toxicity"] };
        Assert.Empty(ProbingStage.Run(run, options, null, TestContext.Current.CancellationToken).Failed);
        return run;
    }

    // Rows tested over the folds: prompts with a vector and a label over all their continuations.
    private static int Rows(RunFolder run) => run.ReadProbeRuns("mean", "tests", 1).DistinctBy(line => line.Fold).Sum(line => line.N);

    private static Findings Analyse(RunFolder run) =>
        AnalysisStage.Run(run, new AnalysisOptions { Resamples = 20 }, null, TestContext.Current.CancellationToken);

    private static int Analysed(RunFolder run) =>
        Analyse(run).Behavior.Single(row => row is { Metric: "EMT", Subset: "all", Attribute: "toxicity" }).N;
}

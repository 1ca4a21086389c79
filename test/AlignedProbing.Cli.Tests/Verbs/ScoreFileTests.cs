using AlignedProbing.Files;
using AlignedProbing.Runs;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Verbs;

/// <summary>Scores that leave a run, and scores that come from elsewhere.</summary>
public sealed class ScoreFileTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly RunFolder _run;

    public ScoreFileTests()
    {
        Prompt[] prompts = [new() { Id = "a", Text = "what a lovely day" }, new() { Id = "b", Text = "you stupid idiot" }];
        _run = RunFolder.StartOrResume(_temporary["run"], new Manifest
        {
            Model = new ModelManifest { Name = "m", Architecture = "llama", Layers = 2, Width = 4 },
            Prompts = new PromptSetManifest { Name = "p.jsonl", Sha256 = "00ff", Read = 2, Used = 2, Prompts = 2 },
            Encoding = new EncodingManifest { Continuations = "sampled", Samples = 1 },
            Measurement = new MeasurementManifest { Scorers = ["ngram"] },
        }, prompts);
        AtomicWrite.Folder(_run.EncodingFolder(0), folder =>
        {
            JsonLines.WriteFile(
                Path.Combine(folder, "rows.jsonl"),
                prompts.Select(prompt => new EncodedPrompt
                {
                    PromptId = prompt.Id,
                    TokenIds = [1],
                    SpanStart = 0,
                    SpanEnd = 1,
                    InputTokens = 1,
                    InstructionTokens = 0,
                }));
            JsonLines.WriteFile(
                Path.Combine(folder, "continuations.jsonl"),
                prompts.Select(prompt => new Continuation
                {
                    PromptId = prompt.Id,
                    Number = 0,
                    Text = " and so on " + prompt.Id,
                    TokenIds = [2],
                    End = ContinuationEnd.Length,
                }));
        });
    }

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData("scores.jsonl")]
    [InlineData("scores.csv")]
    public async Task Scores_leave_a_run_and_come_back_as_a_scorer_of_their_own(string file)
    {
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await host.RunAsync("score", "run"));
        Assert.Contains("ngram: 4 of 4 texts have all their scores", host.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, await host.RunAsync("score", "run", "--export", file));
        Assert.Equal(ExitCode.Done, await host.RunAsync("score", "run", "--import", file, "--scorer", "again"));
        Assert.DoesNotContain("lovely", await File.ReadAllTextAsync(_temporary[file], TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(_run.ReadScores("ngram", 0).SelectMany(row => row.Scores), _run.ReadScores("again", 0).SelectMany(row => row.Scores));
    }

    [Fact]
    public async Task Attributes_that_nobody_foresaw_reach_findings_tables_and_report()
    {
        await File.WriteAllTextAsync(_temporary["Own Ratings.csv"], "prompt_id,number,wit & <b>\na,,0.25\nb,0,0.75\n", TestContext.Current.CancellationToken);
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await host.RunAsync("score", "run", "--import", "Own Ratings.csv"));
        Assert.Contains("own-ratings: 2 of 4 texts have all their scores; missing scores: not_recorded 2", host.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, await host.RunAsync("analyse", "run"));
        Assert.Equal(ExitCode.Done, await host.RunAsync("report", "run"));
        var mean = _run.ReadFindings().Behavior.Single(row => row is { Scorer: "own-ratings", Attribute: "wit & <b>", Metric: "mean", Subset: "all" });
        Assert.Equal((0.75, 1, 1), (mean.Value, mean.N, mean.Missing));
        Assert.Contains(
            "own-ratings,wit & <b>,all,mean,0.75",
            await File.ReadAllTextAsync(_temporary["run/behavior.csv"], TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
        Assert.Contains(
            "wit &amp; &lt;b&gt;",
            await File.ReadAllTextAsync(_temporary["run/report.html"], TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("scores-file", "score", "run", "--import", "nowhere.csv")]
    [InlineData("wrong-usage", "score", "run", "--export", "x.csv")]
    [InlineData("wrong-usage", "score", "--texts", "x.txt", "--export", "x.csv")]
    [InlineData("unknown-scorer", "score", "run", "--export", "x.csv", "--scorer", "nobody")]
    public async Task What_cannot_be_imported_or_exported_is_an_error_that_says_what_to_do(string code, params string[] arguments)
    {
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync(arguments));
        Assert.Contains($"docs/errors/{code}.md", host.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_misspelt_scorer_is_told_before_anything_is_encoded()
    {
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("run", "--scorer", "ngramm", "--output", "new"));
        Assert.Contains("docs/errors/unknown-scorer.md", host.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_temporary["new"]));
    }
}

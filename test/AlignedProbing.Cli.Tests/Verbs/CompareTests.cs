using System.Text.Json;
using AlignedProbing.Files;
using AlignedProbing.Runs;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Verbs;

public sealed class CompareTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task Runs_are_held_against_the_first_and_written_where_asked()
    {
        Make("one", 0.25);
        Make("other", 0.75);
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await host.RunAsync("compare", "one", "other", "--output", "out/here", "--resamples", "50"));
        Assert.Contains(".25 → .75", host.Output, StringComparison.Ordinal);
        Assert.Contains("+.50 [.50, .50] *", host.Output, StringComparison.Ordinal);
        var lines = await File.ReadAllLinesAsync(_temporary["out/here/comparison.csv"], TestContext.Current.CancellationToken);
        Assert.Contains(lines, line => line.StartsWith("behavior,one,other,ngram,,toxicity,all,,,,EMT,0.25,0.75,0.5,0.5,0.5,", StringComparison.Ordinal));
        Assert.Equal(
            ["comparison.csv", "comparison.html", "comparison.md"],
            Directory.EnumerateFiles(_temporary["out/here"]).Select(path => Path.GetFileName(path)).Order());
        // Runs are only read.
        Assert.Equal(
            [".lock", "manifest.json", "probes", "prompts.jsonl", "prompts.unit.json", "scores"],
            Directory.EnumerateFileSystemEntries(_temporary["one"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("one other third --baseline third/")]
    [InlineData("one other --baseline third")]
    public async Task The_baseline_can_be_any_run(string arguments)
    {
        Make("one", 0.25);
        Make("other", 0.75);
        Make("third", 0.1);
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await host.RunAsync(["compare", .. arguments.Split(' '), "--json", "--resamples", "20"]));
        using var printed = JsonDocument.Parse(host.Output);
        Assert.Equal(
            ["third", "one", "other"],
            printed.RootElement.GetProperty("comparison").GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("name").GetString()));
        Assert.True(File.Exists(_temporary["comparison/comparison.csv"]));
    }

    [Fact]
    public async Task Unlike_scorers_need_a_word_of_the_users()
    {
        Make("one", 0.25);
        Make("other", 0.75, "humans");
        using var refused = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await refused.RunAsync("compare", "one", "other"));
        Assert.Contains("docs/errors/scorers-differ.md", refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_temporary["comparison"]));
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await host.RunAsync("compare", "one", "other", "--across-scorers", "--resamples", "20"));
        Assert.Contains("! Unlike scorers stand side by side", host.Output, StringComparison.Ordinal);
        Assert.Contains("ngram / humans", host.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("wrong-usage", "one")]
    [InlineData("wrong-usage", "one", "./one/")]
    [InlineData("run-folder-missing", "one", "nowhere")]
    [InlineData("nothing-to-compare", "one", "other", "--scorer", "nobody")]
    public async Task Runs_that_cannot_be_compared_are_an_error(string code, params string[] arguments)
    {
        Make("one", 0.25);
        Make("other", 0.75);
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync(["compare", .. arguments]));
        Assert.Contains($"docs/errors/{code}.md", host.Error, StringComparison.Ordinal);
    }

    private void Make(string name, double score, string scorer = "ngram")
    {
        const int Count = 20;
        var manifest = SampleRun.Manifest();
        manifest = manifest with
        {
            Prompts = manifest.Prompts with { Read = Count, Used = Count, Prompts = Count },
            Encoding = manifest.Encoding with { Samples = 1 },
        };
        var prompts = Enumerable.Range(0, Count).Select(i => SampleRun.Prompt($"p{i}")).ToArray();
        var run = RunFolder.StartOrResume(_temporary[name], manifest, prompts);
        Directory.CreateDirectory(run.ScorerFolder(scorer));
        JsonLines.WriteFile(run.ScoresPath(scorer, 0), prompts.SelectMany(prompt => new int?[] { null, 0 }.Select(number => new ScoredText
        {
            PromptId = prompt.Id,
            Number = number,
            Scores = new Dictionary<string, double> { ["toxicity"] = score },
            Scorer = scorer,
            Version = "1",
        })));
    }
}

using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Verbs;

public sealed class CompareScorersTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task Files_of_scores_are_compared_by_text_and_written_where_asked()
    {
        await File.WriteAllTextAsync(_temporary["mine.csv"], "text,toxicity\na,0.1\nb,0.6\nc,0.4\nd,0.9\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_temporary["theirs.jsonl"], """
            {"text":"d","scores":{"toxicity":0.9}}
            {"text":"c","scores":{"toxicity":0.7}}
            {"text":"b","scores":{"toxicity":0.5}}
            {"text":"a","scores":{"toxicity":0.3}}
            """, TestContext.Current.CancellationToken);
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(
            ExitCode.Done,
            await host.RunAsync("compare-scorers", "--scores", "mine.csv", "theirs.jsonl", "--output", "out.csv", "--resamples", "100"));
        Assert.Contains("mine against theirs: how far they agree", host.Output, StringComparison.Ordinal);
        Assert.Contains(
            "agreement,mine,theirs,toxicity,all,pearson,",
            await File.ReadAllTextAsync(_temporary["out.csv"], TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_runs_scorers_are_compared_in_the_run_folder_or_where_asked()
    {
        var model = Path.Combine(AppContext.BaseDirectory, "Demo", "model");
        await File.WriteAllTextAsync(_temporary["prompts.jsonl"], """
            {"prompt":{"text":"You are kind","toxicity":0.1},"continuation":{"text":" and good.","toxicity":0.2}}
            {"prompt":{"text":"You are bad","toxicity":0.7},"continuation":{"text":" and stupid.","toxicity":0.9}}
            """, TestContext.Current.CancellationToken);
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(
            ExitCode.Done,
            await host.RunAsync("encode", "--model", model, "--prompts", "prompts.jsonl", "--continuations", "given", "--output", "run"));
        Assert.Equal(ExitCode.Done, await host.RunAsync("score", "run", "--scorer", "given", "ngram"));
        Assert.Equal(ExitCode.Done, await host.RunAsync("compare-scorers", "run", "--resamples", "10", "--output", "out.csv"));
        Assert.False(File.Exists(_temporary["run/scorers.csv"]));
        Assert.Equal(ExitCode.Done, await host.RunAsync("compare-scorers", "--output", "run", "--resamples", "10"));
        Assert.Equal(
            await File.ReadAllBytesAsync(_temporary["run/scorers.csv"], TestContext.Current.CancellationToken),
            await File.ReadAllBytesAsync(_temporary["out.csv"], TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("wrong-usage", "a.csv")]
    [InlineData("wrong-usage", "a.csv", "sub/a.csv")]
    [InlineData("nothing-to-compare", "a.csv", "b.csv")]
    [InlineData("nothing-to-compare", "a.csv", "c.csv")]
    public async Task Files_that_cannot_be_compared_are_an_error(string code, params string[] files)
    {
        Directory.CreateDirectory(_temporary["sub"]);
        foreach (
            var (file, content) in new[]
            {
                ("a.csv", "text,x\na,0.5\n"),
                ("b.csv", "text,x\nb,0.5\n"),
                ("c.csv", "text,y\na,0.5\n"),
                ("sub/a.csv", "text,x\na,0.5\n"),
            })
        {
            await File.WriteAllTextAsync(_temporary[file], content, TestContext.Current.CancellationToken);
        }

        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync(["compare-scorers", "--scores", .. files]));
        Assert.Contains($"docs/errors/{code}.md", host.Error, StringComparison.Ordinal);
    }
}

using AlignedProbing.Runs;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Runs;

/// <summary>No verb removes a file that is not its own temporary one, nor anything that a link leads to.</summary>
public sealed class LeftoverTests : IDisposable
{
    private const string Own = "0123456789abcdef0123456789abcdef.tmp";

    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData("encode", "run")]
    [InlineData("score", "run", "--scorer", "ngram")]
    [InlineData("score", "run", "--scorer", "ngram", "--export", "scores.jsonl")]
    [InlineData("probe", "run")]
    [InlineData("analyse", "run")]
    [InlineData("report", "run")]
    [InlineData("status", "run")]
    [InlineData("ls", ".")]
    [InlineData("compare", "run", "run")]
    [InlineData("compare-scorers", "run")]
    [InlineData("run", "--output", "run", "--limit", "2")]
    public async Task Foreign_files_stay_and_links_are_not_followed(params string[] arguments)
    {
        var run = RunFolder.StartOrResume(_temporary["run"], SampleRun.Manifest(), [SampleRun.Prompt("a")]).FullPath;
        var elsewhere = Directory.CreateDirectory(_temporary["elsewhere"]).FullName;
        string[] kept =
        [
            Path.Combine(elsewhere, $"theirs.{Own}"),
            Path.Combine(run, "notes.tmp"),
            Path.Combine(run, "00001.77.tmp"),
            Path.Combine(run, Own),
            Path.Combine(_temporary.FullPath, $"beside.{Own}"),
        ];
        Array.ForEach(kept, path => File.WriteAllText(path, "x"));
        Directory.CreateSymbolicLink(Path.Combine(run, "linked"), elsewhere);
        Directory.CreateSymbolicLink(Path.Combine(run, $"link.{Own}"), elsewhere);
        using var host = new TestHost(_temporary.FullPath);

        await host.RunAsync(arguments);

        Assert.All(kept, path => Assert.True(File.Exists(path), path));
        Assert.True(Directory.Exists(Path.Combine(run, $"link.{Own}")));
    }
}

using System.Text.Json;
using AlignedProbing.Runs;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Verbs;

/// <summary><c>status</c> and <c>ls</c>: what lies in run folders, as tables and as JSON; neither writes anything.</summary>
public sealed class StatusTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public StatusTests()
    {
        var manifest = SampleRun.Manifest() with
        {
            Prompts = SampleRun.Manifest().Prompts with { Prompts = 3 },
            Encoding = new EncodingManifest { Chunk = 1 },
        };
        var run = RunFolder.StartOrResume(_temporary["runs/one"], manifest, [.. "abc".Select(id => SampleRun.Prompt($"{id}"))]);
        Directory.CreateDirectory(run.EncodingFolder(0));
        Directory.CreateDirectory(run.EncodingFolder(1) + ".0123456789abcdef0123456789abcdef.tmp");
        File.WriteAllText(Path.Combine(run.EncodingsFolder, "00002.failed.json"), """{"unit": "encodings/00002", "message": "no room"}""");
        Directory.CreateDirectory(_temporary["runs/two"]);
        File.WriteAllText(_temporary["runs/two/manifest.json"], "{");
    }

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task Status_counts_units_by_state()
    {
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await host.RunAsync("status", "runs/one", "--json"));
        var stage = JsonDocument.Parse(host.Output).RootElement.GetProperty("stages")[0];
        Assert.Equal(
            ("encodings", 3, 1, 1, 1, 0),
            (stage.GetProperty("stage").GetString(), Count("units"), Count("done"), Count("claimed"), Count("failed"), Count("missing")));

        using var table = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await table.RunAsync("status", "runs/one"));
        Assert.Contains("failed: encodings/00002: no room", table.Output, StringComparison.Ordinal);
        Assert.Contains("in work", table.Output, StringComparison.Ordinal);

        int Count(string name) => stage.GetProperty(name).GetInt32();
    }

    [Fact]
    public async Task Ls_lists_runs_and_says_which_are_broken()
    {
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await host.RunAsync("ls", "--json"));
        var runs = JsonDocument.Parse(host.Output).RootElement;
        Assert.Equal(["in work", "broken"], runs.EnumerateArray().Select(run => run.GetProperty("state").GetString()));
        Assert.Equal(("tiny", 3), (runs[0].GetProperty("model").GetString(), runs[0].GetProperty("prompts").GetInt32()));

        using var table = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await table.RunAsync("ls", "runs"));
        Assert.Contains("tiny", table.Output, StringComparison.Ordinal);
        Assert.Contains("broken: ", table.Output, StringComparison.Ordinal);

        using var nowhere = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await nowhere.RunAsync("ls", "nowhere"));
    }
}

using System.Text.Json;
using AlignedProbing.Cli.Tests.Runs;
using AlignedProbing.Settings;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Running;
using AlignedProbing.Torch.Running.Estimates;

namespace AlignedProbing.Cli.Tests.Verbs;

/// <summary><c>plan</c>: what it says against what a run then writes.</summary>
public sealed class PlanTests : IDisposable
{
    private static readonly string[] Asked =
    [
        "--limit",
        "40",
        "--samples",
        "3",
        "--max-new-tokens",
        "6",
        "--keep",
        "0",
        "2",
        "--chunk",
        "16",
        "--output",
        "run",
    ];

    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task Disk_is_what_the_run_then_writes_and_planning_writes_nothing()
    {
        using var plan = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await plan.RunAsync(["plan", .. Asked, "--json"]));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_temporary.FullPath));
        var disk = JsonDocument.Parse(plan.Output).RootElement.GetProperty("disk").EnumerateArray()
            .ToDictionary(part => part.GetProperty("part").GetString()!, part => part.GetProperty("bytes").GetInt64());

        using var run = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await run.RunAsync(["run", .. Asked]));
        Assert.Equal(Written("encodings", "*.npy"), disk["vectors"]);
        Assert.Equal(Written("encodings", "rows.jsonl") + Written("", "prompts.jsonl"), disk["prompts and token ids"]);
        Near(Written("encodings", "continuations.jsonl") + Written("encodings", "unit.json"), disk["continuations"]);
        Near(Written("scores/ngram", "*.jsonl"), disk["scores/ngram"]);
        Near(Written("probes/linear/ngram", "layer-*"), disk["probes/linear/ngram"]);
        Near(Written("probes/ridge/ngram", "layer-*"), disk["probes/ridge/ngram"]);

        using var again = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await again.RunAsync(["plan", .. Asked, "--json"]));
        Assert.Equal(0, JsonDocument.Parse(again.Output).RootElement.GetProperty("chunks_left").GetInt32());

        // Texts, and which cells have labels, decide of the rest; the demo's files are small.
        static void Near(long written, long planned) => Assert.InRange(planned, written * 0.6, written * 1.7);
    }

    [Fact]
    public async Task What_does_not_fit_is_told_with_what_would()
    {
        var given = GivenSettings.Parse([(PromptSettings.Limit, ["8"]), (MachineSettings.Output, ["run"])]);
        var machine = new RunMachine { WorkingFolder = _temporary.FullPath, Variable = _ => null };
        var request = RunRequest.From(given, _ => null, MeasurementAsked.From(given));
        var plan = await RunPlan.MakeAsync(request, machine, TestContext.Current.CancellationToken);
        var roomy = new Estimator(plan, machine).Of(TestContext.Current.CancellationToken);
        Assert.Empty(roomy.Problems);
        Assert.Equal(["full", "bf16", "half", "eight_bit", "four_bit"], roomy.Memory.Select(memory => memory.Precision));

        var needed = roomy.Memory[0].Total;
        var problem = Assert.Single(new Estimator(plan, machine) { MemoryAvailable = needed - 1 }.Of(TestContext.Current.CancellationToken).Problems);
        Assert.Contains("of memory", problem.Found, StringComparison.Ordinal);
        Assert.Contains("--precision bf16", problem.Remedy, StringComparison.Ordinal);
        Assert.Contains("--batch-size 1", problem.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_to_a_paid_scorer_are_counted()
    {
        using var host = new TestHost(_temporary.FullPath, new() { ["PERSPECTIVE_API_KEY"] = "a-key-of-nobody", ["PERSPECTIVE_API_QPS"] = "10" });
        Assert.Equal(ExitCode.Done, await host.RunAsync(["plan", .. Asked, "--scorer", "perspective", "--json"]));
        var calls = JsonDocument.Parse(host.Output).RootElement.GetProperty("calls")[0];
        Assert.Equal(("perspective", 40 + (40 * 3)), (calls.GetProperty("scorer").GetString(), calls.GetProperty("calls").GetInt32()));
        var score = JsonDocument.Parse(host.Output).RootElement.GetProperty("time").EnumerateArray()
            .Single(stage => stage.GetProperty("stage").GetString() == "score/perspective");
        Assert.Equal(16, score.GetProperty("seconds").GetDouble());
        Assert.DoesNotContain("a-key-of-nobody", host.Output + host.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Encodings_go_where_ENCODING_PATH_says_and_the_run_has_the_same_bytes()
    {
        using var here = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await here.RunAsync(["run", .. Asked[..^1], "here"]));
        using var there = new TestHost(_temporary.FullPath, new() { ["ENCODING_PATH"] = "elsewhere" });
        Assert.Equal(ExitCode.Done, await there.RunAsync(["run", .. Asked[..^1], "there"]));
        var link = new DirectoryInfo(_temporary["there/encodings"]);
        Assert.StartsWith(_temporary["elsewhere/there-"], link.LinkTarget, StringComparison.Ordinal);
        Assert.Equal(RunFiles.Hashes(_temporary["here"]), RunFiles.Hashes(_temporary["there"]));

        // What a killed process left is removed at the other end too; a link that leads nowhere is told.
        var leftover = Path.Combine(link.LinkTarget!, "00009.0123456789abcdef0123456789abcdef.tmp");
        Directory.CreateDirectory(leftover);
        Assert.Equal(ExitCode.Done, await there.RunAsync(["run", .. Asked[..^1], "there"]));
        Assert.False(Directory.Exists(leftover));
        Directory.Delete(link.LinkTarget!, recursive: true);
        Assert.Equal(ExitCode.WrongInput, await there.RunAsync(["run", .. Asked[..^1], "there"]));
        Assert.Contains("and there is nothing", there.Error, StringComparison.Ordinal);
    }

    private long Written(string folder, string pattern) =>
        Directory.EnumerateFiles(_temporary[$"run/{folder}"], pattern, SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
}

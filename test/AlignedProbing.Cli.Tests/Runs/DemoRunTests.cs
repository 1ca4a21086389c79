using AlignedProbing.Runs;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Runs;

/// <summary>Whole runs of the demo, made small: what a user does, in this process.</summary>
public sealed class DemoRunTests : IDisposable
{
    private static readonly string[] Encoded = ["--limit", "24", "--samples", "3", "--max-new-tokens", "6", "--chunk", "8"];

    private static readonly string[] Small = [.. Encoded, "--probe", "ridge"];

    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task A_run_writes_everything_the_run_folder_promises()
    {
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await host.RunAsync(["run", "--output", "demo", .. Small]));
        foreach (
            var file in new[]
            {
                "manifest.json",
                "prompts.jsonl",
                "encodings/00002/rows.jsonl",
                "encodings/00002/continuations.jsonl",
                "encodings/00002/input.mean.npy",
                "encodings/00002/output.mean.npy",
                "encodings/00002/unit.json",
                "scores/ngram/00002.jsonl",
                "scores/ngram/options.json",
                "scores/options.json",
                "probes/options.json",
                "probes/ridge/ngram/layer-00.jsonl",
                "findings.json",
                "behavior.csv",
                "internals.csv",
                "report.html",
                "report.md",
            })
        {
            Assert.True(File.Exists(Path.Combine(_temporary["demo"], file)), file);
        }

        Assert.Contains("report.html", host.Output, StringComparison.Ordinal);
        Assert.Empty(FigureTables.Broken(_temporary["demo"], out var estimates));
        Assert.True(estimates > 100, $"{estimates} estimates");
        Assert.Contains("encode: 72 of 72 continuations (100 %)", host.Error, StringComparison.Ordinal);
        Assert.StartsWith(
            "scorer,attribute,subset,metric,value,low,high,n,missing",
            File.ReadAllText(Path.Combine(_temporary["demo"], "behavior.csv")),
            StringComparison.Ordinal);
        Assert.StartsWith(
            "probe,control,scenario,attribute,layer,r,low,high,mse,n,runs",
            File.ReadAllText(Path.Combine(_temporary["demo"], "internals.csv")),
            StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_temporary["demo"], "*.tmp", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_file_of_ones_own_with_few_prompts_is_told_whose_model_it_ran_on_and_why_no_probe_was_trained()
    {
        await File.WriteAllLinesAsync(
            _temporary["five.txt"],
            ["The weather is", "My mother told me", "What a", "You are", "I think that"],
            TestContext.Current.CancellationToken);
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await host.RunAsync(["run", "--prompts", "five.txt", "--output", "five", .. Small]));
        var said = host.Output.ReplaceLineEndings(" ");
        Assert.Contains("! No model was named, so the demo's continued these prompts", said, StringComparison.Ordinal);
        Assert.DoesNotContain("This is the demo", said, StringComparison.Ordinal);
        Assert.Contains("! No probe was trained, so nothing is said of the layers: a probe takes at least 12 prompts", said, StringComparison.Ordinal);
        Assert.DoesNotContain("This run has 5 prompts", said, StringComparison.Ordinal);
        Assert.True(RunFolder.Open(_temporary["five"]).ReadManifest() is { Demo: true, Prompts.Demo: false });
    }

    [Fact]
    public async Task Stage_by_stage_shares_batch_size_and_threads_give_the_same_files_as_one_run()
    {
        Assert.Equal(ExitCode.Done, await new TestHost(_temporary.FullPath).RunAsync(["run", "--output", "whole", .. Small]));
        foreach (var (share, batch, threads) in new[] { ("1/2", "1", "1"), ("0/2", "5", "2") })
        {
            Assert.Equal(
                ExitCode.Done,
                await new TestHost(_temporary.FullPath).RunAsync([
                    "encode",
                    "--output",
                    "parts",
                    "--shard",
                    share,
                    "--batch-size",
                    batch,
                    "--threads",
                    threads,
                    .. Encoded,
                ]));
        }

        foreach (
            var command in new string[][]
            {
                ["score", "parts", "--shard", "0/2"],
                ["score", "parts", "--shard", "1/2"],
                ["probe", "parts", "--probe", "ridge", "--threads", "1"],
                ["analyse", "parts"],
                ["report", "parts"],
            })
        {
            Assert.Equal(ExitCode.Done, await new TestHost(_temporary.FullPath).RunAsync(command));
        }

        Assert.Equal(RunFiles.Hashes(_temporary["whole"]), RunFiles.Hashes(_temporary["parts"]));
    }

    [Fact]
    public async Task Units_that_were_lost_are_made_again_the_same_and_the_others_are_left_alone()
    {
        Assert.Equal(ExitCode.Done, await new TestHost(_temporary.FullPath).RunAsync(["run", "--output", "demo", .. Small]));
        var before = RunFiles.Hashes(_temporary["demo"]);
        var kept = File.GetLastWriteTimeUtc(Path.Combine(_temporary["demo"], "encodings", "00000", "rows.jsonl"));
        Directory.Delete(Path.Combine(_temporary["demo"], "encodings", "00001"), recursive: true);
        File.Delete(Path.Combine(_temporary["demo"], "scores", "ngram", "00002.jsonl"));
        File.Delete(Path.Combine(_temporary["demo"], "probes", "ridge", "ngram", "layer-01.jsonl"));
        File.Delete(Path.Combine(_temporary["demo"], "findings.json"));
        Assert.Equal(ExitCode.Done, await new TestHost(_temporary.FullPath).RunAsync(["run", "--output", "demo", .. Small]));
        Assert.Equal(before, RunFiles.Hashes(_temporary["demo"]));
        Assert.Equal(kept, File.GetLastWriteTimeUtc(Path.Combine(_temporary["demo"], "encodings", "00000", "rows.jsonl")));
    }

    [Fact]
    public async Task Another_seed_in_the_same_folder_is_refused_and_gives_other_continuations_elsewhere()
    {
        Assert.Equal(ExitCode.Done, await new TestHost(_temporary.FullPath).RunAsync(["encode", "--output", "one", .. Encoded]));
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync(["encode", "--output", "one", "--seed", "7", .. Encoded]));
        Assert.Contains("--seed: 42 there, 7 asked", host.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, await new TestHost(_temporary.FullPath).RunAsync(["encode", "--output", "two", "--seed", "7", .. Encoded]));
        Assert.NotEqual(
            await File.ReadAllTextAsync(Path.Combine(_temporary["one"], "encodings", "00000", "continuations.jsonl"), TestContext.Current.CancellationToken),
            await File.ReadAllTextAsync(Path.Combine(_temporary["two"], "encodings", "00000", "continuations.jsonl"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Given_continuations_and_scores_need_no_scorer_and_missing_ones_are_counted()
    {
        await File.WriteAllLinesAsync(
            _temporary["set.jsonl"],
            Enumerable
                .Range(0, 24)
                .Select(i =>
                    $$"""{"prompt_id":"p{{i}}","prompt_text":"You are {{(i % 2 == 0 ? "a silly goose" : "very kind")}} number {{i}}",""" +
                    $$""" "continuation_text":" and that is {{(i % 3 == 0 ? "nonsense" : "fine")}}","prompt_toxicity":{{(i % 2 == 0 ? "0.7" : "0.1")}},""" +
                    $$""" "continuation_toxicity":{{(i == 5 ? "null" : i % 3 == 0 ? "0.6" : "0.2")}}}"""
                ),
            TestContext.Current.CancellationToken);
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await host.RunAsync("run", "--prompts", "set.jsonl", "--continuations", "given", "--output", "given", "--probe", "ridge"));
        var behavior = await File.ReadAllLinesAsync(Path.Combine(_temporary["given"], "behavior.csv"), TestContext.Current.CancellationToken);
        var row = Assert.Single(behavior, line => line.StartsWith("given,toxicity,all,EMT,", StringComparison.Ordinal)).Split(',');
        Assert.Equal(("23", "1"), (row[7], row[8]));
    }
}

using AlignedProbing.Runs;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Runs;

/// <summary>What is measured is no part of a run's identity: a run that is there takes other probes, scorers and control tasks.</summary>
public sealed class MeasurementTests : IDisposable
{
    private static readonly string[] Small =
    [
        "--limit", "12", "--samples", "2", "--max-new-tokens", "3", "--layers", "0", "--attributes", "toxicity", "--output", "run",
    ];

    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task A_run_begun_with_one_probe_goes_on_with_another()
    {
        await Do("run", [.. Small, "--probe", "ridge"]);
        var manifest = await File.ReadAllBytesAsync(_temporary["run/manifest.json"], TestContext.Current.CancellationToken);
        var encoded = File.GetLastWriteTimeUtc(_temporary["run/encodings/00000/unit.json"]);
        await Do("run", [.. Small, "--probe", "mean"]);
        Assert.Equal(["mean", "ridge"], RunFolder.Open(_temporary["run"]).Probes());
        Assert.Equal(manifest, await File.ReadAllBytesAsync(_temporary["run/manifest.json"], TestContext.Current.CancellationToken));
        Assert.Equal(encoded, File.GetLastWriteTimeUtc(_temporary["run/encodings/00000/unit.json"]));
        Assert.DoesNotContain("measurement", System.Text.Encoding.UTF8.GetString(manifest), StringComparison.Ordinal);

        // The identity is still held to, by the option's name.
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync(["run", .. Small, "--seed", "7"]));
        Assert.Contains("--seed: 42 there, 7 asked", host.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_finished_probe_takes_controls_attributes_and_layers_and_keeps_what_it_has()
    {
        await Do("run", [.. Small, "--probe", "ridge"]);
        var before = await File.ReadAllLinesAsync(_temporary["run/probes/ridge/ngram/layer-00.jsonl"], TestContext.Current.CancellationToken);
        await Do("probe", "run", "--control", "randomization");
        var after = await File.ReadAllLinesAsync(_temporary["run/probes/ridge/ngram/layer-00.jsonl"], TestContext.Current.CancellationToken);
        Assert.Empty(before.Except(after));
        Assert.Contains(after, line => line.Contains("\"randomization\"", StringComparison.Ordinal));

        await Do("probe", "run", "--control", "none", "--attributes", "insult", "--layers", "0,2");
        var wider = await File.ReadAllLinesAsync(_temporary["run/probes/ridge/ngram/layer-00.jsonl"], TestContext.Current.CancellationToken);
        Assert.Empty(after.Except(wider));
        Assert.Contains(wider, line => line.Contains("\"insult\"", StringComparison.Ordinal));
        Assert.True(File.Exists(_temporary["run/probes/ridge/ngram/layer-02.jsonl"]));

        // What is there is not trained again.
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await host.RunAsync("probe", "run", "--attributes", "toxicity", "--layers", "0"));
        Assert.Contains("0 layers probed, 1 were there", host.Error, StringComparison.Ordinal);
        await Do("analyse", "run");
    }

    [Fact]
    public async Task A_folder_of_format_1_is_read_and_gone_on_with()
    {
        var source = Path.Combine(SharedData.RepositoryRoot, "test", "AlignedProbing.Cli.Tests", "Runs", "Fixtures", "version-1");
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(_temporary["run"], Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        var run = RunFolder.Open(_temporary["run"]);
        Assert.Equal((1, true, "ridge"), (run.ReadManifest().Format, run.ReadManifest().Measurement.Standardise, run.ReadManifest().Measurement.Probes[0]));
        var manifest = await File.ReadAllBytesAsync(run.ManifestPath, TestContext.Current.CancellationToken);
        using var host = new TestHost(_temporary.FullPath);

        // What it was asked answers where nothing is asked now: nothing is left to do.
        Assert.Equal(
            ExitCode.Done,
            await host.RunAsync("run", "--limit", "12", "--samples", "2", "--max-new-tokens", "3", "--output", "run"));
        Assert.Equal(["ridge-standardised"], run.Probes());
        await Do("probe", "run", "--no-standardise");
        Assert.Equal(["ridge", "ridge-standardised"], run.Probes());
        Assert.Equal(manifest, await File.ReadAllBytesAsync(run.ManifestPath, TestContext.Current.CancellationToken));
    }

    private async Task Do(string verb, params string[] arguments)
    {
        using var host = new TestHost(_temporary.FullPath);
        Assert.True(await host.RunAsync([verb, .. arguments]) == ExitCode.Done, host.Error);
    }
}

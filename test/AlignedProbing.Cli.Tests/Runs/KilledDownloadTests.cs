using System.Diagnostics;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Runs;

/// <summary>A process that is killed in the middle of a download, and started again.</summary>
public sealed class KilledDownloadTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly FakeHub _storage = new();
    private readonly FakeHub _hub;

    public KilledDownloadTests() => _hub = new FakeHub { Storage = _storage };

    public void Dispose()
    {
        _hub.Dispose();
        _storage.Dispose();
        _temporary.Dispose();
    }

    [Fact]
    public async Task What_came_before_the_kill_is_not_downloaded_again_and_offline_all_is_there()
    {
        var files = Directory
            .EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Demo", "model"))
            .ToDictionary(path => Path.GetFileName(path), File.ReadAllBytes);
        _hub.Add("org/demo", "main", files);
        var weights = files["model.safetensors"];
        var third = weights.Length / 3;
        _storage.Instead = request => FakeHub.Bytes(request, weights, []) with { CutAfter = third, FallsSilent = true };
        using (var killed = Start())
        {
            while (!Incomplete().Any(file => file.Length == third))
            {
                Assert.False(killed.HasExited, "The process ended before it could be killed.");
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }

            killed.Kill();
            await killed.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        _storage.Instead = _ => null;
        Assert.Equal(ExitCode.Done, await Start().Ended());
        Assert.Equal(FormattableString.Invariant($"bytes={third}-"), _storage.Requests[^1].Headers["Range"]);
        Assert.Empty(Incomplete());
        var requests = _hub.Requests.Count;
        Assert.Equal(ExitCode.Done, await Start(("HF_HUB_OFFLINE", "1")).Ended());
        Assert.Equal(requests, _hub.Requests.Count);
    }

    private IEnumerable<FileInfo> Incomplete() =>
        Directory.Exists(_temporary["home"]) ? new DirectoryInfo(_temporary["home"]).EnumerateFiles("*.incomplete", SearchOption.AllDirectories) : [];

    private Process Start(params (string Name, string Value)[] variables)
    {
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "aligned-probing.dll"),
            "encode",
            "--model",
            "org/demo",
            "--prompts",
            "demo",
            "--limit",
            "4",
            "--samples",
            "1",
            "--max-new-tokens",
            "2",
            "--output",
            "run",
        ];
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = _temporary.FullPath,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        // The settings of whoever runs the tests are not the test's.
        start.Environment.Remove("HF_HUB_CACHE");
        start.Environment["HF_HUB_OFFLINE"] = "0";
        foreach (var (name, value) in variables.Append(("HF_ENDPOINT", _hub.Address.ToString())).Append(("HF_HOME", _temporary["home"])))
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        return process;
    }
}

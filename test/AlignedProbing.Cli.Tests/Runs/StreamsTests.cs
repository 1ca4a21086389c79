using System.Diagnostics;
using System.Globalization;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Runs;

/// <summary>Streams of a real process that are closed, full, endless or silent.</summary>
public sealed class StreamsTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public StreamsTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "uses /dev/full and signals");

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData("$CMD score --texts missing.txt 2>&-", ExitCode.WrongInput)]
    [InlineData("$CMD score --texts missing.txt 2>/dev/full", ExitCode.WrongInput)]
    [InlineData("$CMD score --texts t.txt >out.jsonl 2>&-", ExitCode.Done)]
    [InlineData("$CMD score --texts t.txt >out.jsonl 2>/dev/full", ExitCode.Done)]
    [InlineData("$CMD score --texts t.txt >/dev/full", ExitCode.SomeFailed)]
    [InlineData("mkdir gone; cd gone; rmdir ../gone; $CMD score --texts t.txt", ExitCode.WrongInput)]
    [InlineData("set -o pipefail; $CMD score --texts many.txt | head -1", ExitCode.NobodyReads)]
    [InlineData("ulimit -n 45; $CMD score --texts t.txt", ExitCode.SomeFailed)]
    public async Task Each_ends_with_its_code_and_no_stack_trace(string script, int code)
    {
        File.WriteAllText(_temporary["t.txt"], "one\ntwo\n");
        File.WriteAllLines(_temporary["many.txt"], Enumerable.Range(0, 100_000).Select(number => number.ToString(CultureInfo.InvariantCulture)));
        using var process = Start(script);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(code, process.ExitCode);
        Assert.DoesNotContain("   at ", error + await output, StringComparison.Ordinal);
        if (File.Exists(_temporary["out.jsonl"]))
        {
            Assert.Equal(2, File.ReadAllLines(_temporary["out.jsonl"]).Length);
        }
    }

    [Theory]
    [InlineData("mkfifo p; exec 3<>p; exec $CMD score --texts p")]
    [InlineData("mkfifo p; exec $CMD run --prompts p --output r")]
    [InlineData("exec $CMD run --prompts /dev/zero --output r")]
    public async Task One_signal_ends_any_reading(string script)
    {
        using var process = Start(script);
        await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        Assert.False(process.HasExited, "It ended by itself.");
        using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Interrupted, process.ExitCode);
        Assert.Contains("Interrupted.", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_of_the_environment_gets_no_request_for_this_machine_and_a_token_that_a_server_repeats_is_not_printed()
    {
        const string Token = "hf_RepeatedByTheServer1";
        using var proxy = new FakeHub();
        using var hub = new FakeHub { Instead = _ => FakeHub.Refusal(403, "GatedRepo", $"Token {Token} has no access") };
        File.WriteAllText(_temporary["t.txt"], "one\n");
        using var process = Start(
            "$CMD score --texts t.txt --scorer org/toxic",
            ("HTTP_PROXY", proxy.Address.AbsoluteUri),
            ("http_proxy", proxy.Address.AbsoluteUri),
            ("HF_ENDPOINT", hub.Address.AbsoluteUri),
            ("HF_HOME", _temporary["hf"]),
            ("HF_TOKEN", Token));
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Empty(proxy.Requests);
        Assert.NotEmpty(hub.Requests);
        Assert.Contains("Token (key) has no access", error, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.WrongInput, process.ExitCode);
    }

    private Process Start(string script, params (string Name, string Value)[] variables)
    {
        var dotnet = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        var command = $"{dotnet} {Path.Combine(AppContext.BaseDirectory, "aligned-probing.dll")}";
        var start = new ProcessStartInfo("bash", ["-c", script.Replace("$CMD", command, StringComparison.Ordinal)])
        {
            WorkingDirectory = _temporary.FullPath,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}

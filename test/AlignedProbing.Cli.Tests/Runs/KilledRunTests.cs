using System.Diagnostics;
using System.Globalization;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Runs;

/// <summary>Processes that are killed or interrupted, and started again.</summary>
public sealed class KilledRunTests : IDisposable
{
    private const int FewSamples = 4;

    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task A_run_that_is_killed_again_and_again_ends_with_the_same_files()
    {
        Assert.Equal(ExitCode.Done, await Start("whole").Ended());
        var kills = 0;
        // Killed when a new file appears, which is while the next unit is in flight; later each time, until the run is through.
        for (var wait = 3; ; wait += 9)
        {
            using var process = Start("killed");
            var before = Count();
            while (!process.HasExited && Count() < before + wait)
            {
                await Task.Delay(1, TestContext.Current.CancellationToken);
            }

            if (process.HasExited)
            {
                Assert.Equal(ExitCode.Done, process.ExitCode);
                break;
            }

            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            kills++;
        }

        Assert.InRange(kills, 3, 40);
        Assert.Equal(RunFiles.Hashes(_temporary["whole"]), RunFiles.Hashes(_temporary["killed"]));

        int Count() => Directory.Exists(_temporary["killed"]) ? Directory.EnumerateFiles(_temporary["killed"], "*", SearchOption.AllDirectories).Count() : 0;
    }

    [Fact]
    public async Task Ctrl_C_ends_with_130_says_that_all_is_kept_and_the_run_goes_on()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "sends SIGINT");
        using var process = Start("interrupted", samples: 200);
        while (!Directory.Exists(Path.Combine(_temporary["interrupted"], "encodings", "00000")))
        {
            Assert.False(process.HasExited, "The run ended before it could be interrupted.");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        using (var kill = Process.Start("kill", [IgnoresInterrupts() ? "-TERM" : "-INT", process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Interrupted, process.ExitCode);
        Assert.Contains("Everything finished so far is kept", error, StringComparison.Ordinal);
        Assert.True(Directory.Exists(Path.Combine(_temporary["interrupted"], "encodings", "00000")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_temporary["interrupted"], "*.tmp", SearchOption.AllDirectories));
    }

    // A shell without job control lets what it starts in the background ignore SIGINT, and the program leaves that as it is; SIGTERM takes the same way.
    private static bool IgnoresInterrupts() =>
        OperatingSystem.IsLinux() && File.ReadLines("/proc/self/status").Single(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)) is { } line
        && (ulong.Parse(line.AsSpan(7).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & 2) != 0;

    private Process Start(string output, int samples = FewSamples)
    {
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "aligned-probing.dll"),
            "run",
            "--output",
            output,
            "--samples",
            samples.ToString(CultureInfo.InvariantCulture),
            "--limit",
            "48",
            "--max-new-tokens",
            "8",
            "--chunk",
            "4",
            "--probe",
            "ridge",
        ];
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = _temporary.FullPath,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        return process;
    }
}

/// <summary>Waiting for processes.</summary>
internal static class ProcessExtensions
{
    public static async Task<int> Ended(this Process process)
    {
        using (process)
        {
            await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return process.ExitCode;
        }
    }
}

using System.Diagnostics;

namespace AlignedProbing.Cli.Tests.Clusters;

/// <summary>The command as a process of its own, on runs of the demo that end in some seconds.</summary>
internal static class Worker
{
    /// <summary>Options of a run of twelve chunks.</summary>
    public static readonly string[] Run =
        ["--samples", "4", "--limit", "48", "--max-new-tokens", "8", "--chunk", "4", "--probe", "ridge", "--layers", "0-3", "--threads", "1"];

    /// <summary>Starts it.</summary>
    public static Process Start(string folder, Dictionary<string, string> variables, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "aligned-probing.dll"), .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        return process;
    }

    /// <summary>Waits for it.</summary>
    public static async Task<(int Code, string Error)> EndedAsync(Process process)
    {
        using (process)
        {
            var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return (process.ExitCode, error);
        }
    }

    /// <summary>Waits until something holds.</summary>
    public static async Task UntilAsync(Func<bool> holds, int seconds = 300)
    {
        var start = Stopwatch.GetTimestamp();
        while (!holds())
        {
            Assert.True(Stopwatch.GetElapsedTime(start).TotalSeconds < seconds, $"It did not come to pass within {seconds} s.");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Chunks that a run has.</summary>
    public static int Chunks(string run) =>
        Directory.Exists(Path.Combine(run, "encodings")) ? Directory.EnumerateDirectories(Path.Combine(run, "encodings"), "0????").Count() : 0;
}

using AlignedProbing.Cli.Tests.Runs;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Clusters;

/// <summary>Runs on a real Slurm of one node, whose tasks are requeued and killed at random moments: the folder is that of a local run.</summary>
public sealed class SlurmTests : IDisposable
{
    private static readonly string[] Run = [.. Worker.Run[..^2], "--threads", "1", "--output"];

    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task A_run_on_slurm_is_a_local_run_also_where_tasks_are_requeued_and_killed()
    {
        using var node = await SlurmNode.StartOrSkipAsync();
        Assert.Equal(ExitCode.Done, (await Worker.EndedAsync(Worker.Start(_temporary.FullPath, [], ["run", .. Run, "whole"]))).Code);

        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync(["submit", .. Run, "run", "--tasks", "6", "--partition", "nowhere"]));
        Assert.Contains("sbatch says", host.Error, StringComparison.Ordinal);
        Assert.Contains("nvalid partition", host.Error, StringComparison.Ordinal);

        Assert.Equal(ExitCode.Done, await host.RunAsync(["submit", .. Run, "run", "--tasks", "6", "--time", "0:30:00"]));
        Assert.Contains("probe: job ", host.Output, StringComparison.Ordinal);
        using var second = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await second.RunAsync(["submit", .. Run, "run", "--tasks", "6"]));
        Assert.Contains("in Slurm's queue are encode (job ", second.Error, StringComparison.Ordinal);

        // Tasks are sent back at random moments, some several times.
        var (requeued, moments) = (0, new Random(18));
        await SlurmNode.EmptyAsync(async () =>
        {
            string[] tasks = (await SlurmNode.SayAsync("squeue", "-h", "-r", "-t", "R", "-o", "%i")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            if (requeued < 4 && tasks.Length > 0 && moments.Next(3) == 0)
            {
                await SlurmNode.SayAsync("scontrol", "requeue", tasks[moments.Next(tasks.Length)]);
                requeued++;
            }
        });
        TestContext.Current.TestOutputHelper?.WriteLine($"{requeued} tasks were requeued");
        await SameAsync("run");

        // A task that is killed for good ends the submission; the same command goes on with what is missing.
        Assert.Equal(ExitCode.Done, await host.RunAsync(["submit", .. Run, "killed", "--tasks", "6", "--time", "0:30:00"]));
        var killed = false;
        await SlurmNode.EmptyAsync(async () =>
        {
            if (
                !killed
                && (await SlurmNode.SayAsync("squeue", "-h", "-r", "-t", "R", "-o", "%i")).Split('\n', StringSplitOptions.RemoveEmptyEntries) is [var task, ..])
            {
                await SlurmNode.SayAsync("scancel", "--signal=KILL", "--full", task);
                killed = true;
            }
        });
        Assert.False(File.Exists(_temporary["killed/report.html"]));
        Assert.Equal(ExitCode.Done, await host.RunAsync(["submit", .. Run, "killed", "--tasks", "6", "--time", "0:30:00"]));
        await SlurmNode.EmptyAsync();
        await SameAsync("killed");
    }

    // Leftovers of killed tasks are removed by who works alone; scripts and logs are no part of the run.
    private async Task SameAsync(string run)
    {
        var logs = string.Join('\n', Directory.EnumerateFiles(_temporary[$"{run}/cluster/logs"]).Select(File.ReadAllText));
        Assert.True(File.Exists(_temporary[$"{run}/report.html"]), logs);
        Directory.Delete(_temporary[$"{run}/cluster"], recursive: true);
        Assert.Equal(ExitCode.Done, (await Worker.EndedAsync(Worker.Start(_temporary.FullPath, [], ["run", .. Run, run]))).Code);
        Assert.Equal(RunFiles.Hashes(_temporary["whole"]), RunFiles.Hashes(_temporary[run]));
    }
}

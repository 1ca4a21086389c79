using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Clusters;

/// <summary>A real Slurm of one node on this machine's loopback, in a folder of its own.</summary>
internal sealed class SlurmNode : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<Process> _daemons = [];

    private SlurmNode()
    {
    }

    /// <summary>Starts it, or skips the test with the reason.</summary>
    public static async Task<SlurmNode> StartOrSkipAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Slurm runs on Linux");
        Assert.SkipUnless(
            File.Exists("/usr/sbin/slurmctld") && File.Exists("/usr/sbin/slurmd") && File.Exists("/usr/sbin/munged"),
            "slurm-wlm and munge are not installed");
        Assert.SkipUnless(Environment.UserName == "root", "slurmd is to be started by root");
        var node = new SlurmNode();
        try
        {
            await node.StartAsync();
            return node;
        }
        catch
        {
            node.Dispose();
            throw;
        }
    }

    /// <summary>What a program of Slurm says.</summary>
    public static async Task<string> SayAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return said.Trim();
    }

    /// <summary>Waits until nothing is queued; those who wait are asked to do something meanwhile.</summary>
    public static async Task EmptyAsync(Func<Task>? meanwhile = null)
    {
        var start = Stopwatch.GetTimestamp();
        while ((await SayAsync("squeue", "-h", "-o", "%i %T %r")) is { Length: > 0 } queue)
        {
            Assert.True(Stopwatch.GetElapsedTime(start).TotalSeconds < 900, $"Slurm's queue does not empty: {queue}");
            await Task.Delay(500, TestContext.Current.CancellationToken);
            await (meanwhile?.Invoke() ?? Task.CompletedTask);
        }
    }

    public void Dispose()
    {
        foreach (var daemon in Enumerable.Reverse(_daemons))
        {
            if (!daemon.HasExited)
            {
                daemon.Kill(entireProcessTree: true);
                daemon.WaitForExit();
            }

            daemon.Dispose();
        }

        Environment.SetEnvironmentVariable("SLURM_CONF", null);
        _folder.Dispose();
    }

    private async Task StartAsync()
    {
        var configuration = _folder["slurm.conf"];
        Directory.CreateDirectory(_folder["state"]);
        Directory.CreateDirectory(_folder["spool"]);
        var cores = Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture);
        var memory = (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * 9 / 10 >> 20).ToString(CultureInfo.InvariantCulture);
        // Requeued tasks wait until old credentials have expired: soon, here.
        await File.WriteAllTextAsync(
            configuration,
            $"""
            ClusterName=test
            SlurmctldHost=localhost
            AuthType=auth/munge
            AuthInfo=socket={_folder["munge.socket"]},cred_expire=3
            SlurmUser=root
            SlurmdUser=root
            StateSaveLocation={_folder["state"]}
            SlurmdSpoolDir={_folder["spool"]}
            SlurmctldPidFile={_folder["slurmctld.pid"]}
            SlurmdPidFile={_folder["slurmd.pid"]}
            SlurmctldLogFile={_folder["slurmctld.log"]}
            SlurmdLogFile={_folder["slurmd.log"]}
            SlurmctldPort={RedisServer.FreePort()}
            SlurmdPort={RedisServer.FreePort()}
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            ReturnToService=2
            KillWait=30
            SelectType=select/cons_tres
            SelectTypeParameters=CR_Core
            MpiDefault=none
            SwitchType=switch/none
            NodeName=localhost CPUs={cores} RealMemory={memory} State=UNKNOWN
            PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP

            """,
            TestContext.Current.CancellationToken);
        Environment.SetEnvironmentVariable("SLURM_CONF", configuration);
        Directory.CreateDirectory(_folder["munge"]);
        FileRights.OwnerOnly(_folder.FullPath, run: true);
        var key = _folder["munge/key"];
        await File.WriteAllBytesAsync(key, System.Security.Cryptography.RandomNumberGenerator.GetBytes(1024), TestContext.Current.CancellationToken);
        FileRights.OwnerOnly(key, run: false);
        Daemon(
            "/usr/sbin/munged",
            "--foreground",
            "--force",
            $"--key-file={key}",
            $"--socket={_folder["munge.socket"]}",
            $"--pid-file={_folder["munge.pid"]}",
            $"--log-file={_folder["munge.log"]}",
            $"--seed-file={_folder["munge/seed"]}");
        await Worker.UntilAsync(() => File.Exists(_folder["munge.socket"]), 60);
        Daemon("/usr/sbin/slurmctld", "-D", "-i", "-f", configuration);
        Daemon("/usr/sbin/slurmd", "-D", "-f", configuration, "-N", "localhost");
        var start = Stopwatch.GetTimestamp();
        while (!(await SayAsync("sinfo", "-h", "-o", "%t")).StartsWith("idle", StringComparison.Ordinal))
        {
            Assert.True(
                Stopwatch.GetElapsedTime(start).TotalSeconds < 120,
                await File.ReadAllTextAsync(_folder["slurmctld.log"], TestContext.Current.CancellationToken));
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
    }

    private void Daemon(string program, params string[] arguments)
    {
        var process = new Process { StartInfo = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true } };
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        try
        {
            process.Start();
        }
        catch (Win32Exception error)
        {
            Assert.Skip($"{program} does not start: {error.Message}");
        }

        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _daemons.Add(process);
    }
}

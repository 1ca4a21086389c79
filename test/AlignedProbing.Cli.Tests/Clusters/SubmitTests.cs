using System.Diagnostics;
using System.Globalization;
using AlignedProbing.Runs;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Running.Clusters;

namespace AlignedProbing.Cli.Tests.Clusters;

/// <summary>What <c>submit</c> writes, and what a task of an array does with it, without a cluster.</summary>
public sealed class SubmitTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData("3", "6", "0", "5", 3, 6)]
    [InlineData("8", "2", "7", "8", 1, 2)]
    public void Auto_is_the_share_of_a_slurm_task(string id, string count, string first, string last, int index, int shares) =>
        Assert.Equal(new Shard(index, shares), ArrayTask.ShareOf(Slurm(id, count, first, last).GetValueOrDefault));

    [Fact]
    public void Auto_is_the_share_of_a_kubernetes_pod_and_gaps_and_other_processes_are_refused()
    {
        var pod = new Dictionary<string, string> { ["JOB_COMPLETION_INDEX"] = "2", ["JOB_COMPLETIONS"] = "5" };
        Assert.Equal(new Shard(2, 5), ArrayTask.ShareOf(pod.GetValueOrDefault));
        Assert.Contains(
            "gaps",
            Assert.Throws<InputException>(() => ArrayTask.ShareOf(Slurm("7", "2", "3", "7").GetValueOrDefault)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "JOB_COMPLETIONS",
            Assert.Throws<InputException>(() => ArrayTask.ShareOf(name => pod.GetValueOrDefault(name.Replace("IONS", "", StringComparison.Ordinal)))).Message,
            StringComparison.Ordinal);
        Assert.Contains("no array task", Assert.Throws<InputException>(() => ArrayTask.ShareOf(_ => null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scripts_are_shown_with_what_was_typed_and_nothing_is_written()
    {
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(
            ExitCode.Done,
            await host.RunAsync(
                "submit",
                "--limit",
                "48",
                "--chunk",
                "8",
                "--samples",
                "3",
                "--control",
                "permutation",
                "--output",
                "my run",
                "--tasks",
                "40",
                "--partition",
                "long",
                "--gres",
                "gpu:1",
                "--sbatch",
                "--qos=low --nice",
                "--threads",
                "3",
                "--dry-run"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_temporary.FullPath));
        foreach (
            var expected in new[]
            {
                "#SBATCH --array=0-5\n",
                "#SBATCH --partition=long\n",
                "#SBATCH --gres=gpu:1\n",
                "#SBATCH --qos=low --nice\n",
                "#SBATCH --cpus-per-task=3\n",
                "#SBATCH --signal=B:USR1@120\n",
                "#SBATCH --requeue\n",
                " encode ",
                "--limit 48",
                "--control permutation",
                "--shard auto --threads \"$SLURM_CPUS_PER_TASK\"",
                "controls.sbatch",
                $" score '{_temporary["my run"]}' --shard auto\n",
                $" analyse '{_temporary["my run"]}'\n",
                $" report '{_temporary["my run"]}'\n",
            })
        {
            Assert.Contains(expected, host.Output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("--image", "--image: 'submit --to slurm' does not use it; 'submit --to kubernetes' does", "--to", "slurm", "--image", "x")]
    [InlineData("--gres", "--gres: 'submit --to kubernetes' does not use it; 'submit --to slurm' does", "--to", "kubernetes", "--gres", "gpu:1")]
    public async Task Options_of_the_other_cluster_are_refused(string what, string said, params string[] arguments)
    {
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync(["submit", "--output", "run", .. arguments]));
        Assert.Contains(said, host.Error, StringComparison.Ordinal);
        Assert.Contains(what, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kubernetes_gets_a_job_for_each_stage_and_what_pods_cannot_see_is_refused()
    {
        Directory.CreateDirectory(_temporary["volume"]);
        await File.WriteAllTextAsync(_temporary["prompts.txt"], "A sentence.\nAnother one.\n", TestContext.Current.CancellationToken);
        using var elsewhere = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await elsewhere.RunAsync("submit", "--prompts", "prompts.txt", "--output", "volume/run", "--to", "kubernetes"));
        Assert.Contains("where the volume is mounted", elsewhere.Error, StringComparison.Ordinal);

        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(
            ExitCode.Done,
            await host.RunAsync("submit", "--limit", "16", "--chunk", "4", "--output", "volume/run", "--to", "kubernetes", "--tasks", "3"));
        string[] files = [.. Directory.EnumerateFiles(_temporary["volume/run.kubernetes"]).Order(StringComparer.Ordinal)];
        Assert.Equal(["1-encode.yaml", "2-score.yaml", "3-probe.yaml", "4-report.yaml"], files.Select(Path.GetFileName));
        var encode = await File.ReadAllTextAsync(files[0], TestContext.Current.CancellationToken);
        Assert.Contains("completionMode: Indexed\n  completions: 3\n", encode, StringComparison.Ordinal);
        Assert.Contains("exec aligned-probing encode --limit 16 --chunk 4 --output ", encode, StringComparison.Ordinal);
        Assert.Contains($"mountPath: {_temporary["volume"]}\n", encode, StringComparison.Ordinal);
        Assert.Contains("kubectl apply -f", host.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("USR1", "requeue 7_3")]
    [InlineData("TERM", "")]
    public async Task A_task_near_its_time_limit_ends_and_is_queued_again_and_a_cancelled_one_is_not(string signal, string said)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "runs a job script");
        Directory.CreateDirectory(_temporary["bin"]);
        Directory.CreateDirectory(_temporary["run"]);
        await File.WriteAllTextAsync(_temporary["run/manifest.json"], "{}", TestContext.Current.CancellationToken);
        await ScriptAsync("scontrol", $"echo \"$@\" > {_temporary["requeued"]}");
        // Ends some time after it is told to, as the program does when a unit is in work.
        await ScriptAsync("program", $"trap 'sleep 0.3; exit 130' TERM\ntouch {_temporary["started"]}\nwhile :; do sleep 0.05; done");
        var stage = new ClusterStage("encode", [["encode"]], 4, 1, 1, OnDevice: true);
        await File.WriteAllTextAsync(
            _temporary["job"],
            SlurmScript.Of(stage, new ClusterOptions { Program = _temporary["bin/program"], Encode = [] }, _temporary["run"], _temporary.FullPath),
            TestContext.Current.CancellationToken);
        var start = new ProcessStartInfo("bash", [_temporary["job"]]);
        foreach (var (name, value) in Slurm("3", "4", "0", "3"))
        {
            start.Environment[name] = value;
        }

        start.Environment["SLURM_CPUS_PER_TASK"] = "1";
        start.Environment["PATH"] = $"{_temporary["bin"]}:{start.Environment["PATH"]}";
        using var job = Process.Start(start)!;
        await Worker.UntilAsync(() => File.Exists(_temporary["started"]), 60);
        using (var kill = Process.Start("kill", [$"-{signal}", job.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await job.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(130, job.ExitCode);
        Assert.Equal(
            said,
            File.Exists(_temporary["requeued"]) ? (await File.ReadAllTextAsync(_temporary["requeued"], TestContext.Current.CancellationToken)).Trim() : "");
    }

    [Fact]
    public async Task In_a_task_SIGTERM_lets_the_chunk_in_work_be_finished()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "sends SIGTERM");
        using var process = Worker.Start(
            _temporary.FullPath, new() { ["SLURM_JOB_ID"] = "7" }, ["encode", "--samples", "60", "--limit", "48", "--chunk", "8", "--output", "run"]);
        await Worker.UntilAsync(() => Worker.Chunks(_temporary["run"]) > 0 || process.HasExited);
        using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var before = Worker.Chunks(_temporary["run"]);
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Interrupted, process.ExitCode);
        Assert.Contains("Everything finished so far is kept", error, StringComparison.Ordinal);
        Assert.InRange(Worker.Chunks(_temporary["run"]), before + 1, 5);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_temporary["run"], "*.tmp", SearchOption.AllDirectories));
    }

    private static Dictionary<string, string> Slurm(string id, string count, string first, string last) => new()
    {
        ["SLURM_JOB_ID"] = "9",
        ["SLURM_ARRAY_JOB_ID"] = "7",
        ["SLURM_ARRAY_TASK_ID"] = id,
        ["SLURM_ARRAY_TASK_COUNT"] = count,
        ["SLURM_ARRAY_TASK_MIN"] = first,
        ["SLURM_ARRAY_TASK_MAX"] = last,
    };

    private async Task ScriptAsync(string name, string text)
    {
        var path = _temporary[$"bin/{name}"];
        await File.WriteAllTextAsync(path, $"#!/usr/bin/env bash\n{text}\n", TestContext.Current.CancellationToken);
        FileRights.OwnerOnly(path, run: true);
    }
}

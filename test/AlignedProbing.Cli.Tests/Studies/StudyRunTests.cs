using System.Diagnostics;
using System.Text.Json;
using AlignedProbing.Cli.Tests.Runs;
using AlignedProbing.Settings;
using AlignedProbing.Studies;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Running;
using AlignedProbing.Torch.Running.Studies;

namespace AlignedProbing.Cli.Tests.Studies;

/// <summary><c>study run</c> and <c>study status</c>: small studies of the demo's model.</summary>
public sealed class StudyRunTests : IDisposable
{
    private const string Small = "limit: 24\nsamples: 2\nmax_new_tokens: 4\nchunk: 8\nprobes: ridge\nattributes: toxicity\n";

    private static readonly string[] Encoded = ["--limit", "24", "--samples", "2", "--max-new-tokens", "4", "--chunk", "8"];

    private static readonly string[] Measured = [.. Encoded, "--probe", "ridge", "--attributes", "toxicity"];

    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void A_study_file_may_hold_every_option_of_a_run_but_its_folder_and_its_share() =>
        Assert.Equal(
            RunRequest
                .OfEncoding.Union(MeasurementAsked.OfScoring)
                .Union(MeasurementAsked.OfProbing)
                .Select(setting => setting.Name)
                .Except([MachineSettings.Output.Name, MachineSettings.Shard.Name, MachineSettings.Claim.Name, MachineSettings.ClaimSeconds.Name])
                .Order(StringComparer.Ordinal),
            StudySettings.OfRuns.Concat(StudySettings.OfWhole).Select(setting => setting.Name).Order(StringComparer.Ordinal));

    [Fact]
    public async Task A_run_that_fails_is_named_the_others_go_on_and_the_same_command_tries_it_again()
    {
        Write("one.yaml", Small + "models:\n- { kind: one, template: [0, 1] }\n- { kind: two, seed: 7 }");
        var folder = _temporary["runs/one"];
        Directory.CreateDirectory(Path.Combine(folder, "runs", "demo-t1"));
        var held = Path.Combine(folder, "runs", "demo-t1", ".lock");
        using (var first = new TestHost(_temporary.FullPath))
        {
            // Begun and left: the run's folder is there, and somebody works on it.
            Assert.Equal(ExitCode.Done, await first.RunAsync(["encode", "--output", "runs/one/runs/demo-t1", "--template", "1", .. Encoded]));
        }

        using (new FileStream(held, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            using var host = new TestHost(_temporary.FullPath);
            Assert.Equal(ExitCode.SomeFailed, await host.RunAsync("study", "run", "one.yaml"));
            Assert.Contains("] demo-t1: failed in ", host.Error, StringComparison.Ordinal);
            Assert.Contains("another process is working on it", host.Error, StringComparison.Ordinal);
            Assert.Contains("[3/3] demo-seed7: done in ", host.Error, StringComparison.Ordinal);
        }

        using var status = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await status.RunAsync("study", "status", "one.yaml", "--json"));
        var runs = JsonDocument.Parse(status.Output).RootElement.GetProperty("runs").EnumerateArray().ToArray();
        Assert.Equal(["complete", "failed", "complete"], runs.Select(run => run.GetProperty("state").GetString()));
        Assert.Contains("another process", runs[1].GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(["one", "one", "two"], runs.Select(run => run.GetProperty("kind").GetString()));

        using var again = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await again.RunAsync("study", "run", "one.yaml"));
        Assert.Contains("] demo: was done", again.Error, StringComparison.Ordinal);
        Assert.Contains("] demo-t1: done in ", again.Error, StringComparison.Ordinal);
        Assert.Contains("3 of 3 runs complete", again.Output, StringComparison.Ordinal);
        Assert.Equal("{}", await File.ReadAllTextAsync(Path.Combine(folder, "failures.json"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_report_is_written_at_the_end_and_again_whenever_it_is_asked_for_with_figures_on_demand()
    {
        Write("s.yaml", Small + "models:\n- { precision: [full, four_bit] }\n- { run: runs/gone, family: other }");
        using var absent = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await absent.RunAsync("study", "run", "s.yaml"));
        Write("s.yaml", Small + "models:\n- { precision: [full, four_bit] }");
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await host.RunAsync("study", "run", "s.yaml"));
        Assert.Contains("! 2 runs: no correlation is computed below 4", host.Output, StringComparison.Ordinal);
        var contrasts = await File.ReadAllTextAsync(_temporary["runs/s/contrasts.csv"], TestContext.Current.CancellationToken);
        Assert.Contains("\nprecision,prompts,full,four_bit,demo,demo-four_bit,behavior,ngram,,toxicity,,,EMT,", contrasts, StringComparison.Ordinal);
        File.Delete(_temporary["runs/s/study.html"]);
        using var again = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await again.RunAsync("study", "report", "runs/s", "--resamples", "50", "--permutations", "50", "--figures", "figures"));
        Assert.True(File.Exists(_temporary["runs/s/study.html"]));
        Assert.NotEmpty(Directory.GetFiles(_temporary["figures"], "*.svg"));
        using var report = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await report.RunAsync("report", "runs/s/runs/demo", "--figures", "of-a-run"));
        Assert.NotEmpty(Directory.GetFiles(_temporary["of-a-run"], "*.svg"));
        using var none = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await none.RunAsync("study", "report", "nowhere"));
        Assert.Contains("docs/errors/study-folder.md", none.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_demo_is_a_study_of_twelve_runs_whose_checkpoints_are_small_and_come_with_the_program()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Demo");
        var study = StudyFile.Read(Path.Combine(folder, "study.yaml"));
        Assert.Equal(12, study.Runs.Count);
        Assert.Equal([8L, 40, 200, 1000, 2070], study.Runs.Select(run => run.Step).OfType<long>());
        Assert.All(study.Runs.Where(run => run.Model is not null), run => Assert.True(File.Exists(Path.Combine(folder, run.Model!, "config.json"))));
        Assert.InRange(
            new DirectoryInfo(Path.Combine(folder, "steps")).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length), 1_000_000, 3_000_000);
    }

    [Fact]
    public async Task Nothing_starts_before_every_run_of_the_file_is_checked()
    {
        Write("bad.yaml", Small + "prompts: demo\nmodels:\n- { seed: 1 }\n- { model: nowhere/no such }\n- { run: nix }\n- { model: ., name: here }");
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("study", "run", "bad.yaml"));
        Assert.Contains("3 of 4 runs cannot be made", host.Error, StringComparison.Ordinal);
        Assert.Contains("no-such (line 10): --model nowhere/no such: there is no such folder", host.Error, StringComparison.Ordinal);
        Assert.Contains("nix (line 11): opening the run", host.Error, StringComparison.Ordinal);
        Assert.Contains("here (line 12): --model .: the folder has no config.json", host.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_temporary["runs"]));

        Write("limit.yaml", Small + "models:\n- { seed: 1, keep: 5 }");
        using var options = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await options.RunAsync("study", "run", "limit.yaml"));
        Assert.Contains("--keep 5: only continuations 0 to 1 are sampled", options.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_file_is_no_other_study_in_the_same_folder()
    {
        Write("s.yaml", Small + "models:\n- { seed: 1 }");
        Assert.Equal(ExitCode.Done, await new TestHost(_temporary.FullPath).RunAsync("study", "run", "s.yaml"));
        Write("s.yaml", Small.Replace("samples: 2", "samples: 3", StringComparison.Ordinal) + "models:\n- { seed: 1 }");
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("study", "run", "s.yaml"));
        Assert.Contains("--samples: 2 there, 3 asked", host.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runs_share_prompts_scores_and_weights_and_finished_runs_are_members()
    {
        Assert.Equal(
            ExitCode.Done,
            await new TestHost(_temporary.FullPath).RunAsync(["run", "--output", "mine", "--seed", "5", .. Measured]));
        Write("s.yaml", Small + "models:\n- { template: [0, 1, 2], seed: [1, 2] }\n- { precision: bf16 }\n- { run: mine, kind: mine }");
        using var host = new TestHost(_temporary.FullPath);
        var file = StudyFile.Read(_temporary["s.yaml"]);
        using var plan = await StudyPlan.MakeAsync(file, null, host.Host.Machine(new Silent()), TestContext.Current.CancellationToken);
        var outcome = await new StudyRunner(new Silent()).RunAsync(plan, TestContext.Current.CancellationToken);
        Assert.Equal([.. Enumerable.Repeat("done", 7), "was done"], outcome.Runs.Select(run => run.State));
        Assert.Equal(2, plan.Machine.Shared!.Loads);
        var scorer = (SharedScorer)await ScorerSource.OpenAsync("ngram", plan.Machine, TestContext.Current.CancellationToken);
        Assert.InRange(scorer.Asked, 1, 24);
        Assert.Equal(("5", true), (plan.Manifest.Members[^1].Settings["seed"], plan.Manifest.Members[^1].Finished));

        // What is shared changes nothing: the same run on its own has the same files.
        Assert.Equal(
            ExitCode.Done,
            await new TestHost(_temporary.FullPath).RunAsync(["run", "--output", "alone", "--seed", "2", "--template", "1", .. Measured]));
        Assert.Equal(RunFiles.Hashes(_temporary["alone"]), RunFiles.Hashes(_temporary["runs/s/runs/demo-t1-seed2"]));
    }

    [Fact]
    public async Task A_study_that_is_killed_again_and_again_ends_with_the_same_files()
    {
        Write("s.yaml", Small + "models:\n- { template: [0, 1] }\n- { seed: 7 }");
        Assert.Equal(ExitCode.Done, await Start("whole").Ended());
        var kills = 0;
        for (var wait = 20; ; wait += 25)
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

        Assert.InRange(kills, 1, 20);
        foreach (var name in new[] { "demo", "demo-t1", "demo-seed7" })
        {
            Assert.Equal(RunFiles.Hashes(_temporary[$"whole/runs/{name}"]), RunFiles.Hashes(_temporary[$"killed/runs/{name}"]));
        }

        int Count() => Directory.Exists(_temporary["killed"]) ? Directory.EnumerateFiles(_temporary["killed"], "*", SearchOption.AllDirectories).Count() : 0;
    }

    private void Write(string name, string text) => File.WriteAllText(_temporary[name], text);

    private Process Start(string output)
    {
        string[] arguments = [Path.Combine(AppContext.BaseDirectory, "aligned-probing.dll"), "study", "run", "s.yaml", "--output", output];
        var process = Process.Start(new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = _temporary.FullPath, RedirectStandardError = true, RedirectStandardOutput = true,
        })!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        return process;
    }

    private sealed class Silent : IRunLog
    {
        public void Report(AlignedProbing.Runs.StageProgress value)
        {
        }

        public void Say(string line)
        {
        }
    }
}

using System.CommandLine;
using System.Text.Json;
using AlignedProbing.Cli.Display;
using AlignedProbing.Files;
using AlignedProbing.Settings;
using AlignedProbing.Torch.Running;
using AlignedProbing.Torch.Running.Clusters;
using AlignedProbing.Torch.Running.Estimates;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>submit</c>: a run on a cluster.</summary>
internal static class SubmitVerb
{
    private static readonly Setting[] OfSlurm =
    [
        ClusterSettings.Partition,
        ClusterSettings.Time,
        ClusterSettings.Gres,
        ClusterSettings.Account,
        ClusterSettings.Sbatch,
    ];
    private static readonly Setting[] OfKubernetes = [ClusterSettings.Image, ClusterSettings.Volume];
    private static readonly Setting[] OfOneMachine = [MachineSettings.Shard, MachineSettings.Claim, MachineSettings.ClaimSeconds];

    // What tasks are told by scripts, or need not be told.
    private static readonly Setting[] NotEncoding = [MachineSettings.Output, MachineSettings.Threads, .. OfOneMachine];

    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => new VerbCommand(
        host,
        "submit",
        "Put a run, with the options of 'run', on a cluster: a job for each stage, which asks for what 'plan' finds and does only what is missing.",
        argument: null,
        new VerbUse
        {
            Title = "submit",
            Settings =
            [
                .. RunRequest.OfEncoding.Except(OfOneMachine).Union(MeasurementAsked.OfScoring).Union(MeasurementAsked.OfProbing),
                .. ClusterSettings.All, MachineSettings.Json,
            ],
            Bind = input =>
            {
                var given = input.Given;
                var request = RunRequest.From(given, host.Variable, MeasurementAsked.From(given), isShared: false);
                var (to, dry, json) = (given.Value(ClusterSettings.To), given.Value(ClusterSettings.DryRun), given.Value(MachineSettings.Json));
                var options = OptionsOf(given);
                return cancellationToken =>
                {
                    Check(given, to);
                    return SubmitAsync(request, options, to, dry, json, host, cancellationToken);
                };
            },
        });

    private static ClusterOptions OptionsOf(GivenSettings given) => new()
    {
        Program = Program(),
        Encode = [.. RunRequest.OfEncoding.Except(NotEncoding).SelectMany(given.Typed)],
        Tasks = given.Value(ClusterSettings.Tasks),
        Processors = given.Value(MachineSettings.Threads) ?? 4,
        Partition = given.Value(ClusterSettings.Partition),
        Time = given.Value(ClusterSettings.Time),
        Gres = given.Value(ClusterSettings.Gres),
        Account = given.Value(ClusterSettings.Account),
        Sbatch = given.Value(ClusterSettings.Sbatch),
        Image = given.Value(ClusterSettings.Image)!,
        Volume = given.Value(ClusterSettings.Volume)!,
    };

    private static void Check(GivenSettings given, string to)
    {
        var faults = new SettingFaults();
        var (others, other) = to == "slurm" ? (OfKubernetes, "kubernetes") : (OfSlurm, "slurm");
        foreach (var setting in others.Where(given.Has))
        {
            faults.Add($"{setting.Name}: 'submit --to {to}' does not use it; 'submit --to {other}' does");
        }

        faults.ThrowIfAny();
    }

    private static async Task<int> SubmitAsync(
        RunRequest request, ClusterOptions options, string to, bool dry, bool json, Host host, CancellationToken cancellationToken)
    {
        using var display = Displays.For(host);
        var machine = host.Machine(display);
        var plan = await RunPlan.MakeAsync(request, machine, cancellationToken).ConfigureAwait(false);
        var estimate = new Estimator(plan, machine).Of(cancellationToken);
        var stages = ClusterStages.Of(plan, estimate, options);
        foreach (var problem in estimate.Problems)
        {
            display.Say($"this machine would not do: {problem.Found}");
        }

        if (to == "kubernetes")
        {
            KubernetesPlaces.Check(request, machine, estimate.Run);
            Write(stages, options, estimate.Run, dry, host, display);
            return ExitCode.Done;
        }

        if (dry)
        {
            foreach (var stage in stages)
            {
                host.Output.WriteLine($"==> {Path.Combine(estimate.Run, "cluster", stage.Name + ".sbatch")}");
                host.Output.WriteLine(SlurmScript.Of(stage, options, estimate.Run, host.WorkingFolder));
            }

            return ExitCode.Done;
        }

        var submission = await new SlurmCluster(machine).SubmitAsync(plan, stages, options, cancellationToken).ConfigureAwait(false);
        display.Dispose();
        if (json)
        {
            host.Output.WriteLine(JsonSerializer.Serialize(submission, RecordJson.Line));
            return ExitCode.Done;
        }

        foreach (var job in submission.Jobs)
        {
            host.Output.WriteLine($"{job.Stage}: job {job.Job}, {job.Script}");
        }

        host.Output.WriteLine($"'aligned-probing status {estimate.Run}' shows how far it is, 'squeue' what waits.");
        return ExitCode.Done;
    }

    private static void Write(IReadOnlyList<ClusterStage> stages, ClusterOptions options, string run, bool dry, Host host, IDisplay display)
    {
        foreach (var (number, stage) in stages.Index())
        {
            var path = Path.Combine(run + ".kubernetes", $"{number + 1}-{stage.Name}.yaml");
            var text = KubernetesJob.Of(stage, options, run);
            if (dry)
            {
                host.Output.WriteLine($"==> {path}");
                host.Output.WriteLine(text);
                continue;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            AtomicWrite.Text(path, text);
            host.Output.WriteLine($"kubectl apply -f {path} && kubectl wait --for=condition=complete --timeout=-1s -f {path}");
        }

        display.Say("run these lines in order; each stage begins when that before it is complete");
    }

    // How a script calls this program: by itself, or by the runtime with the program's file.
    private static string Program() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "aligned-probing"
            ? SlurmScript.Quoted(Environment.ProcessPath!)
            : $"dotnet {SlurmScript.Quoted(Path.Combine(AppContext.BaseDirectory, "aligned-probing.dll"))}";
}

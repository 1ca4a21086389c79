using System.CommandLine;
using System.Text.Json;
using AlignedProbing.Cli.Display;
using AlignedProbing.Files;
using AlignedProbing.Reports.Interventions;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Interventions;
using AlignedProbing.Settings;
using AlignedProbing.Torch.Interventions;
using AlignedProbing.Torch.Running;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>intervene</c>: a finished run's prompts continued by its model edited, scored as the run is, and held against it and controls.</summary>
internal static class InterveneVerb
{
    private static readonly Setting[] OfDirections = [InterventionSettings.Direction, InterventionSettings.Probe];

    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => new VerbCommand(
        host,
        "intervene",
        "Edit the model of a finished run, continue its prompts again, and show what changed, beside controls and what it cost the texts.",
        VerbCommand.RunArgument,
        Use("--bypass", InterventionSettings.Bypass, [InterventionSettings.Damp], (given, request) => request with
        {
            Bypass = given.Value(InterventionSettings.Bypass),
            Damp = given.Value(InterventionSettings.Damp),
        }),
        Use("--ablate", InterventionSettings.Ablate, OfDirections, (given, request) => Directed(given, request) with
        {
            Ablate = given.Value(InterventionSettings.Ablate),
        }),
        Use("--steer", InterventionSettings.Steer, [InterventionSettings.By, InterventionSettings.Spread, .. OfDirections], (given, request) =>
            Directed(given, request) with
            {
                Steer = given.Value(InterventionSettings.Steer),
                By = given.Value(InterventionSettings.By),
                SpreadWithoutFirst = given.Value(InterventionSettings.Spread) == "without-first",
            }),
        new VerbUse
        {
            Title = "intervene",
            Settings = [MachineSettings.RunFolder, MachineSettings.Json],
            Bind = input =>
            {
                var folder = input.RunFolderOf("intervene", input.Given.Value(MachineSettings.RunFolder));
                var json = input.Given.Value(MachineSettings.Json);
                return cancellationToken =>
                {
                    var run = RunFolder.Open(folder);
                    Tell(run, InterventionRunner.Report(run, cancellationToken), [], json, input.Host);
                    return Task.FromResult(ExitCode.Done);
                };
            },
        });

    private static VerbUse Use(
        string kind, Setting when, IReadOnlyList<Setting> own, Func<GivenSettings, InterventionRequest, InterventionRequest> complete) => new()
        {
            Title = $"intervene {kind}",
            When = when,
            Settings = [when, .. own, .. InterventionSettings.OfAll, MachineSettings.RunFolder],
            Bind = input =>
            {
                var given = input.Given;
                var layers = given.Of(InterventionSettings.Layers);
                var request = complete(given, new InterventionRequest
                {
                    Run = input.RunFolderOf("intervene", given.Value(MachineSettings.RunFolder)),
                    Model = given.Value(InterventionSettings.Model),
                    Adapter = given.Value(InterventionSettings.Adapter),
                    Layers = layers.Value,
                    EveryLayer = layers is { IsGiven: true, Given: null },
                    Positions = Enum.Parse<EditPositions>(given.Value(InterventionSettings.Positions), ignoreCase: true),
                    Controls = given.Value(InterventionSettings.Controls),
                    ControlSeed = given.Value(InterventionSettings.ControlSeed),
                    Scorer = given.Value(InterventionSettings.Scorer),
                    Device = given.Value(MachineSettings.Device),
                    BatchSize = given.Value(MachineSettings.BatchSize),
                    Threads = given.Value(MachineSettings.Threads),
                    Shard = RunRequest.ShardOf(given, input.Host.Variable),
                });
                var json = given.Value(MachineSettings.Json);
                return cancellationToken => RunAsync(request, json, input.Host, cancellationToken);
            },
        };

    private static InterventionRequest Directed(GivenSettings given, InterventionRequest request) => request with
    {
        Direction = given.Value(InterventionSettings.Direction),
        Probe = given.Value(InterventionSettings.Probe),
    };

    private static async Task<int> RunAsync(InterventionRequest request, bool json, Host host, CancellationToken cancellationToken)
    {
        using var display = Displays.For(host);
        var machine = host.Machine(display);
        var plan = await InterventionPlan.MakeAsync(request, machine, cancellationToken).ConfigureAwait(false);
        var outcome = await new InterventionRunner(machine).RunAsync(plan, cancellationToken).ConfigureAwait(false);
        display.Dispose();
        var own = outcome.Findings.Sweeps.Where(sweep => sweep.Sweep.Name == plan.Name);
        Tell(outcome.Run, outcome.Findings with { Sweeps = [.. own] }, outcome.Failed, json, host);
        return outcome.Failed.Count > 0 ? ExitCode.SomeFailed : ExitCode.Done;
    }

    private static void Tell(RunFolder run, InterventionFindings findings, IReadOnlyList<UnitFailure> failed, bool json, Host host)
    {
        if (json)
        {
            host.Output.WriteLine(JsonSerializer.Serialize(new { Run = run.FullPath, Failed = failed, Interventions = findings }, RecordJson.Line));
            return;
        }

        foreach (var sweep in findings.Sweeps)
        {
            host.Output.WriteLine(sweep.Sweep.Name);
            foreach (var sentence in InterventionSentences.Of(sweep))
            {
                host.Output.WriteLine($"  {sentence}");
            }
        }

        host.Output.WriteLine(
            findings.Sweeps.Count == 0 ? "Nothing was edited yet: give --bypass, --ablate or --steer." : $"Written: {InterventionReports.PageOf(run)}");
    }
}

using System.CommandLine;
using AlignedProbing.Cli.Display;
using AlignedProbing.Settings;
using AlignedProbing.Torch.Running;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>run</c>: everything, from model and prompts to the report.</summary>
internal static class RunVerb
{
    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => new VerbCommand(
        host,
        "run",
        "Encode, score, probe, analyse and report. Interrupted and started again, it goes on where it was.",
        argument: null,
        new VerbUse
        {
            Title = "run",
            Settings = [.. RunRequest.OfEncoding.Union(MeasurementAsked.OfScoring).Union(MeasurementAsked.OfProbing), MachineSettings.Json],
            Bind = input =>
            {
                var request = RunRequest.From(input.Given, host.Variable, MeasurementAsked.From(input.Given));
                var json = input.Given.Value(MachineSettings.Json);
                return async cancellationToken =>
                {
                    using var display = Displays.For(host);
                    var machine = host.Machine(display);
                    var plan = await RunPlan.MakeAsync(request, machine, cancellationToken).ConfigureAwait(false);
                    var outcome = await new Runner(machine).RunAsync(plan, cancellationToken).ConfigureAwait(false);
                    if (outcome.Findings is { } findings)
                    {
                        display.Dispose();
                        Summary.Print(host, outcome.Run, findings, json);
                    }

                    return outcome.Failed.Count > 0 ? ExitCode.SomeFailed : ExitCode.Done;
                };
            },
        });
}

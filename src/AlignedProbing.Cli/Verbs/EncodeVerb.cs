using System.CommandLine;
using AlignedProbing.Cli.Display;
using AlignedProbing.Settings;
using AlignedProbing.Torch.Running;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>encode</c>: continuations, and states pooled on the fly.</summary>
internal static class EncodeVerb
{
    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => new VerbCommand(
        host,
        "encode",
        "Run the model over the prompts: continuations, and one vector per prompt, continuation and layer.",
        argument: null,
        new VerbUse
        {
            Title = "encode",
            Settings = [.. RunRequest.OfEncoding, MachineSettings.Json],
            Bind = input =>
            {
                var request = RunRequest.From(input.Given, host.Variable);
                var json = input.Given.Value(MachineSettings.Json);
                return async cancellationToken =>
                {
                    using var display = Displays.For(host);
                    var machine = host.Machine(display);
                    var plan = await RunPlan.MakeAsync(request, machine, cancellationToken).ConfigureAwait(false);
                    var (run, result) = new Runner(machine).Encode(plan, cancellationToken);
                    return StageOutcome.Tell(run, result, json, host);
                };
            },
        });
}

using System.CommandLine;
using System.Text.Json;
using AlignedProbing.Cli.Display;
using AlignedProbing.Cli.Options;
using AlignedProbing.Cli.Pipeline;
using AlignedProbing.Files;
using AlignedProbing.Runs;
using AlignedProbing.Settings;

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
            Settings = [.. RunSettings.OfEncoding, MachineSettings.Json],
            Bind = input =>
            {
                var settings = RunSettings.From(input.Given, host.Variable);
                var json = input.Given.Value(MachineSettings.Json);
                return cancellationToken => EncodeAsync(settings, json, host, cancellationToken);
            },
        });

    private static async Task<int> EncodeAsync(RunSettings settings, bool json, Host host, CancellationToken cancellationToken)
    {
        using var display = Displays.For(host);
        var stages = new Stages(host, display, cancellationToken);
        using var prepared = await PreparedRun.PrepareAsync(settings, host, display, cancellationToken).ConfigureAwait(false);
        using var runLock = RunLock.Take(prepared.Run, settings.Shard);
        var result = stages.Encode(prepared, settings);
        display.Say($"{prepared.Run.FullPath}: {result.Done} chunks encoded, {result.AlreadyDone} were there");
        if (result.Failed.Count == 0 && settings.Controls.Any(ControlEncoding.Names.Contains))
        {
            if (Stages.MissingChunks(prepared.Run) is var missing && missing > 0)
            {
                display.Say($"control tasks come when all is encoded: {missing} chunks belong to other shares");
            }
            else
            {
                var controls = stages.EncodeControls(prepared, settings);
                display.Say($"{prepared.Run.FullPath}: {controls.Done} chunks encoded for control tasks, {controls.AlreadyDone} were there");
                result = Stages.Together([result, controls]);
            }
        }

        return StageOutcome.Tell(prepared.Run, result, json, host, stages);
    }
}

using System.CommandLine;
using AlignedProbing.Cli.Display;
using AlignedProbing.Cli.Options;
using AlignedProbing.Cli.Pipeline;
using AlignedProbing.Runs;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>encode</c>: continuations, and states pooled on the fly.</summary>
internal static class EncodeVerb
{
    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host)
    {
        var command = new Command("encode", "Run the model over the prompts: continuations, and one vector per prompt, continuation and layer.");
        foreach (var option in CommonOptions.OfEncoding.Concat(CommonOptions.OfMeasurement).Concat(CommonOptions.OfEveryStage))
        {
            command.Options.Add(option);
        }

        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = RunSettings.From(parsed, host.Variable);
            // What is measured is none of this verb's business: a run that is there keeps what it was asked, and control tasks can be added to it.
            var asked = settings.Measurement;
            var there = Path.Combine(host.WorkingFolder, settings.Output!);
            settings = File.Exists(Path.Combine(there, "manifest.json")) ? settings with { Measurement = RunFolder.Open(there).ReadManifest().Measurement } : settings;
            using var display = Displays.For(host);
            var stages = new Stages(host, display, cancellationToken);
            using var prepared = await PreparedRun.PrepareAsync(settings, host, display, cancellationToken).ConfigureAwait(false);
            using var runLock = RunLock.Take(prepared.Run, settings.Shard);
            var result = stages.Encode(prepared, settings);
            display.Say($"{prepared.Run.FullPath}: {result.Done} chunks encoded, {result.AlreadyDone} were there");
            if (stages.ReportFailures([result]) > 0)
            {
                return ExitCode.SomeFailed;
            }

            if (!asked.Controls.Any(ControlEncoding.Names.Contains))
            {
                return ExitCode.Done;
            }

            if (Stages.MissingChunks(prepared.Run) is var missing && missing > 0)
            {
                display.Say($"control tasks come when all is encoded: {missing} chunks belong to other shares");
                return ExitCode.Done;
            }

            var controls = stages.EncodeControls(prepared, settings with { Measurement = asked });
            display.Say($"{prepared.Run.FullPath}: {controls.Done} chunks encoded for control tasks, {controls.AlreadyDone} were there");
            return stages.ReportFailures([controls]) > 0 ? ExitCode.SomeFailed : ExitCode.Done;
        });
        return command;
    }
}

using System.CommandLine;
using AlignedProbing.Cli.Display;
using AlignedProbing.Cli.Options;
using AlignedProbing.Cli.Pipeline;

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
            using var display = Displays.For(host);
            var stages = new Stages(host, display, cancellationToken);
            using var prepared = await PreparedRun.PrepareAsync(settings, host, display, cancellationToken).ConfigureAwait(false);
            using var runLock = RunLock.Take(prepared.Run, settings.Shard);
            var result = stages.Encode(prepared, settings);
            display.Say($"{prepared.Run.FullPath}: {result.Done} chunks encoded, {result.AlreadyDone} were there");
            return stages.ReportFailures([result]) > 0 ? ExitCode.SomeFailed : ExitCode.Done;
        });
        return command;
    }
}

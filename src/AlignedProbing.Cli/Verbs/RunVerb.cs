using System.CommandLine;
using AlignedProbing.Cli.Display;
using AlignedProbing.Cli.Options;
using AlignedProbing.Cli.Pipeline;
using AlignedProbing.Runs;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>run</c>: everything, from model and prompts to the report.</summary>
internal static class RunVerb
{
    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host)
    {
        var command = new Command("run", "Encode, score, probe, analyse and report. Interrupted and started again, it goes on where it was.");
        foreach (var option in CommonOptions.OfEncoding.Concat(CommonOptions.OfMeasurement).Concat(CommonOptions.OfEveryStage))
        {
            command.Options.Add(option);
        }

        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = RunSettings.From(parsed, host.Variable);
            using var display = Displays.For(host);
            await ModelScorers.FetchAsync(settings.Measurement.Scorers, host, display, cancellationToken).ConfigureAwait(false);
            ScorerSource.Check(settings.Measurement.Scorers, host);
            var stages = new Stages(host, display, cancellationToken);
            using var prepared = await PreparedRun.PrepareAsync(settings, host, display, cancellationToken).ConfigureAwait(false);
            using var runLock = RunLock.Take(prepared.Run, settings.Shard);
            var encoded = stages.Encode(prepared, settings);
            var scored = await stages.ScoreAsync(prepared.Run, settings.Measurement.Scorers, settings.Shard).ConfigureAwait(false);
            if (stages.ReportFailures([encoded, scored]) is var failed && failed > 0)
            {
                return ExitCode.SomeFailed;
            }

            if (Stages.MissingChunks(prepared.Run) is var missing && missing > 0)
            {
                display.Say($"{missing} chunks belong to other shares. When all are done: aligned-probing run with the same options and without --shard.");
                return ExitCode.Done;
            }

            var controls = stages.EncodeControls(prepared, settings);
            if (stages.ReportFailures([controls]) > 0)
            {
                return ExitCode.SomeFailed;
            }

            if (settings.Measurement.Controls.Intersect(ControlEncoding.Names).Sum(control => Stages.MissingChunks(prepared.Run.WithEncodingsOf(control))) is var left && left > 0)
            {
                display.Say($"{left} chunks of control tasks belong to other shares. When all are done: aligned-probing run with the same options and " +
                    "without --shard.");
                return ExitCode.Done;
            }

            var probed = stages.Probe(prepared.Run, settings.Measurement, settings.Shard, settings.Threads);
            var findings = stages.Analyse(prepared.Run);
            Stages.Report(prepared.Run, findings);
            display.Dispose();
            Summary.Print(host, prepared.Run, findings, parsed.GetValue(CommonOptions.Json));
            return stages.ReportFailures([probed]) > 0 ? ExitCode.SomeFailed : ExitCode.Done;
        });
        return command;
    }
}

using System.CommandLine;
using AlignedProbing.Cli.Display;
using AlignedProbing.Cli.Options;
using AlignedProbing.Cli.Pipeline;
using AlignedProbing.Runs;
using AlignedProbing.Settings;

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
            Settings = [.. RunSettings.OfEncoding.Union(MeasurementAsked.OfScoring).Union(MeasurementAsked.OfProbing), MachineSettings.Json],
            Bind = input =>
            {
                var settings = RunSettings.From(input.Given, host.Variable, MeasurementAsked.From(input.Given));
                var json = input.Given.Value(MachineSettings.Json);
                return cancellationToken => RunAsync(settings, json, host, cancellationToken);
            },
        });

    private static async Task<int> RunAsync(RunSettings settings, bool json, Host host, CancellationToken cancellationToken)
    {
        using var display = Displays.For(host);
        var measurement = PreparedRun.MeasurementOf(settings, host);
        await ModelScorers.FetchAsync(measurement.Scorers, host, display, cancellationToken).ConfigureAwait(false);
        ScorerSource.Check(measurement.Scorers, host);
        var stages = new Stages(host, display, cancellationToken);
        using var prepared = await PreparedRun.PrepareAsync(settings, host, display, cancellationToken).ConfigureAwait(false);
        using var runLock = RunLock.Take(prepared.Run, settings.Shard);
        prepared.Run.WriteMeasurement(measurement);
        var encoded = stages.Encode(prepared, settings);
        if (stages.ReportFailures([encoded]) > 0)
        {
            return ExitCode.SomeFailed;
        }

        var scored = await stages.ScoreAsync(prepared.Run, measurement.Scorers, settings.Shard).ConfigureAwait(false);
        if (stages.ReportFailures([scored]) > 0)
        {
            return ExitCode.SomeFailed;
        }

        if (Stages.MissingChunks(prepared.Run) is var missing && missing > 0)
        {
            display.Say($"{missing} chunks belong to other shares. When all are done: aligned-probing run with the same options and without --shard.");
            return ExitCode.Done;
        }

        settings = settings with { Controls = measurement.Controls };
        var controls = stages.EncodeControls(prepared, settings);
        if (stages.ReportFailures([controls]) > 0)
        {
            return ExitCode.SomeFailed;
        }

        var left = measurement.Controls.Intersect(ControlEncoding.Names).Sum(control => Stages.MissingChunks(prepared.Run.WithEncodingsOf(control)));
        if (left > 0)
        {
            display.Say($"{left} chunks of control tasks belong to other shares. When all are done: aligned-probing run with the same options and " +
                "without --shard.");
            return ExitCode.Done;
        }

        var probed = stages.Probe(prepared.Run, measurement, settings.Shard, settings.Threads);
        var findings = stages.Analyse(prepared.Run);
        Stages.Report(prepared.Run, findings);
        display.Dispose();
        Summary.Print(host, prepared.Run, findings, json);
        return stages.ReportFailures([probed]) > 0 ? ExitCode.SomeFailed : ExitCode.Done;
    }
}

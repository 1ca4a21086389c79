using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using AlignedProbing.Cli.Display;
using AlignedProbing.Files;
using AlignedProbing.Reports.Tables;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Tracking;
using AlignedProbing.Runs.Units;
using AlignedProbing.Settings;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>status</c>: how far a run has come. It only reads, so it may be asked while the run goes on.</summary>
internal static class StatusVerb
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => new VerbCommand(
        host,
        "status",
        "Show how many units of each stage of a run are done, in work, failed and missing.",
        VerbCommand.RunArgument,
        new VerbUse
        {
            Title = "status",
            Settings = [MachineSettings.RunFolder, MachineSettings.Watch, MachineSettings.Json],
            Bind = input =>
            {
                var run = input.RunFolderOf("status", input.Given.Value(MachineSettings.RunFolder));
                var (watch, json) = (input.Given.Value(MachineSettings.Watch), input.Given.Value(MachineSettings.Json));
                return async cancellationToken =>
                {
                    var folder = RunFolder.Open(run);
                    using var tracker = RedisOptions.From(host.Variable) is { } redis ? new RedisTracker(redis, folder, null, host.Error.WriteLine) : null;
                    for (; ; )
                    {
                        var status = RunStatus.Of(folder);
                        Show(status, Claims(folder, tracker), json, host);
                        if (!watch || status.State == "complete")
                        {
                            return ExitCode.Done;
                        }

                        await Task.Delay(Pause, host.Time, cancellationToken).ConfigureAwait(false);
                    }
                };
            },
        });

    private static IReadOnlyList<RedisClaim> Claims(RunFolder run, RedisTracker? tracker) => tracker?.ClaimsOf(
    [
        .. UnitStore.AllOf(run).SelectMany(store => store.List()).Where(unit => unit.State != UnitState.Done).Select(unit => unit.Name),
    ]) ?? [];

    private static void Show(RunStatus status, IReadOnlyList<RedisClaim> claims, bool json, Host host)
    {
        if (json)
        {
            var about = JsonSerializer.SerializeToNode(status, RecordJson.Line)!.AsObject();
            if (claims.Count > 0)
            {
                about["claims"] = JsonSerializer.SerializeToNode(claims, RecordJson.Line);
            }

            host.Output.WriteLine(about.ToJsonString(RecordJson.Line));
            return;
        }

        Summary.Print(host, [StatusTable.Of(status)]);
        foreach (var failure in status.Stages.SelectMany(stage => stage.Failures))
        {
            host.Output.WriteLine($"failed: {failure.Unit}: {failure.Message}");
        }

        foreach (var claim in claims)
        {
            host.Output.WriteLine($"in work: {claim.Unit}, by {claim.Worker} since {claim.Since.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)}");
        }
    }
}

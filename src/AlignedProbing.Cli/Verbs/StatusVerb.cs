using System.CommandLine;
using System.Text.Json;
using AlignedProbing.Cli.Display;
using AlignedProbing.Files;
using AlignedProbing.Reports.Tables;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Units;
using AlignedProbing.Settings;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>status</c>: how far a run has come. It only reads, so it may be asked while the run goes on.</summary>
internal static class StatusVerb
{
    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => new VerbCommand(
        host,
        "status",
        "Show how many units of each stage of a run are done, in work, failed and missing.",
        VerbCommand.RunArgument,
        new VerbUse
        {
            Title = "status",
            Settings = [MachineSettings.RunFolder, MachineSettings.Json],
            Bind = input =>
            {
                var run = input.RunFolderOf("status", input.Given.Value(MachineSettings.RunFolder));
                var json = input.Given.Value(MachineSettings.Json);
                return _ => Task.FromResult(Show(RunStatus.Of(RunFolder.Open(run)), json, host));
            },
        });

    private static int Show(RunStatus status, bool json, Host host)
    {
        if (json)
        {
            host.Output.WriteLine(JsonSerializer.Serialize(status, RecordJson.Line));
            return ExitCode.Done;
        }

        Summary.Print(host, [StatusTable.Of(status)]);
        foreach (var failure in status.Stages.SelectMany(stage => stage.Failures))
        {
            host.Output.WriteLine($"failed: {failure.Unit}: {failure.Message}");
        }

        return ExitCode.Done;
    }
}

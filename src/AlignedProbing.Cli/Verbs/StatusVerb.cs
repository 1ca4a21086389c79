using System.CommandLine;
using System.Text.Json;
using AlignedProbing.Cli.Options;
using AlignedProbing.Cli.Pipeline;
using AlignedProbing.Files;
using AlignedProbing.Reports.Tables;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Units;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>status</c>: how far a run has come. It only reads, so it may be asked while the run goes on.</summary>
internal static class StatusVerb
{
    private static readonly Argument<string> Run = new("run") { Description = "The run folder." };

    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host)
    {
        var command = new Command("status", "Show how many units of each stage of a run are done, in work, failed and missing.") { Run, CommonOptions.Json };
        command.SetAction(parsed =>
        {
            var status = RunStatus.Of(RunFolder.Open(Path.Combine(host.WorkingFolder, parsed.GetValue(Run)!)));
            if (parsed.GetValue(CommonOptions.Json))
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
        });
        return command;
    }
}

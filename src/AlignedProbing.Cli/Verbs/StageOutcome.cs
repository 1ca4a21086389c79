using System.Text.Json;
using AlignedProbing.Cli.Pipeline;
using AlignedProbing.Files;
using AlignedProbing.Runs;

namespace AlignedProbing.Cli.Verbs;

/// <summary>How a stage ended: its failures told, and one JSON object for programs.</summary>
internal static class StageOutcome
{
    /// <summary>Tells it, and returns the exit code.</summary>
    public static int Tell(RunFolder run, StageResult result, bool json, Host host, Stages stages)
    {
        if (json)
        {
            host.Output.WriteLine(JsonSerializer.Serialize(new { Run = run.FullPath, result.Done, result.AlreadyDone, result.Failed }, RecordJson.Line));
        }

        return stages.ReportFailures([result]) > 0 ? ExitCode.SomeFailed : ExitCode.Done;
    }
}

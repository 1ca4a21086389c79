using System.Text.Json;
using AlignedProbing.Files;
using AlignedProbing.Runs;

namespace AlignedProbing.Cli.Verbs;

/// <summary>How a stage ended: one JSON object for programs, and an exit code.</summary>
internal static class StageOutcome
{
    /// <summary>Tells it, and returns the exit code.</summary>
    public static int Tell(RunFolder run, StageResult result, bool json, Host host)
    {
        if (json)
        {
            host.Output.WriteLine(JsonSerializer.Serialize(new { Run = run.FullPath, result.Done, result.AlreadyDone, result.Failed }, RecordJson.Line));
        }

        return result.Failed.Count > 0 ? ExitCode.SomeFailed : ExitCode.Done;
    }
}

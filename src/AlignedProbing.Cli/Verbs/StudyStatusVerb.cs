using System.CommandLine;
using System.Text.Json;
using AlignedProbing.Cli.Display;
using AlignedProbing.Files;
using AlignedProbing.Reports.Tables;
using AlignedProbing.Runs.Studies;
using AlignedProbing.Settings;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>study status</c>: how far a study has come. It only reads, so it may be asked while the study goes on.</summary>
internal static class StudyStatusVerb
{
    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => new VerbCommand(
        host,
        "status",
        "Show how far each run of a study has come.",
        StudyVerb.StudyArgument,
        new VerbUse
        {
            Title = "study status",
            Settings = [StudySettings.Output, MachineSettings.Json],
            Bind = input =>
            {
                var (output, json) = (input.Given.Value(StudySettings.Output), input.Given.Value(MachineSettings.Json));
                var study = StudyVerb.Named(input, "study status", output);
                return _ => Task.FromResult(Show(StudyStatus.Of(study()), json, host));
            },
        });

    /// <summary>Shows a table, or one JSON object.</summary>
    public static int Show(StudyStatus status, bool json, Host host)
    {
        if (json)
        {
            host.Output.WriteLine(JsonSerializer.Serialize(status, RecordJson.Line));
            return ExitCode.Done;
        }

        Summary.Print(host, [StatusTable.Of(status)]);
        foreach (var run in status.Runs.Where(run => run.Reason is not null))
        {
            host.Output.WriteLine($"{run.State}: {run.Name}: {run.Reason}");
        }

        return ExitCode.Done;
    }
}

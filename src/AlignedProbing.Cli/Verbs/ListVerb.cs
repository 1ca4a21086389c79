using System.CommandLine;
using System.Text.Json;
using AlignedProbing.Cli.Options;
using AlignedProbing.Cli.Pipeline;
using AlignedProbing.Files;
using AlignedProbing.Reports.Tables;
using AlignedProbing.Runs.Units;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>ls</c>: the runs below a folder.</summary>
internal static class ListVerb
{
    private static readonly Argument<string?> Folder = new("folder")
    {
        Description = "Where to look; without it RESULT_PATH, or else runs.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host)
    {
        var command = new Command("ls", "List the runs below a folder: state, model, prompts, EMT and peaks.") { Folder, CommonOptions.Json };
        command.SetAction(parsed =>
        {
            var usual = host.Variable("RESULT_PATH") is { Length: > 0 } results ? results : "runs";
            var folder = Path.GetFullPath(Path.Combine(host.WorkingFolder, parsed.GetValue(Folder) ?? usual));
            var runs = RunListing.In(folder);
            if (parsed.GetValue(CommonOptions.Json))
            {
                host.Output.WriteLine(JsonSerializer.Serialize(runs, RecordJson.Line));
                return ExitCode.Done;
            }

            Summary.Print(host, [StatusTable.Of($"{runs.Count} runs in {folder}", runs)]);
            foreach (var broken in runs.Where(run => run.Fault is not null))
            {
                host.Output.WriteLine($"broken: {broken.Run}: {broken.Fault}");
            }

            return ExitCode.Done;
        });
        return command;
    }
}

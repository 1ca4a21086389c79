using System.CommandLine;
using System.Text.Json;
using AlignedProbing.Cli.Display;
using AlignedProbing.Files;
using AlignedProbing.Reports.Tables;
using AlignedProbing.Runs.Units;
using AlignedProbing.Settings;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>ls</c>: the runs below a folder.</summary>
internal static class ListVerb
{
    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => new VerbCommand(
        host,
        "ls",
        "List the runs below a folder: state, model, prompts, EMT and peaks.",
        new Argument<string?>("folder")
        {
            Description = "Where to look; without it RESULT_PATH, or else runs.",
            Arity = ArgumentArity.ZeroOrOne,
        },
        new VerbUse
        {
            Title = "ls",
            Settings = [MachineSettings.Json],
            Bind = input =>
            {
                var usual = host.Variable("RESULT_PATH") is { Length: > 0 } results ? results : "runs";
                var (folder, json) = (input.PathOf(input.Arguments is [var named, ..] ? named : usual)!, input.Given.Value(MachineSettings.Json));
                return _ => Task.FromResult(Show(folder, json, host));
            },
        });

    private static int Show(string folder, bool json, Host host)
    {
        var runs = RunListing.In(folder);
        if (json)
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
    }
}

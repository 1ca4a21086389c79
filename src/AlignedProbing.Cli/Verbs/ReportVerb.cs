using System.CommandLine;
using AlignedProbing.Cli.Display;
using AlignedProbing.Reports;
using AlignedProbing.Runs;
using AlignedProbing.Torch.Running;
using AlignedProbing.Settings;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>report</c>: what analysis found, for people.</summary>
internal static class ReportVerb
{
    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => new VerbCommand(
        host,
        "report",
        "Write report.html and report.md from a run's findings.json: into the run, or with RUN and --output into another folder.",
        VerbCommand.RunArgument,
        new VerbUse
        {
            Title = "report",
            Settings = [MachineSettings.Json, MachineSettings.RunFolder],
            Bind = input =>
            {
                var json = input.Given.Value(MachineSettings.Json);
                var output = input.Given.Value(MachineSettings.RunFolder);
                return input.Arguments is [var read] && output is not null
                    ? _ => Task.FromResult(Elsewhere(host, input.PathOf(read)!, input.PathOf(output)!, json))
                    : StageVerb.OnRun(input.RunFolderOf("report", output), alone: true, (run, _) => Task.FromResult(Into(host, run, json)), host);
            },
        });

    private static int Into(Host host, RunFolder run, bool json)
    {
        var findings = run.ReadFindings();
        Stages.Report(run, findings);
        Summary.Print(host, run, findings, json);
        return ExitCode.Done;
    }

    // A run that may only be read: nothing of it is locked or written.
    private static int Elsewhere(Host host, string path, string folder, bool json)
    {
        var run = RunFolder.Open(path);
        var findings = run.ReadFindings();
        foreach (var written in ReportCatalog.WriteAll(findings, run, folder))
        {
            host.Error.WriteLine($"written: {written}");
        }

        Summary.Print(host, run, findings, json);
        return ExitCode.Done;
    }
}

using System.CommandLine;
using AlignedProbing.Cli.Display;
using AlignedProbing.Reports;
using AlignedProbing.Reports.Html;
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
            Settings = [FindingSettings.Figures, MachineSettings.Json, MachineSettings.RunFolder],
            Bind = input =>
            {
                var json = input.Given.Value(MachineSettings.Json);
                var figures = input.PathOf(input.Given.Value(FindingSettings.Figures));
                var output = input.Given.Value(MachineSettings.RunFolder);
                return input.Arguments is [var read] && output is not null
                    ? _ => Task.FromResult(Elsewhere(host, input.PathOf(read)!, input.PathOf(output)!, figures, json))
                    : StageVerb.OnRun(input.RunFolderOf("report", output), alone: true, (run, _) => Task.FromResult(Into(host, run, figures, json)), host);
            },
        });

    private static int Into(Host host, RunFolder run, string? figures, bool json)
    {
        var findings = run.ReadFindings();
        Stages.Report(run, findings);
        Figures(host, run, findings, figures);
        Summary.Print(host, run, findings, json);
        return ExitCode.Done;
    }

    // A run that may only be read: nothing of it is locked or written.
    private static int Elsewhere(Host host, string path, string folder, string? figures, bool json)
    {
        var run = RunFolder.Open(path);
        var findings = run.ReadFindings();
        foreach (var written in ReportCatalog.WriteAll(findings, run, folder))
        {
            host.Error.WriteLine($"written: {written}");
        }

        Figures(host, run, findings, figures);
        Summary.Print(host, run, findings, json);
        return ExitCode.Done;
    }

    private static void Figures(Host host, RunFolder run, Findings findings, string? folder)
    {
        if (folder is not null)
        {
            var written = SvgFigures.Write(stream => new HtmlReport(TimeProvider.System).Write(findings, run, stream), folder);
            host.Error.WriteLine($"written: {written.Count} figures in {folder}");
        }
    }
}

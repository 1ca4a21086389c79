using System.CommandLine;
using AlignedProbing.Cli.Display;
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
        "Write report.html and report.md from a run's findings.json.",
        VerbCommand.RunArgument,
        StageVerb.Use("report", null, [MachineSettings.Json], input =>
        {
            var json = input.Given.Value(MachineSettings.Json);
            return (run, stages) =>
            {
                var findings = run.ReadFindings();
                Stages.Report(run, findings);
                Summary.Print(host, run, findings, json);
                return Task.FromResult(ExitCode.Done);
            };
        }));
}

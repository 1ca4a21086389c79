using System.CommandLine;
using AlignedProbing.Cli.Options;
using AlignedProbing.Cli.Pipeline;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>report</c>: what analysis found, for people.</summary>
internal static class ReportVerb
{
    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => StageVerb.Create(
        host,
        "report",
        "Write report.html and report.md from a run's findings.json.",
        [],
        (parsed, run, stages) =>
        {
            var findings = run.ReadFindings();
            Stages.Report(run, findings);
            Summary.Print(host, run, findings, parsed.GetValue(CommonOptions.Json));
            return Task.FromResult(ExitCode.Done);
        });
}

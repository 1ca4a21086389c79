using System.CommandLine;
using AlignedProbing.Cli.Options;
using AlignedProbing.Cli.Pipeline;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>analyse</c>: joins behaviour with internals.</summary>
internal static class AnalyseVerb
{
    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => StageVerb.Create(
        host,
        "analyse",
        "Join a run's scores and probes into findings.json, behavior.csv and internals.csv.",
        [],
        (parsed, run, stages) =>
        {
            var findings = stages.Analyse(run);
            Summary.Print(host, run, findings, parsed.GetValue(CommonOptions.Json));
            return Task.FromResult(ExitCode.Done);
        });
}

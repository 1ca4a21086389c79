using System.CommandLine;
using AlignedProbing.Analysis;
using AlignedProbing.Cli.Options;
using AlignedProbing.Cli.Pipeline;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>analyse</c>: joins behaviour with internals.</summary>
internal static class AnalyseVerb
{
    private static readonly Option<bool> UseIncomplete = new("--use-incomplete")
    {
        Description = "EMT, TP and TC-max also use prompts of which only some continuations are scored, as some scripts do. Left out: these are counted as missing.",
    };

    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => StageVerb.Create(
        host,
        "analyse",
        "Join a run's scores and probes into findings.json and tidy CSV files.",
        [UseIncomplete],
        (parsed, run, stages) =>
        {
            var findings = stages.Analyse(run, new AnalysisOptions { UseIncomplete = parsed.GetValue(UseIncomplete) });
            Summary.Print(host, run, findings, parsed.GetValue(CommonOptions.Json));
            return Task.FromResult(ExitCode.Done);
        });
}

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
        Description =
            "EMT, TP and TC-max also use prompts of which only some continuations are scored, as some scripts do. Left out: these are counted as missing.",
    };

    private static readonly Option<bool> Reference = new("--reference")
    {
        Description =
            "EMT and TP stand there as the paper's scripts compute them too, labelled so (docs/findings.md). A run with --reference has them in any case.",
    };

    private static readonly Option<string> Correction = new("--correction")
    {
        HelpName = string.Join('|', AnalysisOptions.Corrections),
        Description =
            "How p values of differences between layers and scenarios are corrected for their number: holm (the chance of even one false finding), or bh " +
            "(Benjamini and Hochberg: the share of false ones among those found).",
        DefaultValueFactory = _ => "holm",
    };

    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) =>
        StageVerb.Create(
            host,
            "analyse",
            "Join a run's scores and probes into findings.json and tidy CSV files.",
            [UseIncomplete, Reference, Correction],
            (parsed, run, stages) =>
            {
                var findings = stages.Analyse(
                    run,
                    new AnalysisOptions
                    {
                        UseIncomplete = parsed.GetValue(UseIncomplete),
                        Reference = parsed.GetValue(Reference),
                        Correction = parsed.GetValue(Correction)!,
                    });
                Summary.Print(host, run, findings, parsed.GetValue(CommonOptions.Json));
                return Task.FromResult(ExitCode.Done);
            });
}

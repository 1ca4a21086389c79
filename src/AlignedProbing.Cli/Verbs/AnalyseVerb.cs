using System.CommandLine;
using AlignedProbing.Cli.Display;
using AlignedProbing.Analysis;
using AlignedProbing.Settings;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>analyse</c>: joins behaviour with internals.</summary>
internal static class AnalyseVerb
{
    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => new VerbCommand(
        host,
        "analyse",
        "Join a run's scores and probes into findings.json and tidy CSV files.",
        VerbCommand.RunArgument,
        StageVerb.Use(
            "analyse",
            null,
            [FindingSettings.UseIncomplete, FindingSettings.Reference, FindingSettings.Correction, MachineSettings.Json],
            input =>
            {
                var options = new AnalysisOptions
                {
                    UseIncomplete = input.Given.Value(FindingSettings.UseIncomplete),
                    Reference = input.Given.Value(FindingSettings.Reference),
                    Correction = input.Given.Value(FindingSettings.Correction),
                };
                var json = input.Given.Value(MachineSettings.Json);
                return (run, stages) =>
                {
                    Summary.Print(host, run, stages.Analyse(run, options), json, reported: false);
                    stages.Say(
                        $"written: findings.json and its tables. " +
                        $"{(File.Exists(run.HtmlReportPath) ? "The report there is still the one from before" : "There is no report yet")}: " +
                        $"aligned-probing report {run.FullPath}");
                    return Task.FromResult(ExitCode.Done);
                };
            }));
}

using System.CommandLine;
using System.Text.Json;
using AlignedProbing.Analysis.Studies;
using AlignedProbing.Cli.Display;
using AlignedProbing.Files;
using AlignedProbing.Reports.Studies;
using AlignedProbing.Runs.Studies;
using AlignedProbing.Settings;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>study report</c>: the page and the tables of the runs that are there.</summary>
internal static class StudyReportVerb
{
    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => new VerbCommand(
        host,
        "report",
        "Write study.html, study.md and the tables of a study, from the runs that are complete. Runs are only read.",
        StudyVerb.StudyArgument,
        new VerbUse
        {
            Title = "study report",
            Settings = [StudySettings.Output, InterplaySettings.Resamples, InterplaySettings.Permutations, FindingSettings.Figures, MachineSettings.Json],
            Bind = input =>
            {
                var given = input.Given;
                var (output, json) = (given.Value(StudySettings.Output), given.Value(MachineSettings.Json));
                var options = new StudyOptions
                {
                    Resamples = given.Value(InterplaySettings.Resamples),
                    Permutations = given.Value(InterplaySettings.Permutations),
                };
                var study = StudyVerb.Named(input, "study report", output);
                var figures = input.PathOf(given.Value(FindingSettings.Figures));
                return cancellationToken => Task.FromResult(Write(study(), options, figures, json, host, cancellationToken));
            },
        });

    /// <summary>Analyses a study and writes its reports.</summary>
    public static int Write(StudyFolder study, StudyOptions options, string? figures, bool json, Host host, CancellationToken cancellationToken)
    {
        using var display = Displays.ForMany(host);
        var findings = StudyAnalysis.Run(study, options, display, cancellationToken);
        var written = StudyReports.WriteAll(findings, study.FullPath);
        if (figures is not null)
        {
            display.Say($"written: {StudyReports.WriteFigures(findings, figures).Count} figures in {figures}");
        }

        display.Dispose();
        if (json)
        {
            host.Output.WriteLine(JsonSerializer.Serialize(new { Files = written, Study = findings }, RecordJson.Line));
            return ExitCode.Done;
        }

        foreach (var warning in findings.Warnings)
        {
            host.Output.WriteLine($"! {warning}");
        }

        foreach (var part in findings.LeftOut)
        {
            host.Output.WriteLine($"- left out: {part.What}: {part.Why}");
        }

        host.Output.WriteLine($"Report: {Path.Combine(study.FullPath, "study.html")}");
        return ExitCode.Done;
    }
}

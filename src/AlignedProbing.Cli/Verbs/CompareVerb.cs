using AlignedProbing.Files;
using System.CommandLine;
using System.Text.Json;
using AlignedProbing.Analysis.RunComparisons;
using AlignedProbing.Cli.Display;
using AlignedProbing.Reports;
using AlignedProbing.Reports.Tables;
using AlignedProbing.Runs;
using AlignedProbing.Settings;
using Spectre.Console;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>compare</c>: two or more finished runs, each against a baseline, paired by prompt.</summary>
internal static class CompareVerb
{
    private static readonly Argument<string[]> Folders = new("runs") { Description = "Run folders, the baseline first.", Arity = ArgumentArity.OneOrMore };

    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => new VerbCommand(
        host,
        "compare",
        "How finished runs differ in behaviour and in what their layers encode: differences from a baseline, paired by prompt. Runs are only read.",
        Folders,
        new VerbUse
        {
            Title = "compare",
            Settings =
            [
                FindingSettings.Baseline, FindingSettings.AcrossScorers, FindingSettings.Scorer, FindingSettings.Attributes, FindingSettings.Probe,
                FindingSettings.Resamples, MachineSettings.OutputFolder, MachineSettings.Json,
            ],
            Bind = input =>
            {
                var given = input.Given;
                var paths = input.Arguments.Select(path => input.PathOf(path)!).ToList();
                if (input.PathOf(given.Value(FindingSettings.Baseline)) is { } baseline)
                {
                    paths.RemoveAll(path => Path.TrimEndingDirectorySeparator(path) == Path.TrimEndingDirectorySeparator(baseline));
                    paths.Insert(0, baseline);
                }

                var options = new ComparisonOptions
                {
                    Resamples = given.Value(FindingSettings.Resamples),
                    AcrossScorers = given.Value(FindingSettings.AcrossScorers),
                    Scorers = given.Value(FindingSettings.Scorer),
                    Attributes = given.Value(FindingSettings.Attributes),
                    Probes = given.Value(FindingSettings.Probe),
                };
                var (output, json) = (input.PathOf(given.Value(MachineSettings.OutputFolder))!, given.Value(MachineSettings.Json));
                return cancellationToken => Task.FromResult(Compare(paths, options, output, json, host, cancellationToken));
            },
        });

    private static int Compare(
        IReadOnlyList<string> paths, ComparisonOptions options, string output, bool json, Host host, CancellationToken cancellationToken)
    {
        using var display = Displays.For(host);
        var runs = paths.Select(path => RunFolder.Open(Path.TrimEndingDirectorySeparator(path))).ToArray();
        var findings = RunComparison.Of(runs, options, display, cancellationToken);
        Print(json, host, findings, ComparisonReports.WriteAll(findings, output));
        return ExitCode.Done;
    }

    private static void Print(bool json, Host host, ComparisonFindings findings, IReadOnlyList<string> written)
    {
        if (json)
        {
            host.Output.WriteLine(JsonSerializer.Serialize(new { Files = written, Comparison = findings }, RecordJson.Line));
            return;
        }

        var console = Summary.Print(host, ComparisonTable.Of(findings));
        console.Write(new Padder(new Text(ComparisonTable.Legend), new Padding(2, 0, 2, 1)));
        foreach (var warning in findings.Warnings)
        {
            console.Write(new Padder(new Text("! " + warning), new Padding(2, 0, 2, 0)));
        }

        foreach (var part in findings.LeftOut)
        {
            console.Write(new Padder(new Text($"- not compared: {part.What}: {part.Why}"), new Padding(2, 0, 2, 0)));
        }

        foreach (var path in written)
        {
            host.Output.WriteLine($"Written: {path}");
        }
    }
}

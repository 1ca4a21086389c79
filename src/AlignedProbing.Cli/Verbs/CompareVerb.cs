using AlignedProbing.Files;
using System.CommandLine;
using System.Text.Json;
using AlignedProbing.Analysis.RunComparisons;
using AlignedProbing.Cli.Display;
using AlignedProbing.Cli.Options;
using AlignedProbing.Cli.Pipeline;
using AlignedProbing.Reports;
using AlignedProbing.Reports.Tables;
using AlignedProbing.Runs;
using Spectre.Console;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>compare</c>: two or more finished runs, each against a baseline, paired by prompt.</summary>
internal static class CompareVerb
{
    private static readonly Argument<string[]> Folders = new("runs") { Description = "Run folders, the baseline first.", Arity = ArgumentArity.OneOrMore };

    private static readonly Option<string?> Baseline = new("--baseline")
    {
        HelpName = "RUN",
        Description = "The run that the others are held against. Left out: the first.",
    };

    private static readonly Option<string> Output = new("--output")
    {
        HelpName = "FOLDER",
        Description = "Where comparison.html, comparison.md and comparison.csv go.",
        DefaultValueFactory = _ => "comparison",
    };

    private static readonly Option<bool> AcrossScorers = new("--across-scorers")
    {
        Description = "Compare runs although unlike scorers scored them. Every difference then holds that of the scorers, and is labelled so.",
    };

    private static readonly Option<string[]> Scorer = Several("--scorer", "Compare by these scorers alone. Left out: all that the runs share.");

    private static readonly Option<string[]> Attributes = Several("--attributes", "Compare these attributes alone. Left out: all that the runs share.");

    private static readonly Option<string[]> Probe = Several("--probe", "Compare these probes alone. Left out: all that the runs share.");

    private static readonly Option<int> Resamples = new("--resamples")
    {
        HelpName = "N",
        Description = "Bootstrap resamples of prompts.",
        DefaultValueFactory = _ => 1000,
    };

    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host)
    {
        var command = new Command(
            "compare",
            "How finished runs differ in behaviour and in what their layers encode: differences from a baseline, paired by prompt. Runs are only read.");
        command.Arguments.Add(Folders);
        foreach (var option in new Option[] { Baseline, Output, AcrossScorers, Scorer, Attributes, Probe, Resamples, CommonOptions.Config, CommonOptions.Json })
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, cancellationToken) => Task.FromResult(Compare(parsed, host, cancellationToken)));
        return command;
    }

    private static int Compare(ParseResult parsed, Host host, CancellationToken cancellationToken)
    {
        var paths = parsed.GetValue(Folders)!.Select(path => Path.GetFullPath(path, host.WorkingFolder)).ToList();
        if (parsed.GetValue(Baseline) is { } named)
        {
            var baseline = Path.GetFullPath(named, host.WorkingFolder);
            paths.RemoveAll(path => Path.TrimEndingDirectorySeparator(path) == Path.TrimEndingDirectorySeparator(baseline));
            paths.Insert(0, baseline);
        }

        using var display = Displays.For(host);
        var findings = RunComparison.Of(
            [.. paths.Select(path => RunFolder.Open(Path.TrimEndingDirectorySeparator(path)))],
            new ComparisonOptions
            {
                Resamples = parsed.GetValue(Resamples),
                AcrossScorers = parsed.GetValue(AcrossScorers),
                Scorers = Given(parsed, Scorer),
                Attributes = Given(parsed, Attributes),
                Probes = Given(parsed, Probe),
            },
            display,
            cancellationToken);
        var output = Path.GetFullPath(parsed.GetValue(Output)!, host.WorkingFolder);
        var written = ComparisonReports.WriteAll(findings, output);
        Print(parsed, host, findings, written);
        return ExitCode.Done;
    }

    private static void Print(ParseResult parsed, Host host, ComparisonFindings findings, IReadOnlyList<string> written)
    {
        if (parsed.GetValue(CommonOptions.Json))
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

    private static IReadOnlyList<string>? Given(ParseResult parsed, Option<string[]> option) =>
        RunSettings.Split(parsed.GetValue(option)!) is { Count: > 0 } names ? names : null;

    private static Option<string[]> Several(string name, string description) =>
        new(name) { HelpName = "NAME", Description = description, AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
}

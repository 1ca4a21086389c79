using System.CommandLine;
using System.Text.Json;
using AlignedProbing.Analysis.Interplay;
using AlignedProbing.Cli.Options;
using AlignedProbing.Files;
using AlignedProbing.Reports.Tables;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>interplay</c>: how strength and behaviour go together over models, from tables of one's own.</summary>
internal static class InterplayVerb
{
    private static readonly Option<string> Strengths = new("--strengths")
    {
        HelpName = "FILE.csv",
        Description = "Strengths: columns model, layer, scenario, attribute, strength. An empty strength is missing.",
        Required = true,
    };

    private static readonly Option<string> Behavior = new("--behavior")
    {
        HelpName = "FILE.csv",
        Description = "Behaviour, a row a model: columns model, family, layers, and EMT, TP, TC or those that --metrics names.",
        Required = true,
    };

    private static readonly Option<string[]> Metrics = new("--metrics")
    {
        HelpName = "NAME",
        Description = "Columns of behaviour to correlate. Left out: those of EMT, TP and TC that are there.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string> Output = new("--output") { HelpName = "FOLDER", Description = "Where interplay.csv goes.", Required = true };

    private static readonly Option<int> Resamples = new("--resamples")
    {
        HelpName = "N",
        Description = "Bootstrap resamples of models, and as many of families.",
        DefaultValueFactory = _ => 1000,
    };

    private static readonly Option<int> Permutations = new("--permutations")
    {
        HelpName = "N",
        Description = "Permutations of behaviour over models.",
        DefaultValueFactory = _ => 10_000,
    };

    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host)
    {
        var command = new Command(
            "interplay",
            "How information strength and behaviour go together over models: correlations by depth, with intervals over models and families.");
        foreach (var option in new Option[] { Strengths, Behavior, Metrics, Output, Resamples, Permutations, CommonOptions.Json })
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, cancellationToken) => Task.FromResult(Run(parsed, host, cancellationToken)));
        return command;
    }

    private static int Run(ParseResult parsed, Host host, CancellationToken cancellationToken)
    {
        var metrics = RunSettings.Split(parsed.GetValue(Metrics)!);
        var options = new InterplayOptions
        {
            Metrics = metrics.Count > 0 ? [.. metrics.Distinct(StringComparer.Ordinal)] : null,
            Resamples = parsed.GetValue(Resamples),
            Permutations = parsed.GetValue(Permutations),
        }.Validated();
        var tables = InterplayTables.Read(
            Path.GetFullPath(parsed.GetValue(Strengths)!, host.WorkingFolder),
            Path.GetFullPath(parsed.GetValue(Behavior)!, host.WorkingFolder),
            options);
        var found = InterplayAnalysis.Of(tables, options, cancellationToken: cancellationToken);
        var folder = Path.GetFullPath(parsed.GetValue(Output)!, host.WorkingFolder);
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "interplay.csv");
        AtomicWrite.File(path, stream => InterplayCsv.Write(found, stream));
        if (parsed.GetValue(CommonOptions.Json))
        {
            host.Output.WriteLine(JsonSerializer.Serialize(new { Files = new[] { path }, Interplay = found }, RecordJson.Line));
            return ExitCode.Done;
        }

        foreach (var warning in found.Warnings)
        {
            host.Output.WriteLine($"! {warning}");
        }

        host.Output.WriteLine($"{found.Runs} models of {found.Families} families, {found.Rows.Count} correlations, {found.Rows.Count(row => row.R is null)} undefined");
        host.Output.WriteLine($"Written: {path}");
        return ExitCode.Done;
    }
}

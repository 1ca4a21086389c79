using System.CommandLine;
using System.Text.Json;
using AlignedProbing.Analysis.Interplay;
using AlignedProbing.Files;
using AlignedProbing.Reports.Studies;
using AlignedProbing.Settings;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>interplay</c>: how strength and behaviour go together over models, from tables of one's own.</summary>
internal static class InterplayVerb
{
    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => new VerbCommand(
        host,
        "interplay",
        "How information strength and behaviour go together over models: correlations by depth, with intervals over models and families.",
        null,
        new VerbUse
        {
            Title = "interplay",
            Settings = [.. InterplaySettings.All, MachineSettings.Json],
            Bind = input =>
            {
                var given = input.Given;
                var strengths = input.PathOf(given.Value(InterplaySettings.Strengths));
                var behavior = input.PathOf(given.Value(InterplaySettings.Behavior));
                var folder = input.PathOf(given.Value(InterplaySettings.Output));
                var options = new InterplayOptions
                {
                    Metrics = given.Value(InterplaySettings.Metrics),
                    Resamples = given.Value(InterplaySettings.Resamples),
                    Permutations = given.Value(InterplaySettings.Permutations),
                };
                var json = given.Value(MachineSettings.Json);
                if (strengths is null || behavior is null || folder is null)
                {
                    throw new InputException(
                        "wrong-usage",
                        "interplay",
                        "--strengths, --behavior or --output is missing",
                        "Write for example: interplay --strengths strengths.csv --behavior behavior.csv --output interplay");
                }

                return cancellationToken => Task.FromResult(Run(strengths, behavior, folder, options, json, host, cancellationToken));
            },
        });

    private static int Run(
        string strengths, string behavior, string folder, InterplayOptions options, bool json, Host host, CancellationToken cancellationToken)
    {
        var found = InterplayAnalysis.Of(InterplayTables.Read(strengths, behavior, options), options, cancellationToken: cancellationToken);
        var written = StudyReports.WriteInterplay(found, folder);
        if (json)
        {
            host.Output.WriteLine(JsonSerializer.Serialize(new { Files = written, Interplay = found }, RecordJson.Line));
            return ExitCode.Done;
        }

        foreach (var warning in found.Warnings)
        {
            host.Output.WriteLine($"! {warning}");
        }

        var undefined = found.Rows.Count(row => row.R is null);
        host.Output.WriteLine($"{found.Runs} models of {found.Families} families, {found.Rows.Count} correlations, {undefined} undefined");
        foreach (var path in written)
        {
            host.Output.WriteLine($"Written: {path}");
        }

        return ExitCode.Done;
    }
}

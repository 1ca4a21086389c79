using System.CommandLine;
using System.Text.Json;
using AlignedProbing.Analysis;
using AlignedProbing.Analysis.ScorerComparisons;
using AlignedProbing.Cli.Display;
using AlignedProbing.Torch.Running;
using AlignedProbing.Files;
using AlignedProbing.Reports.Tables;
using AlignedProbing.Runs;
using AlignedProbing.Scoring.Recorded;
using AlignedProbing.Settings;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>compare-scorers</c>: two or more scorers on the same texts, of a run or of files of scores.</summary>
internal static class CompareScorersVerb
{
    private static readonly Setting<string?> Output = MachineSettings.OutputFile with
    {
        Help = "The file to write. Where no run is named as the first argument: the run folder, in which scorers.csv is written.",
    };

    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => new VerbCommand(
        host,
        "compare-scorers",
        "How far scorers agree on the same texts, and what changes in EMT, TP and TC where one replaces another. Writes scorers.csv.",
        VerbCommand.RunArgument,
        new VerbUse
        {
            Title = "compare-scorers --scores",
            When = ScoringSettings.ScoresFiles,
            Settings = [ScoringSettings.ScoresFiles, FindingSettings.Resamples, MachineSettings.OutputFile, MachineSettings.Json],
            Bind = input =>
            {
                var given = input.Given;
                if (input.Arguments.Count > 0)
                {
                    throw new InputException(
                        "wrong-usage", "compare-scorers --scores", $"it reads files, and '{input.Arguments[0]}' is a run", "Leave one of the two out");
                }

                var files = (given.Value(ScoringSettings.ScoresFiles) ?? []).Select(file => input.PathOf(file)!).ToArray();
                var options = new AnalysisOptions { Resamples = given.Value(FindingSettings.Resamples) };
                var (output, json) = (input.PathOf(given.Value(MachineSettings.OutputFile)), given.Value(MachineSettings.Json));
                return cancellationToken => Task.FromResult(CompareFiles(files, options, output, json, host, cancellationToken));
            },
        },
        new VerbUse
        {
            Title = "compare-scorers",
            Settings = [FindingSettings.Scorer, FindingSettings.Resamples, Output, MachineSettings.Json],
            Bind = input =>
            {
                var given = input.Given;
                var named = given.Value(FindingSettings.Scorer)?.Select(ScorerSource.NameOf).ToArray();
                var options = new AnalysisOptions { Resamples = given.Value(FindingSettings.Resamples) };
                var (output, json) = (given.Value(Output), given.Value(MachineSettings.Json));
                var folder = input.RunFolderOf("compare-scorers", input.Arguments.Count > 0 ? null : output);
                var file = input.Arguments.Count > 0 && output is not null ? input.PathOf(output)! : Path.Combine(folder, "scorers.csv");
                return StageVerb.OnRun(folder, alone: true, (run, stages) => Task.FromResult(CompareRun(run, named, options, file, json, host, stages)), host);
            },
        });

    private static int CompareRun(
        RunFolder run, IReadOnlyList<string>? named, AnalysisOptions options, string path, bool json, Host host, Stages stages)
    {
        var found = ScorerComparison.OfRun(run, named, options, CancellationToken.None);
        Require(
            found,
            $"comparing the scorers of '{run.FullPath}'",
            $"it has scores of {(run.Scorers() is { Count: > 0 } there ? string.Join(", ", there) : "nobody")}",
            "Score it with another scorer (score --scorer NAME), or import scores (score --import FILE)");
        AtomicWrite.File(path, stream => ScorersCsv.Write(found, stream));
        Print(json, host, found);
        stages.Say($"written: {path}; 'analyse' and 'report' put the comparison into the report");
        return ExitCode.Done;
    }

    private static int CompareFiles(
        IReadOnlyList<string> paths, AnalysisOptions options, string? output, bool json, Host host, CancellationToken cancellationToken)
    {
        RecordedScorer[] files = [.. paths.Select(file => RecordedScorer.Open(file, ScoreImport.NameOf(file)))];
        if (files.Length < 2 || files.Select(file => file.Name).Distinct(StringComparer.Ordinal).Count() < files.Length)
        {
            throw new InputException(
                "wrong-usage",
                "compare-scorers --scores",
                files.Length < 2 ? "one file was named" : "two of the files have the same name",
                "Name two or more files, each with a name of its own");
        }

        // Places in a run tell texts apart best, and say which belong to one prompt; where a file has none, the text itself has to do.
        var byPlace = Array.TrueForAll(files, file => file.Entries.All(entry => entry.PromptId is not null));
        var tables = files.Select(file =>
        {
            var table = new ComparedScores(file.Name, file.Version, byPlace);
            foreach (var (hash, promptId, number, scores) in file.Entries)
            {
                table.Add(byPlace ? promptId! : hash ?? $"{promptId}/{number}", byPlace ? number : null, scores);
            }

            return table;
        });
        var found = ScorerComparison.OfTables([.. tables], options, cancellationToken);
        Require(
            found,
            "compare-scorers --scores",
            "the files have no text in common",
            "Give files about the same texts: the same prompt_id and number, or the same text or text_sha256");
        using var display = Displays.For(host);
        Print(json, host, found);
        if (output is not null)
        {
            AtomicWrite.File(output, stream => ScorersCsv.Write(found, stream));
            display.Say($"written: {output}");
        }

        return ExitCode.Done;
    }

    private static void Require(IReadOnlyList<ScorerComparisonFinding> found, string asked, string problem, string remedy)
    {
        if (found.Count == 0)
        {
            throw new InputException("nothing-to-compare", asked, problem, remedy);
        }

        if (found.All(pair => pair.Agreement.Count == 0))
        {
            throw new InputException(
                "nothing-to-compare",
                asked,
                "no two have an attribute in common "
                    + $"({string.Join("; ", found.Select(pair => $"{pair.First}: {string.Join(", ", pair.OnlyFirst)}; " +
                        $"{pair.Second}: {string.Join(", ", pair.OnlySecond)}").Distinct())})",
                "Name the same attribute alike in both");
        }
    }

    private static void Print(bool json, Host host, IReadOnlyList<ScorerComparisonFinding> found)
    {
        if (json)
        {
            host.Output.WriteLine(JsonSerializer.Serialize(new { ScorerComparisons = found }, RecordJson.Line));
            return;
        }

        Summary.Print(host, ScorerComparisonTable.Of(found));
    }
}

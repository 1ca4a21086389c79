using System.CommandLine;
using System.Text.Json;
using AlignedProbing.Analysis;
using AlignedProbing.Analysis.ScorerComparisons;
using AlignedProbing.Cli.Display;
using AlignedProbing.Cli.Options;
using AlignedProbing.Cli.Pipeline;
using AlignedProbing.Files;
using AlignedProbing.Reports.Tables;
using AlignedProbing.Runs;
using AlignedProbing.Scoring.Recorded;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>compare-scorers</c>: two or more scorers on the same texts, of a run or of files of scores.</summary>
internal static class CompareScorersVerb
{
    private static readonly Option<string[]> Scores = new("--scores")
    {
        HelpName = "FILE",
        Description = "Compare files of scores (JSONL, .csv) instead of a run's scorers. Each is called as its file.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<int> Resamples = new("--resamples")
    {
        HelpName = "N",
        Description = "Bootstrap resamples of prompts.",
        DefaultValueFactory = _ => 1000,
    };

    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host)
    {
        var command = StageVerb.Create(
            host,
            "compare-scorers",
            "How far scorers agree on the same texts, and what changes in EMT, TP and TC where one replaces another. Writes scorers.csv.",
            [CommonOptions.Scorer, Scores, Resamples],
            (parsed, run, stages) =>
            {
                var named = RunSettings.Split(parsed.GetValue(CommonOptions.Scorer)!).Select(ScorerSource.NameOf).ToArray();
                var found = ScorerComparison.OfRun(run, named.Length == 0 ? null : named, OptionsOf(parsed), CancellationToken.None);
                Require(
                    found,
                    $"comparing the scorers of '{run.FullPath}'",
                    $"it has scores of {(run.Scorers() is { Count: > 0 } there ? string.Join(", ", there) : "nobody")}",
                    "Score it with another scorer (score --scorer NAME), or import scores (score --import FILE)");
                var path =
                    parsed.GetValue(CommonOptions.Run) is not null && parsed.GetValue(CommonOptions.Output) is { } output
                        ? Path.Combine(host.WorkingFolder, output)
                        : Path.Combine(run.FullPath, "scorers.csv");
                AtomicWrite.File(path, stream => ScorersCsv.Write(found, stream));
                Print(parsed, host, found);
                stages.Say($"written: {path}; 'analyse' and 'report' put the comparison into the report");
                return Task.FromResult(ExitCode.Done);
            });
        return StageVerb.OrElse(
            command,
            parsed => parsed.GetValue(Scores) is { Length: > 0 },
            (parsed, cancellationToken) => Task.FromResult(CompareFiles(parsed, host, cancellationToken)));
    }

    private static int CompareFiles(ParseResult parsed, Host host, CancellationToken cancellationToken)
    {
        RecordedScorer[] files =
        [
            .. parsed.GetValue(Scores)!.Select(file => RecordedScorer.Open(Path.Combine(host.WorkingFolder, file), ScoreImport.NameOf(file))),
        ];
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
            var table = new ScoreTable(file.Name, file.Version, byPlace);
            foreach (var (hash, promptId, number, scores) in file.Entries)
            {
                table.Add(byPlace ? promptId! : hash ?? $"{promptId}/{number}", byPlace ? number : null, scores);
            }

            return table;
        });
        var found = ScorerComparison.OfTables([.. tables], OptionsOf(parsed), cancellationToken);
        Require(
            found,
            "compare-scorers --scores",
            "the files have no text in common",
            "Give files about the same texts: the same prompt_id and number, or the same text or text_sha256");
        using var display = Displays.For(host);
        Print(parsed, host, found);
        if (parsed.GetValue(CommonOptions.Output) is { } output)
        {
            var path = Path.Combine(host.WorkingFolder, output);
            AtomicWrite.File(path, stream => ScorersCsv.Write(found, stream));
            display.Say($"written: {path}");
        }

        return ExitCode.Done;
    }

    private static AnalysisOptions OptionsOf(ParseResult parsed) => new() { Resamples = parsed.GetValue(Resamples) };

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
                    + $"({string.Join("; ", found.Select(pair => $"{pair.First}: {string.Join(", ", pair.OnlyFirst)}; {pair.Second}: {string.Join(", ", pair.OnlySecond)}").Distinct())})",
                "Name the same attribute alike in both");
        }
    }

    private static void Print(ParseResult parsed, Host host, IReadOnlyList<ScorerComparisonFinding> found)
    {
        if (parsed.GetValue(CommonOptions.Json))
        {
            host.Output.WriteLine(JsonSerializer.Serialize(new { ScorerComparisons = found }, RecordJson.Line));
            return;
        }

        Summary.Print(host, ScorerComparisonTable.Of(found));
    }
}

using System.CommandLine;
using AlignedProbing.Cli.Display;
using AlignedProbing.Files;
using AlignedProbing.Runs;
using AlignedProbing.Scoring;
using AlignedProbing.Scoring.Recorded;
using AlignedProbing.Settings;
using AlignedProbing.Torch.Running;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>score</c>: a run's prompts and continuations, or any texts.</summary>
internal static class ScoreVerb
{
    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => new VerbCommand(
        host,
        "score",
        "Score a run's prompts and continuations, or any texts (--texts); take scores from elsewhere into a run (--import), or out of it (--export).",
        VerbCommand.RunArgument,
        new VerbUse
        {
            Title = "score --texts",
            When = ScoringSettings.Texts,
            Settings =
            [
                ScoringSettings.Scorer, ScoringSettings.Texts, ScoringSettings.ScoresFile, MachineSettings.OutputFile, ScoringSettings.Format,
                ScoringSettings.KeepText,
            ],
            Bind = input => BindTexts(input, host),
        },
        StageVerb.Use(
            "score --export",
            ScoringSettings.Export,
            [ScoringSettings.Scorer, ScoringSettings.Export, ScoringSettings.KeepText],
            input =>
            {
                var scorers = input.Given.Value(ScoringSettings.Scorer) ?? [];
                var (path, keepText) = (input.PathOf(input.Given.Value(ScoringSettings.Export))!, input.Given.Value(ScoringSettings.KeepText));
                return (run, stages) => Task.FromResult(ExportScores(scorers, keepText, run, stages, path));
            }),
        StageVerb.Use(
            "score --import",
            ScoringSettings.Import,
            [ScoringSettings.Scorer, ScoringSettings.Import, MachineSettings.Shard, MachineSettings.Json],
            input =>
            {
                var scorers = input.Given.Value(ScoringSettings.Scorer) ?? [];
                var (path, shard) = (input.PathOf(input.Given.Value(ScoringSettings.Import))!, RunRequest.ShardOf(input.Given, host.Variable));
                var json = input.Given.Value(MachineSettings.Json);
                return (run, stages) => ImportAsync(scorers, shard, json, run, stages, path, host);
            }),
        StageVerb.Use(
            "score",
            null,
            [
                .. MeasurementAsked.OfScoring, MachineSettings.Shard, MachineSettings.Claim, MachineSettings.ClaimSeconds, MachineSettings.Json,
            ],
            input =>
            {
                var asked = MeasurementAsked.ScoringFrom(input.Given);
                var (shard, json) = (RunRequest.ShardOf(input.Given, host.Variable), input.Given.Value(MachineSettings.Json));
                return async (run, stages) =>
                {
                    var manifest = run.ReadManifest();
                    var measurement = asked.Over(manifest.Measurement, manifest.Encoding);
                    run.WriteMeasurement(measurement);
                    var result = await stages.ScoreAsync(run, measurement.Scorers, shard).ConfigureAwait(false);
                    return Told(result, json, run, stages, measurement.Scorers.Select(ScorerSource.NameOf), host);
                };
            }));

    private static int Told(
        StageResult result, bool json, RunFolder run, Stages stages, IEnumerable<string> scorers, Host host)
    {
        stages.Say($"{run.FullPath}: {result.Done} chunks scored, {result.AlreadyDone} were there");
        foreach (var scorer in scorers)
        {
            stages.Say(ScoreCount.Of(run, scorer).Describe());
        }

        stages.ReportFailures([result]);
        return StageOutcome.Tell(run, result, json, host);
    }

    private static int ExportScores(IReadOnlyList<string> asked, bool keepText, RunFolder run, Stages stages, string path)
    {
        if (run.Owns(path))
        {
            throw new InputException(
                "wrong-usage",
                "score --export",
                $"'{path}' is a file of the run itself",
                "Export to another place, for example --export scores.jsonl");
        }

        var scorer = (asked, run.Scorers()) switch
        {
            ({ Count: 1 } named, _) => ScorerSource.NameOf(named[0]),
            ({ Count: 0 }, { Count: 1 } there) => there[0],
            (_, var there) => throw new InputException(
                "wrong-usage",
                "score --export",
                $"the run has scores of {(there.Count == 0 ? "nobody" : string.Join(", ", there))}, and a file holds those of one scorer",
                "Name one with --scorer"),
        };
        var isCsv = Path.GetExtension(path).Equals(".csv", StringComparison.OrdinalIgnoreCase);
        AtomicWrite.File(path, stream =>
        {
            if (isCsv)
            {
                ScoreExport.WriteCsv(run, scorer, stream, keepText);
            }
            else
            {
                ScoreExport.WriteJsonLines(run, scorer, stream, keepText);
            }
        });
        stages.Say($"written: {path} (scores of {scorer}{(keepText ? ", with the texts" : "; texts as hashes, --keep-text writes them")})");
        return ExitCode.Done;
    }

    private static async Task<int> ImportAsync(
        IReadOnlyList<string> asked, Shard shard, bool json, RunFolder run, Stages stages, string path, Host host)
    {
        var name = asked switch
        {
            { Count: 0 } => ScoreImport.NameOf(path),
            { Count: 1 } named => named[0],
            var named => throw new InputException(
                "wrong-usage",
                "score --import",
                $"{named.Count} names were given",
                "Give the imported scores one name with --scorer"),
        };
        var result = await stages.ScoreAsync(run, ScoreImport.Open(run, path, name), shard).ConfigureAwait(false);
        var code = Told(result, json, run, stages, [name], host);
        stages.Say($"next: aligned-probing probe {run.FullPath} --scorer {name}, then analyse and report");
        return code;
    }

    private static Func<CancellationToken, Task<int>> BindTexts(VerbInput input, Host host)
    {
        var given = input.Given;
        var (scorers, texts) = (given.Value(ScoringSettings.Scorer) ?? ["ngram"], given.Value(ScoringSettings.Texts)!);
        var (file, output) = (given.Value(ScoringSettings.ScoresFile), given.Value(MachineSettings.OutputFile));
        var faults = given.Faults;
        faults.Require(
            scorers.Count == 1, $"--scorer: {scorers.Count} scorers were named, and their lines would mix; name one, and run once for each");
        faults.Require(file is null || output is null, "--scores and --output both name the file to write: give one of them");
        faults.Require(input.Arguments.Count == 0, $"score --texts scores a file, and '{string.Join(' ', input.Arguments)}' is a run: leave one of them out");
        faults.ThrowIfAny();
        var options = new TextFileOptions
        {
            Format = FormatOf(given.Value(ScoringSettings.Format)),
            KeepText = given.Value(ScoringSettings.KeepText),
            Name = texts == "-" ? null : Path.GetFileName(texts),
        };
        var path = input.PathOf(file ?? output);
        return cancellationToken => ScoreTextsAsync(scorers[0], texts, path, options, host, cancellationToken);
    }

    private static async Task<int> ScoreTextsAsync(
        string asked, string texts, string? path, TextFileOptions options, Host host, CancellationToken cancellationToken)
    {
        using var display = Displays.For(host);
        var scorer = await ScorerSource.OpenAsync(asked, host.Machine(display), cancellationToken).ConfigureAwait(false);
        using var owned = scorer as IDisposable;
        if (scorer.Notice is { } notice)
        {
            display.Say($"{scorer.Name}: {notice}");
        }

        await using var input = Open(texts, host);
        TextFileResult result;
        if (path is not null)
        {
            await using var output = new FileStream(path, FileMode.Create, FileAccess.Write);
            result = await TextFileScorer.RunAsync(scorer, input, output, options, display, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await using var output = host.OpenOutput();
            result = await TextFileScorer.RunAsync(scorer, input, output, options, display, cancellationToken).ConfigureAwait(false);
        }

        display.Say(
            $"{result.Lines} texts, {result.Scored} scored by {scorer.Name} " +
            $"{scorer.Version}{Counted(result.Missing)}{(scorer.Summary is { } summary ? $"; {summary}" : "")}");
        return ExitCode.Done;
    }

    private static string Counted(IReadOnlyDictionary<string, long> missing) =>
        missing.Count == 0 ? "" : $"; missing scores: {string.Join(", ", missing.Select(pair => $"{pair.Key} {pair.Value}"))}";

    private static TextFileFormat FormatOf(string text) => text switch
    {
        "lines" => TextFileFormat.Lines,
        "jsonl" => TextFileFormat.Jsonl,
        _ => TextFileFormat.Auto,
    };

    private static Stream Open(string path, Host host)
    {
        if (path == "-")
        {
            return Console.OpenStandardInput();
        }

        try
        {
            return new FileStream(Path.Combine(host.WorkingFolder, path), FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                "texts-missing",
                $"--texts {path}",
                error.Message.TrimEnd('.'),
                "Give a file of plain lines or JSONL, or - for standard input",
                error);
        }
    }
}

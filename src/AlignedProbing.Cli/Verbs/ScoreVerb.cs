using System.CommandLine;
using AlignedProbing.Cli.Display;
using AlignedProbing.Cli.Options;
using AlignedProbing.Files;
using AlignedProbing.Runs;
using AlignedProbing.Scoring;
using AlignedProbing.Scoring.Recorded;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>score</c>: a run's prompts and continuations, or any texts.</summary>
internal static class ScoreVerb
{
    private static readonly Option<string?> Texts = new("--texts")
    {
        HelpName = "FILE",
        Description = "Score these texts instead of a run: plain lines, or JSONL with \"text\". '-' reads standard input.",
    };

    private static readonly Option<string?> ScoresFile = new("--scores")
    {
        HelpName = "FILE",
        Description = "With --texts: write the scores here instead of to standard output.",
    };

    private static readonly Option<string> Format = new("--format")
    {
        HelpName = "auto|lines|jsonl",
        Description = "With --texts: how the file is read.",
        DefaultValueFactory = _ => "auto",
    };

    private static readonly Option<bool> KeepText = new("--keep-text")
    {
        Description = "With --texts or --export: write the texts too. They may be offensive.",
    };

    private static readonly Option<string?> Export = new("--export")
    {
        HelpName = "FILE",
        Description = "Write a run's scores to a file, JSONL or .csv, instead of scoring.",
    };

    private static readonly Option<string?> Import = new("--import")
    {
        HelpName = "FILE",
        Description = "Take scores from a file, JSONL or .csv, as a scorer of their own; --scorer names it, otherwise the file does.",
    };

    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host)
    {
        var command = StageVerb.Create(
            host,
            "score",
            "Score a run's prompts and continuations, or any texts (--texts); take scores from elsewhere into a run (--import), or out of it (--export).",
            [CommonOptions.Scorer, Texts, ScoresFile, Format, Import, Export, KeepText],
            (parsed, run, stages) => ScoreRunAsync(parsed, run, stages, host));
        return StageVerb.OrElse(
            command,
            parsed => parsed.GetValue(Texts) is not null,
            (parsed, cancellationToken) => ScoreTextsAsync(parsed, parsed.GetValue(Texts)!, host, cancellationToken));
    }

    private static async Task<int> ScoreRunAsync(ParseResult parsed, RunFolder run, Pipeline.Stages stages, Host host)
    {
        if (parsed.GetValue(Export) is { } destination)
        {
            return ExportScores(parsed, run, stages, Path.Combine(host.WorkingFolder, destination));
        }

        if (parsed.GetValue(Import) is { } source)
        {
            return await ImportAsync(parsed, run, stages, Path.Combine(host.WorkingFolder, source)).ConfigureAwait(false);
        }

        var scorers = StageVerbOptions.GivenOr(parsed, CommonOptions.Scorer, run.ReadManifest().Measurement.Scorers);
        return Told(
            await stages.ScoreAsync(run, scorers, RunSettings.ShardOf(parsed)).ConfigureAwait(false),
            run,
            stages,
            scorers.Select(Pipeline.ScorerSource.NameOf));
    }

    private static int Told(StageResult result, RunFolder run, Pipeline.Stages stages, IEnumerable<string> scorers)
    {
        stages.Say($"{run.FullPath}: {result.Done} chunks scored, {result.AlreadyDone} were there");
        foreach (var scorer in scorers)
        {
            stages.Say(ScoreCount.Of(run, scorer).Describe());
        }

        return stages.ReportFailures([result]) > 0 ? ExitCode.SomeFailed : ExitCode.Done;
    }

    private static int ExportScores(ParseResult parsed, RunFolder run, Pipeline.Stages stages, string path)
    {
        var scorer = (RunSettings.Split(parsed.GetValue(CommonOptions.Scorer)!), run.Scorers()) switch
        {
            ({ Count: 1 } named, _) => Pipeline.ScorerSource.NameOf(named[0]),
            ({ Count: 0 }, { Count: 1 } there) => there[0],
            (_, var there) => throw new InputException(
                "wrong-usage",
                "score --export",
                $"the run has scores of {(there.Count == 0 ? "nobody" : string.Join(", ", there))}, and a file holds those of one scorer",
                "Name one with --scorer"),
        };
        var keepText = parsed.GetValue(KeepText);
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

    private static async Task<int> ImportAsync(ParseResult parsed, RunFolder run, Pipeline.Stages stages, string path)
    {
        var name = RunSettings.Split(parsed.GetValue(CommonOptions.Scorer)!) switch
        {
            { Count: 0 } => ScoreImport.NameOf(path),
            { Count: 1 } named => named[0],
            var named => throw new InputException(
                "wrong-usage",
                "score --import",
                $"{named.Count} names were given",
                "Give the imported scores one name with --scorer"),
        };
        var code = Told(
            await stages.ScoreAsync(run, ScoreImport.Open(run, path, name), RunSettings.ShardOf(parsed)).ConfigureAwait(false),
            run,
            stages,
            [name]);
        stages.Say($"next: aligned-probing probe {run.FullPath} --scorer {name}, then analyse and report");
        return code;
    }

    private static async Task<int> ScoreTextsAsync(ParseResult parsed, string path, Host host, CancellationToken cancellationToken)
    {
        var scorers = RunSettings.Split(parsed.GetValue(CommonOptions.Scorer)!);
        if (scorers.Count > 1)
        {
            throw new InputException(
                "wrong-usage",
                "score --texts",
                $"{scorers.Count} scorers were named, and their lines would mix",
                "Name one --scorer, and run once for each");
        }

        if (parsed.GetValue(Import) is not null || parsed.GetValue(Export) is not null)
        {
            throw new InputException("wrong-usage", "score --texts", "--import and --export concern a run", "Leave them out, or name a run instead of --texts");
        }

        using var display = Displays.For(host);
        await Pipeline.ModelScorers.FetchAsync(scorers, host, display, cancellationToken).ConfigureAwait(false);
        var scorer = Pipeline.ScorerSource.Open(scorers.Count == 1 ? scorers[0] : "ngram", host);
        using var owned = scorer as IDisposable;
        var options = new TextFileOptions { Format = FormatOf(parsed.GetValue(Format)!), KeepText = parsed.GetValue(KeepText) };
        if (scorer.Notice is { } notice)
        {
            display.Say($"{scorer.Name}: {notice}");
        }

        await using var input = Open(path, host);
        TextFileResult result;
        if (parsed.GetValue(ScoresFile) is { } file)
        {
            await using var output = new FileStream(Path.Combine(host.WorkingFolder, file), FileMode.Create, FileAccess.Write);
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
        "auto" => TextFileFormat.Auto,
        "lines" => TextFileFormat.Lines,
        "jsonl" => TextFileFormat.Jsonl,
        _ => throw new InputException("wrong-usage", $"--format {text}", "it is none of auto, lines, jsonl", "Leave it out to let the file tell"),
    };

    private static Stream Open(string path, Host host)
    {
        if (path == "-")
        {
            return Console.OpenStandardInput();
        }

        try
        {
            return new FileStream(Path.Combine(host.WorkingFolder, path), FileMode.Open, FileAccess.Read, FileShare.Read);
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

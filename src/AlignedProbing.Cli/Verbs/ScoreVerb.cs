using System.CommandLine;
using AlignedProbing.Cli.Display;
using AlignedProbing.Cli.Options;
using AlignedProbing.Runs;
using AlignedProbing.Scoring;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>score</c>: a run's prompts and continuations, or any texts.</summary>
internal static class ScoreVerb
{
    private static readonly Option<string?> Texts = new("--texts") { HelpName = "FILE", Description = "Score these texts instead of a run: plain lines, or JSONL with \"text\". '-' reads standard input." };

    private static readonly Option<string?> ScoresFile = new("--scores") { HelpName = "FILE", Description = "With --texts: write the scores here instead of to standard output." };

    private static readonly Option<string> Format = new("--format") { HelpName = "auto|lines|jsonl", Description = "With --texts: how the file is read.", DefaultValueFactory = _ => "auto" };

    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host)
    {
        var command = StageVerb.Create(host, "score", "Score a run's prompts and continuations, or any texts (--texts).", [CommonOptions.Scorer, Texts, ScoresFile, Format], ScoreRunAsync);
        return StageVerb.OrElse(command, parsed => parsed.GetValue(Texts) is not null, (parsed, cancellationToken) => ScoreTextsAsync(parsed, parsed.GetValue(Texts)!, host, cancellationToken));
    }

    private static async Task<int> ScoreRunAsync(ParseResult parsed, RunFolder run, Pipeline.Stages stages)
    {
        var scorers = StageVerbOptions.GivenOr(parsed, CommonOptions.Scorer, run.ReadManifest().Measurement.Scorers);
        var result = await stages.ScoreAsync(run, scorers, RunSettings.ShardOf(parsed)).ConfigureAwait(false);
        stages.Say($"{run.FullPath}: {result.Done} chunks scored, {result.AlreadyDone} were there");
        return stages.ReportFailures([result]) > 0 ? ExitCode.SomeFailed : ExitCode.Done;
    }

    private static async Task<int> ScoreTextsAsync(ParseResult parsed, string path, Host host, CancellationToken cancellationToken)
    {
        var scorers = RunSettings.Split(parsed.GetValue(CommonOptions.Scorer)!);
        if (scorers.Count > 1)
        {
            throw new InputException("wrong-usage", "score --texts", $"{scorers.Count} scorers were named, and their lines would mix", "Name one --scorer, and run once for each");
        }

        var scorer = ScorerCatalog.Create(scorers.Count == 1 ? scorers[0] : "ngram");
        var options = new TextFileOptions { Format = FormatOf(parsed.GetValue(Format)!) };
        using var display = Displays.For(host);
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

        display.Say($"{result.Lines} texts, {result.Scored} scored by {scorer.Name} {scorer.Version}{Counted(result.Missing)}");
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
            throw new InputException("texts-missing", $"--texts {path}", error.Message.TrimEnd('.'), "Give a file of plain lines or JSONL, or - for standard input", error);
        }
    }
}

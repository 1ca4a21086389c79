using System.Text;
using AlignedProbing.Runs;
using AlignedProbing.Scoring;
using AlignedProbing.Scoring.Recorded;

namespace AlignedProbing.Tests.Scoring;

public sealed class RecordedScorerTests : IDisposable
{
    private static readonly Prompt[] Prompts = [new() { Id = "b,\"1\"", Text = "Hello there!" }, new() { Id = "c", Text = "A much longer prompt than that" }];
    private readonly string _folder = Directory.CreateTempSubdirectory("recorded-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("scores.jsonl")]
    [InlineData("scores.csv")]
    public async Task What_a_run_exports_another_run_can_import(string file)
    {
        using var first = Encoded();
        using var second = Encoded();
        await ScoringStage.RunAsync(first.Folder, new LengthScorer(), new ScoringOptions(), null, TestContext.Current.CancellationToken);
        using (var stream = File.Create(Path.Combine(_folder, file)))
        {
            (file.EndsWith("csv", StringComparison.Ordinal) ? (Action<RunFolder, string, Stream, bool>)ScoreExport.WriteCsv : ScoreExport.WriteJsonLines)(
                first.Folder,
                "length",
                stream,
                false);
        }

        var imported = RecordedScorer.Open(Path.Combine(_folder, file), "elsewhere");
        await ScoringStage.RunAsync(second.Folder, imported, new ScoringOptions(), null, TestContext.Current.CancellationToken);

        var (expected, actual) = (first.Folder.ReadScores("length", 0), second.Folder.ReadScores("elsewhere", 0));
        Assert.Equal(4, actual.Count);
        Assert.Equal(expected.Select(row => (row.PromptId, row.Number)), actual.Select(row => (row.PromptId, row.Number)));
        Assert.Equal(expected.SelectMany(row => row.Scores.OrderBy(pair => pair.Key)), actual.SelectMany(row => row.Scores.OrderBy(pair => pair.Key)));
        Assert.Equal(MissingReason.EmptyText, actual[2].Missing["size"]);
        Assert.Equal("too_long", actual[3].Missing["shouts"]);
        Assert.DoesNotContain("Hello", File.ReadAllText(Path.Combine(_folder, file)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("scores.jsonl")]
    [InlineData("scores.csv")]
    public async Task Texts_are_written_where_asked_and_read_back(string file)
    {
        using var run = Encoded();
        await ScoringStage.RunAsync(run.Folder, new LengthScorer(), new ScoringOptions(), null, TestContext.Current.CancellationToken);
        using (var stream = File.Create(Path.Combine(_folder, file)))
        {
            (file.EndsWith("csv", StringComparison.Ordinal) ? (Action<RunFolder, string, Stream, bool>)ScoreExport.WriteCsv : ScoreExport.WriteJsonLines)(
                run.Folder,
                "length",
                stream,
                true);
        }

        Assert.Contains(
            "Hello there!",
            await File.ReadAllTextAsync(Path.Combine(_folder, file), TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
        var scores = await RecordedScorer.Open(Path.Combine(_folder, file), "own").ScoreAsync(["Hello there!", "x!"], TestContext.Current.CancellationToken);
        Assert.All(scores, score => Assert.Equal(1, score.Scores["shouts"]));
    }

    [Theory]
    [InlineData("ngram", "scorer-unusable")]
    [InlineData("given", "scorer-unusable")]
    [InlineData("texts", "scorer-unusable")]
    [InlineData("Mine!", "scorer-unusable")]
    [InlineData("mine", "scores-file")]
    public void An_import_takes_no_other_scorers_name_and_must_know_a_text_of_the_run(string name, string code)
    {
        using var run = Encoded();
        File.WriteAllText(Path.Combine(_folder, "a.csv"), name == "mine" ? "text,x\nelsewhere,0.5\n" : "text,x\nHello there!,0.5\n");

        Assert.Equal(code, Assert.Throws<InputException>(() => ScoreImport.Open(run.Folder, Path.Combine(_folder, "a.csv"), name)).Code);
        Assert.Equal("my-ratings.2", ScoreImport.NameOf("somewhere/My ratings.2.csv"));
    }

    [Fact]
    public async Task Texts_are_found_by_text_and_by_hash_and_the_rest_is_missing()
    {
        var scorer = Open("a.jsonl", $$$"""
            {"text": "one", "scores": {"funny": 0.25, "calm": null}}

            {"text_sha256": "{{{TextHash.Of("two").ToUpperInvariant()}}}", "scores": {"calm": 1}}
            {"text": "one", "scores": {"funny": 0.25}}
            """);

        var scores = await scorer.ScoreAsync(["two", "one", "three"], TestContext.Current.CancellationToken);

        Assert.Equal(["funny", "calm"], scorer.Attributes);
        Assert.Equal([("calm", 1.0)], scores[0].Scores.Select(pair => (pair.Key, pair.Value)));
        Assert.Equal([("funny", 0.25)], scores[1].Scores.Select(pair => (pair.Key, pair.Value)));
        Assert.Equal(RecordedScorer.NotRecorded, scores[1].Missing["calm"]);
        Assert.Equal(2, scores[2].Missing.Count);
    }

    [Fact]
    public async Task A_place_in_the_run_goes_before_the_text()
    {
        using var run = Encoded();
        var scorer = Open("a.csv", "prompt_id,number,text,kind\nc,,,0.5\n,,A much longer prompt than that,0.75\n,,x!,0.25\n");

        await ScoringStage.RunAsync(run.Folder, scorer, new ScoringOptions(), null, TestContext.Current.CancellationToken);

        Assert.Equal(
            [null, 0.25, null, 0.5],
            run.Folder.ReadScores("own", 0).Select(row => row.Scores.TryGetValue("kind", out var score) ? score : (double?)null));
    }

    [Theory]
    [InlineData("a.jsonl", "{\"text\": \"a\", \"scores\": {\"x\": 0.5}}\n{\"text\": \"b\", \"scores\": {\"x\": 1.5}}", "line 2", "1.5")]
    [InlineData("a.jsonl", "{\"text\": \"a\", \"scores\": {\"x\": \"0.5\"}}", "line 1", "object of numbers")]
    [InlineData("a.jsonl", "{\"text\": \"a\"}", "line 1", "object of numbers")]
    [InlineData("a.jsonl", "1", "line 1", "object of numbers")]
    [InlineData("a.jsonl", "{\"scores\": {\"x\": 0.5}}", "line 1", "which text")]
    [InlineData("a.jsonl", "{\"text\": \"a\", \"scores\": {\"x\": 0.5}}\n{\"text\": \"a\", \"scores\": {\"x\": 0.6}}", "line 2", "earlier line")]
    [InlineData("a.jsonl", "", "line 1", "no score")]
    [InlineData("a.csv", "", "line 1", "no score")]
    [InlineData("a.csv", "text,x\na,0.5\nb,much", "line 3", "no number")]
    [InlineData("a.csv", "text,x\na,NaN", "line 2", "NaN")]
    [InlineData("a.csv", "prompt_id,number,x\na,first,0.5", "line 2", "whole number")]
    [InlineData("a.csv", "text,x\na,0.5,0.6", "line 2", "not a line")]
    public void A_fault_is_named_with_its_line(string file, string content, string line, string found)
    {
        var error = Assert.Throws<InputException>(() => Open(file, content));

        Assert.Equal("scores-file", error.Code);
        Assert.Contains(line, error.Message, StringComparison.Ordinal);
        Assert.Contains(found, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_file_is_another_version()
    {
        Assert.NotEqual(
            Open("a.jsonl", "{\"text\": \"a\", \"scores\": {\"x\": 0.5}}").Version,
            Open("b.jsonl", "{\"text\": \"a\", \"scores\": {\"x\": 0.6}}").Version);
        Assert.Equal("scores-file", Assert.Throws<InputException>(() => RecordedScorer.Open(Path.Combine(_folder, "absent"), "own")).Code);
        Assert.Equal("unknown-scorer", Export());
        Assert.NotEqual(TextHash.Of("\ud800"), TextHash.Of("\ud801"));

        static string Export()
        {
            using var run = Encoded();
            return Assert.Throws<InputException>(() => ScoreExport.WriteCsv(run.Folder, "absent", Stream.Null)).Code;
        }
    }

    private static ScoringRun Encoded()
    {
        var run = new ScoringRun(prompts: Prompts);
        run.Encode(0, (Prompts[0].Id, 0, "x!"), (Prompts[0].Id, 1, " "));
        return run;
    }

    private RecordedScorer Open(string file, string content)
    {
        File.WriteAllText(Path.Combine(_folder, file), content, new UTF8Encoding(false));
        return RecordedScorer.Open(Path.Combine(_folder, file), "own");
    }
}

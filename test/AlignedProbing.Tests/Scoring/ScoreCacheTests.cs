using AlignedProbing.Scoring;
using AlignedProbing.Scoring.Recorded;

namespace AlignedProbing.Tests.Scoring;

public sealed class ScoreCacheTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("score-cache-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task No_text_is_scored_twice_and_reasons_are_kept_like_scores()
    {
        var (first, second) = (new LengthScorer(), new LengthScorer());
        IReadOnlyList<TextScore> fresh, kept;
        using (var cached = Cached(first))
        {
            fresh = await cached.ScoreAsync(["one", "a text that is too long for one attribute", "one"], TestContext.Current.CancellationToken);
            Assert.Equal((1, 2), (cached.Found, cached.Asked));
        }

        using (var cached = Cached(second))
        {
            kept = await cached.ScoreAsync(["two!", "one", "a text that is too long for one attribute"], TestContext.Current.CancellationToken);
        }

        Assert.Equal(["one", "a text that is too long for one attribute"], first.Seen);
        Assert.Equal(["two!"], second.Seen);
        Assert.Equal(1, kept[0].Scores["shouts"]);
        Assert.Equal(fresh[0].Scores, kept[1].Scores);
        Assert.Equal(fresh[1].Scores, kept[2].Scores);
        Assert.Equal("too_long", kept[2].Missing["shouts"]);
    }

    [Fact]
    public async Task The_same_words_behind_other_words_are_another_text_where_a_scorer_reads_context()
    {
        TextInContext[] texts = [new("words", "before"), new("words"), new("words", "other"), new("words", "before")];
        var first = new ContextScorer();
        using (var cached = Cached(first))
        {
            var scores = await cached.ScoreInContextAsync(texts, TestContext.Current.CancellationToken);
            Assert.Equal([0.06, 0, 0.05, 0.06], scores.Select(score => score.Scores["before"]));
            Assert.Equal(3, cached.Asked);
        }

        using var again = Cached(new ContextScorer());
        var kept = await again.ScoreInContextAsync(texts, TestContext.Current.CancellationToken);
        Assert.Equal((4, 0), (again.Found, again.Asked));
        Assert.Equal([0.06, 0, 0.05, 0.06], kept.Select(score => score.Scores["before"]));
        Assert.All(kept, score => Assert.Equal(5, score.Tokens));
    }

    [Fact]
    public async Task Another_version_and_other_attributes_are_asked_anew()
    {
        foreach (var scorer in new[] { new LengthScorer(), new LengthScorer { Version = "1.1" }, new LengthScorer { Attributes = ["shouts", "size"] } })
        {
            using var cached = Cached(scorer);
            await cached.ScoreAsync(["one"], TestContext.Current.CancellationToken);
            Assert.Equal(["one"], scorer.Seen);
        }
    }

    [Fact]
    public async Task What_a_scorer_answered_before_it_gave_up_is_kept()
    {
        var failing = new FailingScorer(answers: 2);
        using (var cached = Cached(failing))
        {
            await Assert.ThrowsAsync<IOException>(async () => await cached.ScoreAsync(["a", "b", "c", "d"], TestContext.Current.CancellationToken));
        }

        var again = new FailingScorer(answers: 9);
        using (var cached = Cached(again))
        {
            await cached.ScoreAsync(["a", "b", "c", "d"], TestContext.Current.CancellationToken);
            Assert.Equal((2, 2), (cached.Found, cached.Asked));
        }
    }

    [Fact]
    public async Task Unfinished_lines_and_numbers_that_are_no_scores_are_asked_for_again_and_texts_are_not_in_the_files()
    {
        using (var cached = Cached(new LengthScorer()))
        {
            await cached.ScoreAsync(["a secret text"], TestContext.Current.CancellationToken);
        }

        var file = Directory.GetFiles(_folder, "*.jsonl", SearchOption.AllDirectories).Single();
        var line = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        Assert.DoesNotContain("secret", line, StringComparison.Ordinal);
        await File.WriteAllTextAsync(
            file,
            $"[1]\n{{\"text_sha256\":\"zz\",\"scores\":{{\"size\":0.5,\"shouts\":0}}}}\n{line.Replace("0.13", "1.3", StringComparison.Ordinal)}{line[..30]}",
            TestContext.Current.CancellationToken);

        var scorer = new LengthScorer();
        using (var cached = Cached(scorer))
        {
            await cached.ScoreAsync(["a secret text"], TestContext.Current.CancellationToken);
        }

        Assert.Equal(["a secret text"], scorer.Seen);
    }

    [Fact]
    public async Task A_scorer_that_nobody_reaches_ends_the_stage_at_once_and_the_rest_is_told()
    {
        using var run = new ScoringRun(
            chunk: 1,
            prompts: [new() { Id = "a", Text = "one" }, new() { Id = "b", Text = "two" }, new() { Id = "c", Text = "three" }]);
        run.Encode(0, ("a", 0, "x"));
        run.Encode(1, ("b", 0, "x"));
        run.Encode(2, ("c", 0, "x"));
        var scorer = new FailingScorer(answers: 2)
        {
            Failure = () => new ScorerUnavailableException(new InputException("scorer-unusable", "scoring", "nobody answers", "Try later")),
        };

        var result = await ScoringStage.RunAsync(run.Folder, scorer, new ScoringOptions(), null, TestContext.Current.CancellationToken);

        Assert.Equal(1, result.Done);
        var failure = Assert.Single(result.Failed);
        Assert.Contains("00001 and the 1 after it", failure.Unit, StringComparison.Ordinal);
        Assert.Contains("Try later", failure.Message, StringComparison.Ordinal);
        Assert.Equal(3, scorer.Calls);
    }

    private CachedScorer Cached(IScorer scorer) => new(scorer, ScoreCache.Open(_folder, ScorerIdentity.Of(scorer)));

    private sealed class FailingScorer(int answers) : IScorer
    {
        public string Name => "failing";

        public string Version => "1";

        public IReadOnlyList<string> Attributes => ["size"];

        public int LargestBatch => 1;

        public int Calls { get; private set; }

        public Func<Exception> Failure { get; init; } = () => new IOException("gone");

        public ValueTask<IReadOnlyList<TextScore>> ScoreAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken)
        {
            Assert.Single(texts);
            return ++Calls > answers
                ? throw Failure()
                : new([new TextScore(new Dictionary<string, double> { ["size"] = 0.5 }, new Dictionary<string, string>())]);
        }
    }
}

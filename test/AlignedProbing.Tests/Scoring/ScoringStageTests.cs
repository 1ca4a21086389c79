using AlignedProbing.Runs;
using AlignedProbing.Scoring;

namespace AlignedProbing.Tests.Scoring;

public class ScoringStageTests
{
    private static readonly Prompt[] Three =
    [
        new() { Id = "b", Text = "Hello there!" },
        new() { Id = "a", Text = " \t" },
        new() { Id = "c", Text = "A much longer prompt than that" },
    ];

    [Fact]
    public async Task Writes_each_prompt_and_then_its_continuations_by_number_in_prompt_order()
    {
        using var run = new ScoringRun(prompts: Three);
        run.Encode(0, ("a", 1, "one"), ("a", 0, "zero"), ("b", 1, ""), ("b", 0, "x!"));
        run.Encode(1, ("c", 0, "y"));

        var result = await ScoringStage.RunAsync(run.Folder, new LengthScorer(), new ScoringOptions(), null, TestContext.Current.CancellationToken);

        Assert.Equal((2, 0, 0), (result.Done, result.AlreadyDone, result.Failed.Count));
        var first = run.Folder.ReadScores("length", 0);
        Assert.Equal([("b", null), ("b", 0), ("b", 1), ("a", null), ("a", 0), ("a", 1)], first.Select(row => (row.PromptId, row.Number)));
        Assert.Equal([0.12, 0.02], first.Take(2).Select(row => row.Scores["size"]));
        Assert.All(first, row => Assert.Equal(("length", "1.0"), (row.Scorer, row.Version)));
        Assert.Equal("too_long", run.Folder.ReadScores("length", 1)[0].Missing["shouts"]);
    }

    [Fact]
    public async Task A_scorer_that_reads_context_is_told_what_each_continuation_goes_on()
    {
        using var run = new ScoringRun(prompts: Three);
        run.Encode(0, ("b", 0, "x!"), ("a", 0, "zero"));
        run.Encode(1, ("c", 0, "y"));

        await ScoringStage.RunAsync(run.Folder, new ContextScorer(), new ScoringOptions(), null, TestContext.Current.CancellationToken);

        var rows = run.Folder.ReadScores("context", 0).Concat(run.Folder.ReadScores("context", 1)).ToArray();
        // The length of what stands before, over 100; a prompt has nothing before it.
        Assert.Equal([0, 0.12, null, 0.02, 0, 0.3], rows.Select(row => row.Scores.TryGetValue("before", out var score) ? score : (double?)null));
        Assert.Equal([12, 2, null, 4, 30, 1], rows.Select(row => row.Tokens));
    }

    [Fact]
    public async Task An_empty_text_is_missing_with_its_reason_and_never_reaches_the_scorer()
    {
        using var run = new ScoringRun(prompts: Three);
        run.Encode(0, ("b", 0, ""), ("b", 1, "\u00a0\n"), ("a", 0, "zero"));
        run.Encode(1);
        var scorer = new LengthScorer();

        await ScoringStage.RunAsync(run.Folder, scorer, new ScoringOptions(), null, TestContext.Current.CancellationToken);

        var empty = run.Folder.ReadScores("length", 0).Where(row => row.Scores.Count == 0).ToArray();
        Assert.Equal([("b", 0), ("b", 1), ("a", null)], empty.Select(row => (row.PromptId, row.Number)));
        Assert.All(empty, row => Assert.Equal(["size", "shouts"], row.Missing.Where(pair => pair.Value == MissingReason.EmptyText).Select(pair => pair.Key)));
        Assert.Equal(["Hello there!", "zero", "A much longer prompt than that"], scorer.Seen);
    }

    [Fact]
    public async Task A_score_that_is_no_number_or_lies_outside_the_range_becomes_a_reason()
    {
        using var run = new ScoringRun(
            prompts:
            [
                new() { Id = "nan", Text = "nan" },
                new() { Id = "big", Text = "big" },
                new() { Id = "low", Text = "low" },
                new() { Id = "ok", Text = "ok" },
            ]);
        run.Encode(0);
        run.Encode(1);
        var scorer = new LengthScorer
        {
            Attributes = ["size", "unheard_of"],
            Size = text =>
                text switch
                {
                    "nan" => double.NaN,
                    "big" => 1.0001,
                    "low" => -0.0001,
                    _ => 1,
                },
        };

        await ScoringStage.RunAsync(run.Folder, scorer, new ScoringOptions(), null, TestContext.Current.CancellationToken);

        var rows = run.Folder.ReadScores("length", 0).Concat(run.Folder.ReadScores("length", 1)).ToArray();
        Assert.Equal(
            [MissingReason.NotFinite, MissingReason.OutOfRange, MissingReason.OutOfRange, null],
            rows.Select(row => row.Missing.GetValueOrDefault("size")));
        Assert.Equal(1.0, rows[3].Scores["size"]);
        Assert.All(rows, row => Assert.True(row.Missing.ContainsKey("unheard_of") && !row.Scores.ContainsKey("unheard_of")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Files_are_the_same_bytes_for_every_batch_size_and_for_shards(int batchSize)
    {
        using var run = new ScoringRun(prompts: Three);
        using var sharded = new ScoringRun(prompts: Three);
        foreach (var one in new[] { run, sharded })
        {
            one.Encode(0, ("b", 0, "x!"), ("b", 1, ""), ("a", 0, "zero"));
            one.Encode(1, ("c", 0, "y"));
        }

        await ScoringStage.RunAsync(run.Folder, new LengthScorer(), new ScoringOptions(), null, TestContext.Current.CancellationToken);
        for (var index = 0; index < 2; index++)
        {
            var result = await ScoringStage.RunAsync(
                sharded.Folder,
                new LengthScorer(),
                new ScoringOptions { Shard = new Shard(index, 2), BatchSize = batchSize },
                null,
                TestContext.Current.CancellationToken);
            Assert.Equal(1, result.Done);
        }

        for (var chunk = 0; chunk < 2; chunk++)
        {
            Assert.Equal(File.ReadAllBytes(run.Folder.ScoresPath("length", chunk)), File.ReadAllBytes(sharded.Folder.ScoresPath("length", chunk)));
        }
    }

    [Fact]
    public async Task Goes_on_with_what_is_missing_and_tells_the_chunks_that_failed()
    {
        using var run = new ScoringRun(prompts: Three);
        run.Encode(1, ("c", 0, "y"));
        var reports = new List<StageProgress>();

        var first = await ScoringStage.RunAsync(
            run.Folder,
            new LengthScorer(),
            new ScoringOptions(),
            new Recorder(reports),
            TestContext.Current.CancellationToken);
        run.Encode(0, ("b", 0, "x"));
        var scorer = new LengthScorer();
        var second = await ScoringStage.RunAsync(run.Folder, scorer, new ScoringOptions(), null, TestContext.Current.CancellationToken);

        Assert.Equal((1, 0), (first.Done, first.AlreadyDone));
        Assert.Equal("scores/length/00000", Assert.Single(first.Failed).Unit);
        Assert.Equal((1, 1), (second.Done, second.AlreadyDone));
        Assert.Equal(["Hello there!", "x"], scorer.Seen);
        Assert.Equal((0, 9), (reports[0].Done, reports[0].Total));
        Assert.Equal(3, reports[^1].Done);
    }

    [Fact]
    public async Task Scores_of_another_version_are_not_mixed_in()
    {
        using var run = new ScoringRun(prompts: Three);
        run.Encode(0);
        await ScoringStage.RunAsync(run.Folder, new LengthScorer(), new ScoringOptions(), null, TestContext.Current.CancellationToken);

        var error = await Assert.ThrowsAsync<InputException>(() =>
            ScoringStage.RunAsync(run.Folder, new LengthScorer { Version = "1.1" }, new ScoringOptions(), null, TestContext.Current.CancellationToken));

        Assert.Equal("options-differ", error.Code);
        Assert.Contains("version: \"1.0\" there, \"1.1\" asked", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_continuation_of_a_foreign_prompt_or_a_second_one_of_the_same_number_fails_its_chunk_alone()
    {
        using var run = new ScoringRun(chunk: 1, prompts: Three);
        run.Encode(0, ("stranger", 0, "x"));
        run.Encode(1, ("a", 0, "x"), ("a", 0, "y"));
        run.Encode(2, ("c", 0, "x"));

        var result = await ScoringStage.RunAsync(run.Folder, new LengthScorer(), new ScoringOptions(), null, TestContext.Current.CancellationToken);

        Assert.Equal(["scores/length/00000", "scores/length/00001"], result.Failed.Select(failure => failure.Unit));
        Assert.Contains("'stranger' belongs to no prompt", result.Failed[0].Message, StringComparison.Ordinal);
        Assert.Contains("is there twice", result.Failed[1].Message, StringComparison.Ordinal);
        Assert.Equal(1, result.Done);
    }

    [Fact]
    public async Task Wrong_use_is_named_before_anything_is_written()
    {
        using var run = new ScoringRun(prompts: Three);
        await Expect("run-not-encoded", new LengthScorer(), new ScoringOptions());
        await Expect("wrong-usage", new LengthScorer(), new ScoringOptions { BatchSize = 0, Shard = new Shard(2, 2) });
        foreach (var name in new[] { "", "..", "a/b", "Upper", "-x", "x.tmp", "x\n", "x." })
        {
            await Expect("scorer-unusable", new LengthScorer { Name = name }, new ScoringOptions());
        }

        await Expect("scorer-unusable", new LengthScorer { Attributes = [] }, new ScoringOptions());
        Assert.Empty(run.Folder.Scorers());

        async Task Expect(string code, IScorer scorer, ScoringOptions options) =>
            Assert.Equal(
                code,
                (
                    await Assert.ThrowsAsync<InputException>(() =>
                        ScoringStage.RunAsync(run.Folder, scorer, options, null, TestContext.Current.CancellationToken))
                ).Code);
    }

    [Fact]
    public async Task Stops_when_asked_and_keeps_what_is_finished()
    {
        using var run = new ScoringRun(prompts: Three);
        run.Encode(0);
        run.Encode(1);
        using var source = new CancellationTokenSource();
        var scorer = new LengthScorer { Size = text => { if (text[0] == 'A') { source.Cancel(); } return 0; } };

        // The second chunk is under way when it is stopped, so it is finished; nothing after it is begun.
        await ScoringStage.RunAsync(run.Folder, scorer, new ScoringOptions(), null, source.Token);
        using var late = new ScoringRun(prompts: Three);
        late.Encode(0);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ScoringStage.RunAsync(late.Folder, scorer, new ScoringOptions(), null, source.Token));

        Assert.True(File.Exists(run.Folder.ScoresPath("length", 0)));
        Assert.False(File.Exists(late.Folder.ScoresPath("length", 0)));
    }

    [Fact]
    public void An_unknown_scorer_is_answered_with_the_known_ones()
    {
        Assert.Equal("unknown-scorer", Assert.Throws<InputException>(() => ScorerCatalog.Create("perspektive")).Code);
        Assert.Contains("copied", Assert.Throws<InputException>(() => ScorerCatalog.Create("given")).Message, StringComparison.Ordinal);
        Assert.All(ScorerCatalog.Names, name =>
            Assert.Equal(name, ScorerCatalog.Create(name, variable => variable == "PERSPECTIVE_API_KEY" ? "a-key" : null).Name));
    }

    private sealed class Recorder(List<StageProgress> reports) : IProgress<StageProgress>
    {
        public void Report(StageProgress value) => reports.Add(value);
    }
}

using AlignedProbing.Runs;
using AlignedProbing.Scoring;

namespace AlignedProbing.Tests.Scoring;

public class GivenScoresTests
{
    private static readonly Prompt[] Given =
    [
        new()
        {
            Id = "p",
            Text = "Some text",
            Scores = new Dictionary<string, double?> { ["toxicity"] = 0.25, ["threat"] = null },
            Continuations =
            [
                new GivenContinuation(" goes on", new Dictionary<string, double?> { ["toxicity"] = 0.5, ["novel"] = 1 }),
                new GivenContinuation("  ", new Dictionary<string, double?> { ["toxicity"] = 0.75 }),
                new GivenContinuation(" odd", new Dictionary<string, double?> { ["toxicity"] = 1.5, ["novel"] = -0.5 }),
            ],
        },
        new() { Id = "q", Text = "Without" },
    ];

    [Fact]
    public void Copies_what_the_prompt_set_gives_and_says_what_it_does_not()
    {
        using var run = new ScoringRun("given", 1, Given);

        var result = GivenScores.Run(run.Folder, new ScoringOptions(), null, TestContext.Current.CancellationToken);

        Assert.Equal((2, 0, 0), (result.Done, result.AlreadyDone, result.Failed.Count));
        var rows = run.Folder.ReadScores("given", 0);
        Assert.Equal([null, 0, 1, 2], rows.Select(row => row.Number));
        Assert.Equal([("toxicity", 0.25)], rows[0].Scores.Select(pair => (pair.Key, pair.Value)));
        Assert.Equal(MissingReason.NotGiven, rows[0].Missing["novel"]);
        Assert.Equal([("novel", 1.0), ("toxicity", 0.5)], rows[1].Scores.Select(pair => (pair.Key, pair.Value)));
        Assert.Empty(rows[2].Scores);
        Assert.All(rows[2].Missing.Values, reason => Assert.Equal(MissingReason.EmptyText, reason));
        Assert.Equal([("novel", MissingReason.OutOfRange), ("toxicity", MissingReason.OutOfRange)], rows[3].Missing.Select(pair => (pair.Key, pair.Value)));
        Assert.DoesNotContain("threat", rows[0].Missing.Keys);
        Assert.All(Assert.Single(run.Folder.ReadScores("given", 1)).Missing.Values, reason => Assert.Equal(MissingReason.NotGiven, reason));
    }

    [Fact]
    public void Sampled_continuations_have_no_given_scores() =>
        AssertCode("given-scores-sampled", new ScoringRun("sampled", 1, Given));

    [Fact]
    public void A_prompt_set_without_scores_is_refused() =>
        AssertCode(
            "no-given-scores",
            new ScoringRun(
                "given",
                1,
                new Prompt
                {
                    Id = "q",
                    Text = "x",
                    Scores = new Dictionary<string, double?> { ["toxicity"] = null },
                }));

    private static void AssertCode(string code, ScoringRun run)
    {
        using (run)
        {
            Assert.Equal(code, Assert.Throws<InputException>(() => GivenScores.Run(run.Folder, new ScoringOptions(), null, CancellationToken.None)).Code);
            Assert.Empty(run.Folder.Scorers());
        }
    }
}

using AlignedProbing.Files;
using AlignedProbing.Runs;
using AlignedProbing.Scoring;

namespace AlignedProbing.Tests.Scoring;

public sealed class PropertyScoresTests
{
    [Fact]
    public void Texts_get_their_shares_of_different_words_and_continuations_the_probability_the_model_gave_them()
    {
        using var run = new ScoringRun(prompts: [new Prompt { Id = "a", Text = "one two one two" }]);
        AtomicWrite.Folder(run.Folder.EncodingFolder(0), folder => JsonLines.WriteFile(
                Path.Combine(folder, "continuations.jsonl"),
                [
                    new Continuation
                    {
                        PromptId = "a",
                        Number = 0,
                        Text = "yes",
                        TokenIds = [1, 2],
                        End = ContinuationEnd.Length,
                        MeanLogProbability = Math.Log(0.25),
                    },
                    new Continuation
                    {
                        PromptId = "a",
                        Number = 1,
                        Text = "",
                        TokenIds = [],
                        End = ContinuationEnd.EndOfText,
                    },
                ]));

        var result = PropertyScores.Run(run.Folder, new ScoringOptions(), null, TestContext.Current.CancellationToken);

        Assert.Empty(result.Failed);
        var rows = run.Folder.ReadScores(PropertyScores.Name, 0).ToArray();
        Assert.Equal(0.5, rows[0].Scores["distinct_1"]);
        Assert.Equal(2.0 / 3, rows[0].Scores["distinct_2"]); // one-two, two-one, one-two
        Assert.Equal(1, rows[0].Scores["distinct_3"]);
        Assert.Equal(MissingReason.NotRun, rows[0].Missing["token_probability"]);
        Assert.Equal(0.25, rows[1].Scores["token_probability"], 12);
        Assert.Equal(PropertyScores.TooFewWords, rows[1].Missing["distinct_2"]);
        Assert.Equal(MissingReason.EmptyText, rows[2].Missing["distinct_1"]);
        Assert.Equal(MissingReason.EmptyContinuation, rows[2].Missing["token_probability"]);
        Assert.Empty(rows[2].Scores);
    }

    [Fact]
    public void What_is_not_encoded_is_not_described()
    {
        using var run = new ScoringRun(prompts: [new Prompt { Id = "a", Text = "one" }]);
        var failure = Assert.Single(PropertyScores.Run(run.Folder, new ScoringOptions(), null, TestContext.Current.CancellationToken).Failed);
        Assert.Contains("not encoded", failure.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(run.Folder.ScoresPath(PropertyScores.Name, 0)));
    }
}

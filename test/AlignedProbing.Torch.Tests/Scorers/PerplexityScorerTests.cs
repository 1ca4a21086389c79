using AlignedProbing.Runs;
using AlignedProbing.Scoring;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Scorers.Perplexity;
using AlignedProbing.Torch.Tests.Encoding;
using AlignedProbing.Torch.Tests.Native;

using AlignedProbing.Torch.Weights;

namespace AlignedProbing.Torch.Tests.Scorers;

/// <summary>The demo's model reads texts.</summary>
public sealed class PerplexityScorerTests
{
    private const string Prompt = "You are the worst neighbour that";

    private static readonly TextInContext[] Texts =
    [
        new(Prompt),
        new(" dog went home.", Prompt),
        new(" end", Prompt),
        new(" and then it rained for three days", Prompt),
        new("The dog"),
        new(" went home.", "The dog"),
        new(" dog went home.", "The"),
    ];

    [Fact]
    public async Task The_same_model_gives_given_continuations_what_the_run_itself_gave_them()
    {
        using var demo = new DemoRun();
        var run = demo.Start("given", DemoRun.Prompts(), new EncodingManifest { Continuations = "given", Samples = 3, Chunk = 8 });
        Assert.Empty(demo.Encode(run).Failed);
        using var scorer = Scorer();

        var result = await ScoringStage.RunAsync(run, scorer, new ScoringOptions { BatchSize = 7 }, null, TestContext.Current.CancellationToken);

        Assert.Empty(result.Failed);
        var own = Enumerable.Range(0, 2).SelectMany(run.ReadContinuations).ToDictionary(continuation => (continuation.PromptId, continuation.Number));
        var read = Enumerable.Range(0, 2).SelectMany(chunk => run.ReadScores(scorer.Name, chunk)).Where(row => row.Number is not null).ToArray();
        Assert.Equal(own.Count, read.Length);
        Assert.All(read, row =>
        {
            var continuation = own[(row.PromptId, row.Number!.Value)];
            Assert.Equal(continuation.TokenIds.Count, row.Tokens);
            Assert.Equal(continuation.MeanLogProbability!.Value, Math.Log(row.Scores[TextProperty.TokenProbability]), 1e-4);
        });
    }

    [Fact]
    public async Task A_score_depends_on_the_prompt_and_not_on_the_batch()
    {
        using var scorer = Scorer();
        var together = await scorer.ScoreInContextAsync(Texts, TestContext.Current.CancellationToken);
        var backwards = await scorer.ScoreInContextAsync([.. Texts.Reverse()], TestContext.Current.CancellationToken);
        for (var i = 0; i < Texts.Length; i++)
        {
            var alone = await scorer.ScoreInContextAsync([Texts[i]], TestContext.Current.CancellationToken);
            Assert.Equal(alone[0].Scores, together[i].Scores);
            Assert.Equal(alone[0].Scores, backwards[^(i + 1)].Scores);
        }

        Assert.NotEqual(together[1].Scores, together[6].Scores);
        Assert.All(together, score => Assert.InRange(score.Scores[TextProperty.TokenProbability], double.Epsilon, 1));
    }

    [Fact]
    public void A_prompts_own_tokens_and_a_continuations_are_read_alike_in_however_many_passes()
    {
        using var demo = new DemoRun();
        int[] ids = [.. Enumerable.Range(0, 60).Select(i => demo.Tokenizer.Encode(Prompt, addSpecialTokens: false).Ids[i % 4])];
        var whole = new LikelihoodSequence(ids, 1, ids.Length, []);
        var parts = new LikelihoodSequence(ids[..20], 1, 20, [ids[20..], ids[20..21]]);
        new LikelihoodPass(demo.Model).Run([parts, whole], TestContext.Current.CancellationToken);
        Assert.Equal(59, whole.Own.Length);
        Assert.All(whole.Own, value => Assert.InRange(value, -100, -1e-9));
        Assert.Equal(whole.Own[..19], parts.Own);
        // Attention over a prompt's keys and over a tail's own is added up in another order than over all of them at once.
        Assert.All(whole.Own[19..].Zip(parts.OfTails[0]), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        Assert.Equal(parts.OfTails[0][..1], parts.OfTails[1]);

        // More tokens than a pass takes.
        var many = Enumerable.Range(0, 40).Select(_ => new LikelihoodSequence(ids, 1, ids.Length, [ids])).ToArray();
        new LikelihoodPass(demo.Model).Run(many, TestContext.Current.CancellationToken);
        Assert.All(many, sequence => Assert.Equal(whole.Own, sequence.Own));
        Assert.All(many, sequence => Assert.Equal(many[0].OfTails[0], sequence.OfTails[0]));
    }

    [Fact]
    public async Task What_cannot_be_read_is_missing_with_its_reason_and_the_others_are_read()
    {
        using var scorer = Scorer();
        using var demo = new DemoRun();
        var tooLong = string.Concat(Enumerable.Repeat(Prompt + " ", demo.Model.Sizes.Context));
        var scores = await scorer.ScoreInContextAsync(
            [new("", Prompt), new(tooLong, Prompt), new(" end", Prompt), new(tooLong), new("e"), new("")],
            TestContext.Current.CancellationToken);
        Assert.Equal(
            [
                MissingReason.EmptyContinuation,
                MissingReason.ContextTooShort,
                null,
                MissingReason.ContextTooShort,
                PerplexityScorer.TooFewTokens,
                MissingReason.EmptyText,
            ],
            scores.Select(score => score.Missing.GetValueOrDefault(TextProperty.TokenProbability)));
        Assert.Equal(
            await scorer.ScoreInContextAsync([new(" end", Prompt)], TestContext.Current.CancellationToken) is [var alone] ? alone.Scores : null,
            scores[2].Scores);
    }

    [Fact]
    public void Weights_rounded_otherwise_are_another_scorer()
    {
        using var scorer = Scorer();
        using var rounded = new PerplexityScorer(
            new PerplexityOptions
            {
                Name = scorer.Name,
                Folder = DemoRun.ModelFolder,
                Precision = WeightPrecision.BFloat16,
            });
        Assert.Equal(scorer.Sha256, rounded.Sha256);
        Assert.NotEqual(scorer.Version, rounded.Version);
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        var before = LeakCheck.Baseline();
        using (var scorer = Scorer())
        {
            LeakCheck.TenTimes(() => scorer.ScoreInContextAsync(Texts, CancellationToken.None).AsTask().GetAwaiter().GetResult());
        }

        Assert.Equal(before, LiveTensors.Count);
    }

    private static PerplexityScorer Scorer() => new(new PerplexityOptions { Name = "perplexity-demo", Folder = DemoRun.ModelFolder });
}

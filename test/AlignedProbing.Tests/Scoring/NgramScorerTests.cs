using System.Diagnostics;
using AlignedProbing.Runs;
using AlignedProbing.Scoring;
using AlignedProbing.Scoring.Ngram;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Scoring;

public class NgramScorerTests
{
    [Fact]
    public void The_weights_are_those_of_this_version_and_of_the_card()
    {
        var scorer = new NgramScorer();

        Assert.Equal(("1.2", "be8dd6e7d14ac67e88405babfe0f275419d9fd31e8e90905ec828b41ad7b5b87"), (scorer.Version, scorer.Sha256));
        Assert.Contains(
            scorer.Sha256!,
            File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "docs", "reference", "scorers", "ngram.md")),
            StringComparison.Ordinal);
        using var stream = typeof(NgramScorer).Assembly.GetManifestResourceStream("AlignedProbing.Scoring.Ngram.ngram.bin")!;
        Assert.InRange(stream.Length, 1, 1_000_000);
    }

    [Theory]
    [InlineData("insult", "You are a stupid, worthless idiot.", "You are a kind and patient teacher.")]
    [InlineData("toxicity", "Shut up, you stupid idiot!", "Please sit down, the lesson begins.")]
    [InlineData("toxicity", "What an idiot.", "What an evening.")]
    [InlineData("threat", "I will kill you if you come here.", "I will call you if you come here.")]
    [InlineData("profanity", "Damn it, this is crap.", "Look at it, this is art.")]
    [InlineData("sexually_explicit", "They had sex all night.", "They had soup last night.")]
    public async Task Rude_sentences_score_above_friendly_ones(string attribute, string rude, string friendly)
    {
        var scores = await Score(rude, friendly);

        Assert.True(scores[0].Scores[attribute] > scores[1].Scores[attribute] + 0.1, $"{scores[0].Scores[attribute]} and {scores[1].Scores[attribute]}");
    }

    [Theory]
    [InlineData("gay")]
    [InlineData("Muslim")]
    [InlineData("Jewish")]
    [InlineData("transgender")]
    public async Task A_kind_mention_of_an_identity_is_no_attack_on_it(string identity)
    {
        var scores = await Score($"He told his parents that he is {identity}.", $"I am {identity}, and I teach maths.", $"All {identity} people are stupid.");

        Assert.InRange(scores[0].Scores["toxicity"], 0, 0.5);
        Assert.InRange(scores[1].Scores["toxicity"], 0, 0.5);
        Assert.InRange(scores[2].Scores["toxicity"], 0.6, 1);
    }

    [Theory]
    [InlineData("What a stupid idea!", "What a stuuuuupid idea!")]
    [InlineData("What a stupid idea!", "WHAT A STUPID IDEA!", 0.15)]
    [InlineData("What a stupid idea!", "What a $tup1d idea!")]
    [InlineData("What a stupid idea!", "What a stúpid idea!")]
    [InlineData("What a stupid idea!", "What a stu\u00adpid idea!")]
    [InlineData("What a stupid idea!", "What a ｓｔｕｐｉｄ idea!")]
    public async Task Spelling_tricks_change_little(string plain, string tricky, double most = 0.02)
    {
        var scores = await Score(plain, tricky);

        Assert.InRange(scores[1].Scores["toxicity"], scores[0].Scores["toxicity"] - most, scores[0].Scores["toxicity"] + most);
    }

    [Fact]
    public async Task A_text_is_scored_alike_alone_and_in_company()
    {
        string[] texts = ["You idiot.", "", "A quiet evening by the sea.", new string('x', 3000), "You idiot.", "\U0001F600!"];
        var together = await Score(texts);

        for (var i = 0; i < texts.Length; i++)
        {
            var alone = (await Score(texts[i]))[0];
            Assert.Equal(alone.Scores, together[i].Scores);
            Assert.Equal(alone.Missing, together[i].Missing);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \t\r\n")]
    [InlineData("\u0001\u0002\u200b\ufeff")]
    public async Task A_text_without_a_sign_is_missing(string text)
    {
        var score = (await Score(text))[0];

        Assert.Empty(score.Scores);
        Assert.Equal(new NgramScorer().Attributes, score.Missing.Keys);
        Assert.All(score.Missing.Values, reason => Assert.Equal(MissingReason.EmptyText, reason));
    }

    [Fact]
    public async Task Any_string_gets_scores_within_the_range_in_bounded_time()
    {
        var clock = Stopwatch.StartNew();
        string[] texts =
        [
            ".",
            "\ud800",
            "\udc00\ud800 a",
            "a\0b",
            "\uffff\ufffe",
            new string('!', 100_000),
            new string('a', 1_000_000),
            new string('\ud83d', 100_000),
            string.Concat(Enumerable.Repeat("you idiot ", 100_000)),
            string.Concat(Enumerable.Repeat("a ", 500_000)),
            string.Concat(Enumerable.Range(0, 0xffff).Select(c => (char)c)),
            string.Concat(Enumerable.Range(0, 200_000).Select(i => $"w{i} ")),
        ];

        var scores = await Score(texts);

        Assert.All(scores, score => Assert.Equal(7, score.Scores.Count));
        Assert.All(scores.SelectMany(score => score.Scores.Values), value => Assert.InRange(value, 0, 1));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 30);
    }

    [Fact]
    public async Task The_same_scores_come_from_several_threads()
    {
        string[] texts = [.. Enumerable.Range(0, 200).Select(i => $"Sentence number {i} about an idiot and {i % 7} cats")];
        var expected = await Score(texts);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Score(texts))));

        Assert.All(answers, answer => Assert.Equal(expected.Select(score => score.Scores["toxicity"]), answer.Select(score => score.Scores["toxicity"])));
    }

    [Fact]
    public void Bytes_that_are_no_model_are_refused()
    {
        using var stream = typeof(NgramScorer).Assembly.GetManifestResourceStream("AlignedProbing.Scoring.Ngram.ngram.bin")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        using var copy = new MemoryStream();
        NgramModel.Read(bytes).Write(copy);
        Assert.Equal(bytes, copy.ToArray());

        Assert.Throws<InvalidDataException>(() => NgramModel.Read([]));
        Assert.Throws<InvalidDataException>(() => NgramModel.Read(bytes.AsSpan(0, bytes.Length - 4)));
        Assert.Throws<InvalidDataException>(() => NgramModel.Read(Changed(0, 0)));
        // A number of the second stage that is NaN, and a table without an empty slot, where a search would not end.
        Assert.Throws<InvalidDataException>(() => NgramModel.Read(Changed(bytes.Length - 2, 0xff, 0xff)));
        Assert.Throws<InvalidDataException>(() => NgramModel.Read(Changed(48, [.. Enumerable.Repeat((byte)1, 2 * NgramTable.Slots)])));

        byte[] Changed(int at, params byte[] values)
        {
            var changed = (byte[])bytes.Clone();
            values.CopyTo(changed, at);
            return changed;
        }
    }

    private static async Task<IReadOnlyList<TextScore>> Score(params string[] texts) =>
        await new NgramScorer().ScoreAsync(texts, TestContext.Current.CancellationToken);
}

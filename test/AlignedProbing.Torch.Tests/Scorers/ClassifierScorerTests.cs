using AlignedProbing.Scoring;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Scorers.Classifiers;
using AlignedProbing.Torch.Tests.Native;
using TorchSharp;

using AlignedProbing.Torch.Weights;

namespace AlignedProbing.Torch.Tests.Scorers;

public sealed class ClassifierScorerTests : IDisposable
{
    private static readonly string[] Labels = ["toxic", "obscene", "neutral"];

    private static readonly string[] Texts =
    [
        "You are a kind person.",
        "you are stupid!",
        "and so on and so on",
        "the persons are not kind",
        "you",
        "a a a a a a a a a a a a a a a a a a a a a a",
        "!",
    ];

    private readonly TemporaryFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Scores_do_not_depend_on_the_batch_the_order_or_the_number_of_threads()
    {
        var options = TinyOptions();
        var expected = await Scores(options, Texts);
        Assert.Equal(Texts.Length, expected.Select(score => score["toxicity"]).Distinct().Count());
        foreach (var tokens in new[] { 1, 20, 100_000 })
        {
            Assert.Equal(expected, await Scores(options with { TokensAtATime = tokens }, Texts));
        }

        Assert.Equal(expected.AsEnumerable().Reverse(), await Scores(options, [.. Texts.AsEnumerable().Reverse()]));
        foreach (var (text, score) in Texts.Zip(expected))
        {
            Assert.Equal([score], await Scores(options, [text]));
        }

        var threads = torch.get_num_threads();
        try
        {
            torch.set_num_threads(1);
            Assert.Equal(expected, await Scores(options, Texts));
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }

    [Fact]
    public async Task Labels_become_attributes_and_those_that_say_nothing_are_left_out()
    {
        using var scorer = ClassifierScorer.Open(TinyOptions());
        Assert.Equal(["toxicity", "profanity"], scorer.Attributes);
        var scores = (await scorer.ScoreAsync(["you"], CancellationToken.None))[0].Scores;
        Assert.Equal(["toxicity", "profanity"], scores.Keys);
        Assert.All(scores.Values, score => Assert.InRange(score, 0, 1));
    }

    [Fact]
    public async Task A_softmax_adds_up_with_what_is_left_out()
    {
        var folder = TinyClassifier.Write(_home, ["neutral", "toxic"], problem: null);
        var toxic = await Scores(new ClassifierOptions { Name = "tiny", Folder = folder }, Texts);
        var neutral = await Scores(
            new ClassifierOptions
            {
                Name = "tiny",
                Folder = folder,
                Labels = new Dictionary<string, string?> { ["neutral"] = "calm", ["toxic"] = null },
            },
            Texts);
        Assert.All(toxic.Zip(neutral), pair => Assert.Equal(1, pair.First["toxicity"] + pair.Second["calm"], 5));
    }

    [Fact]
    public async Task A_text_that_is_too_long_is_cut_and_counted_and_its_special_tokens_stay()
    {
        using var scorer = ClassifierScorer.Open(TinyOptions());
        Assert.Null(scorer.Summary);
        // With [CLS] and [SEP] a text has room for 14 words.
        var fits = string.Join(' ', Enumerable.Repeat("you are", 7));
        var answers = await scorer.ScoreAsync([fits, fits + " stupid", fits + " kind kind kind"], CancellationToken.None);
        Assert.Equal(answers[0].Scores, answers[1].Scores);
        Assert.Equal(answers[0].Scores, answers[2].Scores);
        Assert.Equal([0, 1, 3], answers.Select(answer => answer.TokensCut));
        Assert.Equal("2 of 3 texts were longer than 16 tokens and cut", scorer.Summary);
        Assert.NotEqual(answers[0].Scores, (await scorer.ScoreAsync([fits[4..]], CancellationToken.None))[0].Scores);
    }

    [Fact]
    public async Task The_end_is_kept_where_the_tokenizer_says_so_and_fewer_tokens_where_the_user_says_so()
    {
        var options = TinyOptions() with { MaxTokens = 6 };
        File.WriteAllText(
            Path.Combine(options.Folder, "tokenizer_config.json"),
            """{"tokenizer_class": "BertTokenizer", "do_lower_case": true, "truncation_side": "left"}""");
        var scores = await Scores(options, ["stupid stupid you are a person", "you are a person", "stupid stupid you are"]);
        Assert.Equal(scores[1], scores[0]);
        Assert.NotEqual(scores[2], scores[0]);
    }

    [Fact]
    public async Task A_text_without_a_token_is_missing_and_so_is_an_empty_one()
    {
        using var scorer = ClassifierScorer.Open(TinyOptions());
        var answers = await scorer.ScoreAsync(["", "you", "\u0001\u200b"], CancellationToken.None);
        Assert.Equal("empty_text", answers[0].Missing["toxicity"]);
        Assert.Equal("empty_text", answers[2].Missing["profanity"]);
        Assert.Empty(answers[0].Scores);
        Assert.Empty(answers[1].Missing);
    }

    [Fact]
    public async Task A_regression_head_is_scaled_and_what_lies_outside_is_missing()
    {
        var folder = TinyClassifier.Write(_home, ["toxicity"], "regression", scale: 3);
        var raw = await Raw(new ClassifierOptions { Name = "tiny", Folder = folder, Range = (-100, 100) });
        var plain = await Raw(new ClassifierOptions { Name = "tiny", Folder = folder });
        var outside = 0;
        for (var i = 0; i < Texts.Length; i++)
        {
            var value = (raw[i].Scores["toxicity"] * 200) - 100;
            if (value is >= 0 and <= 1)
            {
                Assert.Equal(value, plain[i].Scores["toxicity"], 3);
            }
            else
            {
                outside++;
                Assert.Equal("out_of_range", plain[i].Missing["toxicity"]);
            }
        }

        Assert.InRange(outside, 1, Texts.Length);
    }

    [Fact]
    public void Whatever_changes_a_score_changes_the_version()
    {
        var options = TinyOptions();
        string[] versions =
        [
            Version(options),
            Version(options with { Activation = Activation.Softmax }),
            Version(options with { Labels = new Dictionary<string, string?> { ["toxic"] = "rude" } }),
            Version(options with { MaxTokens = 8 }),
            Version(options with { Range = (0, 2) }),
            Version(options with { Precision = WeightPrecision.BFloat16 }),
            Version(options with { Folder = TinyClassifier.Write(_home, Labels, scale: 2) }),
            Version(options with { Folder = TinyClassifier.Write(_home, Labels, change: config => config["layer_norm_eps"] = 1e-6) }),
        ];
        Assert.Equal(versions.Length, versions.Distinct().Count());
        Assert.Equal(versions[0], Version(options with { TokensAtATime = 7 }));
    }

    [Fact]
    public async Task A_text_with_a_token_that_the_model_has_no_row_for_is_missing_alone()
    {
        var options = TinyOptions();
        File.AppendAllText(Path.Combine(options.Folder, "vocab.txt"), "moreandmore\nwords\n");
        using var scorer = ClassifierScorer.Open(options);
        var answers = await scorer.ScoreAsync(["moreandmore", "a"], TestContext.Current.CancellationToken);
        Assert.All(answers[0].Missing.Values, reason => Assert.Equal("token_beyond_vocabulary", reason));
        Assert.NotEmpty(answers[0].Missing);
        Assert.NotEmpty(answers[1].Scores);
    }

    [Fact]
    public void A_tokenizer_whose_special_tokens_the_model_has_no_row_for_is_refused()
    {
        var options = TinyOptions();
        File.AppendAllText(Path.Combine(options.Folder, "vocab.txt"), "[FIRST]\n");
        File.WriteAllText(Path.Combine(options.Folder, "tokenizer_config.json"), """{"tokenizer_class":"BertTokenizer","cls_token":"[FIRST]"}""");
        Assert.Equal("classifier-tokenizer", Assert.Throws<InputException>(() => ClassifierScorer.Open(options)).Code);
    }

    [Fact]
    public void A_language_model_is_no_classifier()
    {
        var folder = TinyClassifier.Write(_home, Labels, change: config => config["model_type"] = "llama");
        var error = Assert.Throws<InputException>(() => ClassifierScorer.Open(new ClassifierOptions { Name = "tiny", Folder = folder }));
        Assert.Equal("model-type-unknown", error.Code);
        Assert.Contains("bert, deberta-v2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_are_not_possible_are_all_named()
    {
        var error = Assert.Throws<InputException>(() =>
            ClassifierScorer.Open(
                new ClassifierOptions
                {
                    Name = "No Name",
                    Folder = "x",
                    Range = (1, 0),
                    MaxTokens = 1,
                    TokensAtATime = 0,
                }));
        Assert.All(["No Name", "range 1 to 0", "max_tokens is 1", "0 tokens at a time"], fault =>
            Assert.Contains(fault, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_is_left_behind_also_where_opening_fails()
    {
        var options = TinyOptions();
        using (ClassifierScorer.Open(options))
        {
            // The first one makes what stays.
        }

        var before = LeakCheck.Baseline();
        using (var scorer = ClassifierScorer.Open(options))
        {
            LeakCheck.TenTimes(() => scorer.ScoreAsync(Texts, CancellationToken.None).AsTask().GetAwaiter().GetResult());
        }

        Assert.Equal(before, LiveTensors.Count);
        File.WriteAllText(Path.Combine(options.Folder, "vocab.txt"), "more\n");
        Assert.Throws<InputException>(() => ClassifierScorer.Open(options));
        Assert.Equal(before, LiveTensors.Count);
    }

    [Fact]
    public async Task Scoring_stops_when_asked_to()
    {
        using var scorer = ClassifierScorer.Open(TinyOptions());
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await scorer.ScoreAsync(Texts, new CancellationToken(canceled: true)));
    }

    private static string Version(ClassifierOptions options)
    {
        using var scorer = ClassifierScorer.Open(options);
        return scorer.Version;
    }

    private static async Task<IReadOnlyList<TextScore>> Raw(ClassifierOptions options)
    {
        using var scorer = ClassifierScorer.Open(options);
        return await scorer.ScoreAsync(Texts, CancellationToken.None);
    }

    private static async Task<IReadOnlyDictionary<string, double>[]> Scores(ClassifierOptions options, string[] texts)
    {
        using var scorer = ClassifierScorer.Open(options);
        return [.. (await scorer.ScoreAsync(texts, CancellationToken.None)).Select(answer => answer.Scores)];
    }

    private ClassifierOptions TinyOptions() => new() { Name = "tiny", Folder = TinyClassifier.Write(_home, Labels) };
}

using AlignedProbing.Scoring;
using AlignedProbing.Scoring.Judges;

namespace AlignedProbing.Tests.Scoring.Judges;

public sealed class JudgeScorerTests
{
    [Fact]
    public async Task Each_text_is_asked_about_once_for_each_attribute_and_what_cannot_be_read_is_missing()
    {
        var model = new Talker(question =>
            question.Text == "refused" ? new JudgeAnswer(null, JudgeAnswer.Refused)
            : question.Text == "chatty" ? new JudgeAnswer("I think it is 3", null)
            : new JudgeAnswer(question.Before.Contains("obscene", StringComparison.Ordinal) ? "9" : "1", null));
        using var scorer = new JudgeScorer("judge", model, JudgeRubric.BuiltIn, ["profanity", "threat"]);
        Assert.Null(scorer.Summary);

        var scores = await scorer.ScoreAsync(["plain", "chatty", "refused"], TestContext.Current.CancellationToken);

        Assert.Equal(6, model.Asked);
        Assert.Equal(["profanity", "threat"], scorer.Attributes);
        Assert.Equal([0.9, 0.1], new[] { scores[0].Scores["profanity"], scores[0].Scores["threat"] });
        Assert.Equal("unparsable_answer", scores[1].Missing["threat"]);
        Assert.Equal("judge_refused", scores[2].Missing["profanity"]);
        Assert.Empty(scores[1].Scores);
        Assert.Equal("2 of 6 answers (33.3 %) were a number and could be read; the first that could not: \"I think it is 3\"", scorer.Summary);
    }

    [Fact]
    public async Task Of_the_first_answer_that_could_not_be_read_no_more_is_shown_than_a_line()
    {
        using var scorer = new JudgeScorer(
            "judge",
            new Talker(_ => new JudgeAnswer("It is\n\u001b[2J" + new string('x', 1000), null)),
            JudgeRubric.BuiltIn,
            ["threat"]);
        await scorer.ScoreAsync(["a", "b"], TestContext.Current.CancellationToken);
        Assert.Equal(60, scorer.Summary!.Split('"')[1].Length - "…".Length);
        Assert.DoesNotContain(scorer.Summary, char.IsControl);
    }

    [Fact]
    public async Task Where_every_answer_is_a_number_there_is_no_example()
    {
        using var scorer = new JudgeScorer("judge", new Talker(_ => new JudgeAnswer(" 7\n", null)), JudgeRubric.BuiltIn, ["threat"]);
        await scorer.ScoreAsync(["a"], TestContext.Current.CancellationToken);
        Assert.Equal("1 of 1 answers (100.0 %) were a number and could be read", scorer.Summary);
    }

    [Fact]
    public void The_identity_changes_with_the_rubric_the_model_and_its_options()
    {
        string[] versions =
        [
            Version(new Talker(_ => default), JudgeRubric.BuiltIn),
            Version(new Talker(_ => default), JudgeRubric.BuiltIn with { Question = JudgeRubric.BuiltIn.Question + " Now." }),
            Version(new Talker(_ => default, "other"), JudgeRubric.BuiltIn),
        ];
        Assert.Equal(3, versions.Distinct().Count());
        Assert.Equal(versions[0], Version(new Talker(_ => default), JudgeRubric.BuiltIn));
        using var scorer = new JudgeScorer("judge", new Talker(_ => default), JudgeRubric.BuiltIn);
        Assert.Equal(JudgeRubric.BuiltIn.Sha256, ScorerIdentity.Of(scorer).Details!["rubric_sha256"]);
        Assert.Equal("talker", ScorerIdentity.Of(scorer).Details!["model"]);
        Assert.Equal(7, scorer.Attributes.Count);
    }

    [Fact]
    public void An_attribute_that_the_rubric_has_not_is_refused() =>
        Assert.Equal(
            "unknown-attribute",
            Assert.Throws<InputException>(() => new JudgeScorer("judge", new Talker(_ => default), JudgeRubric.BuiltIn, ["humour"])).Code);

    private static string Version(IJudgeModel model, JudgeRubric rubric)
    {
        using var scorer = new JudgeScorer("judge", model, rubric);
        return scorer.Version;
    }

    private sealed class Talker(Func<JudgeQuestion, JudgeAnswer> answer, string name = "talker") : IJudgeModel
    {
        public int Asked { get; private set; }

        public IReadOnlyDictionary<string, string> Details { get; } = new Dictionary<string, string> { ["model"] = name };

        public string? Sha256 => null;

        public ValueTask<IReadOnlyList<JudgeAnswer>> AskAsync(IReadOnlyList<JudgeQuestion> questions, CancellationToken cancellationToken)
        {
            Asked += questions.Count;
            return new([.. questions.Select(answer)]);
        }
    }
}

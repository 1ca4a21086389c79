using AlignedProbing.Scoring.Judges;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Scorers.Judges;
using AlignedProbing.Torch.Tests.Encoding;
using AlignedProbing.Torch.Tests.Native;

using AlignedProbing.Torch.Weights;

namespace AlignedProbing.Torch.Tests.Scorers;

/// <summary>The demo's model as a judge: it answers nonsense, but always the same.</summary>
public sealed class ModelJudgeTests : IDisposable
{
    private static readonly JudgeQuestion[] Questions =
    [
        .. Enumerable
            .Range(1, 6)
            .Select(i => new JudgeQuestion(i % 2 == 0 ? "Rate." : null, "How is ", string.Join(' ', Enumerable.Repeat("the dog", i)), "?")),
    ];

    private readonly TemporaryFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task An_answer_does_not_depend_on_the_batch()
    {
        using var together = new ModelJudge(Options());
        var expected = await together.AskAsync(Questions, CancellationToken.None);
        Assert.Equal(Questions.Length, expected.Count);
        Assert.All(expected, answer => Assert.NotNull(answer.Text));
        Assert.InRange(expected.Select(answer => answer.Text).Distinct().Count(), 2, Questions.Length);
        using var alone = new ModelJudge(Options() with { QuestionsAtATime = 1 });
        Assert.Equal(expected, await alone.AskAsync(Questions, CancellationToken.None));
        Assert.Equal(expected.Reverse(), await alone.AskAsync([.. Questions.AsEnumerable().Reverse()], CancellationToken.None));
    }

    [Fact]
    public async Task An_answer_is_cut_where_the_model_does_not_end_it_and_then_cannot_be_read()
    {
        using var longer = new ModelJudge(Options() with { AnswerTokens = 60 });
        using var shorter = new ModelJudge(Options() with { AnswerTokens = 2 });
        var (whole, cut) = (await longer.AskAsync(Questions, CancellationToken.None), await shorter.AskAsync(Questions, CancellationToken.None));
        Assert.All(whole.Zip(cut), pair => Assert.StartsWith(pair.Second.Text!, pair.First.Text!, StringComparison.Ordinal));
        Assert.All(cut.Where(answer => answer.Text!.Length > 0), answer => Assert.Equal("unparsable_answer", answer.Missing));
    }

    [Fact]
    public async Task A_question_that_does_not_fit_is_missing_and_the_others_are_answered()
    {
        using var judge = new ModelJudge(Options());
        var answers = await judge.AskAsync(
            [Questions[0], new JudgeQuestion(null, "", string.Join(' ', Enumerable.Repeat("dog", 2000)), ""), Questions[1]],
            CancellationToken.None);
        Assert.Equal(new JudgeAnswer(null, "too_long"), answers[1]);
        Assert.Equal(await judge.AskAsync([Questions[0], Questions[1]], CancellationToken.None), [answers[0], answers[2]]);
    }

    [Fact]
    public void A_model_without_a_chat_template_is_refused()
    {
        var error = Assert.Throws<InputException>(() => new ModelJudge(new ModelJudgeOptions { Folder = DemoRun.ModelFolder }));
        Assert.Equal("judge-template", error.Code);
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        using (new ModelJudge(Options()))
        {
            // Reading alone makes no tensor that stays.
        }

        var before = LeakCheck.Baseline();
        using (var judge = new ModelJudge(Options()))
        {
            LeakCheck.TenTimes(() => judge.AskAsync(Questions[..2], CancellationToken.None).AsTask().GetAwaiter().GetResult());
        }

        Assert.Equal(before, LiveTensors.Count);
    }

    [Fact]
    public void Weights_rounded_otherwise_and_longer_answers_are_another_judge()
    {
        using var judge = new ModelJudge(Options());
        using var rounded = new ModelJudge(Options() with { Precision = WeightPrecision.BFloat16, AnswerTokens = 9 });
        Assert.Equal(judge.Sha256, rounded.Sha256);
        Assert.NotEqual(judge.Details["precision"], rounded.Details["precision"]);
        Assert.NotEqual(judge.Details["answer_tokens"], rounded.Details["answer_tokens"]);
    }

    private ModelJudgeOptions Options()
    {
        var folder = _home["judge"];
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            foreach (var file in Directory.EnumerateFiles(DemoRun.ModelFolder))
            {
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            }

            File.WriteAllText(
                Path.Combine(folder, "chat_template.jinja"),
                "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}"
            );
        }

        return new ModelJudgeOptions { Folder = folder };
    }
}

using AlignedProbing.Analysis;
using AlignedProbing.Runs;
using AlignedProbing.Scoring;

namespace AlignedProbing.Tests.Analysis;

public class PropertyFindingsTests
{
    [Fact]
    public void Findings_judge_no_property_and_compare_none_with_a_scorer()
    {
        using var run = Encoded();
        PropertyScores.Run(run.Folder, new ScoringOptions(), null, TestContext.Current.CancellationToken);
        run.WriteScores(0, "zealous", SyntheticRun.Score("p0", null, ("toxicity", 0.5)), SyntheticRun.Score("p0", 0, ("toxicity", 0.5)));

        var findings = run.Analyse(new AnalysisOptions { Resamples = 50 });

        Assert.Equal(["mean"], findings.Behavior.Where(row => row.Scorer == "properties").Select(row => row.Metric).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal("zealous", findings.Behavior[0].Scorer);
        Assert.Empty(findings.ScorerComparisons);
        Assert.DoesNotContain(findings.KCurves, row => row.Scorer == "properties");
        Assert.DoesNotContain(findings.Examples, example => example.Scorer == "properties");
        // One of three 4-grams was said before; the others are too short to have any.
        var repetition = findings.Behavior.Single(row => row.Attribute == "repetition-4");
        Assert.Equal(1.0 / 3, repetition.Value!.Value, 12);
        Assert.Equal((1, 1), (repetition.N, repetition.Missing));
    }

    [Fact]
    public void Perplexity_under_another_model_is_over_all_tokens_and_neither_a_judgement_nor_the_runs_own()
    {
        using var run = Encoded();
        run.WriteScores(
            0,
            "perplexity-other",
            Read("p0", null, 0.25, 4),
            Read("p0", 0, 0.5, 2),
            Read("p0", 1, 0.125, 6),
            Read("p1", null, 0.5, 1),
            SyntheticRun.Score("p1", 0, ("token_probability", null)),
            Read("p1", 1, 0.25, 8));

        var findings = run.Analyse(new AnalysisOptions { Resamples = 50 });

        var rows = findings.Behavior.Where(row => row.Scorer == "perplexity-other").ToDictionary(row => (row.Attribute, row.Metric));
        Assert.Equal([("perplexity", "corpus"), ("prompt_perplexity", "corpus"), ("token_probability", "mean")], rows.Keys.Order());
        // exp((2 ln 2 + 6 ln 8 + 8 ln 4) / 16) and exp((4 ln 4 + ln 2) / 5).
        Assert.Equal(Math.Pow(2, 36 / 16.0), rows[("perplexity", "corpus")].Value!.Value, 12);
        Assert.Equal((2, 0), (rows[("perplexity", "corpus")].N, rows[("perplexity", "corpus")].Missing));
        Assert.Equal((null, MissingReason.TooFewRows), (rows[("perplexity", "corpus")].Low, rows[("perplexity", "corpus")].Reason));
        Assert.Equal(Math.Pow(2, 9 / 5.0), rows[("prompt_perplexity", "corpus")].Value!.Value, 12);
        // The model's own: exp(0.5 * 6 tokens + 1 * 1 + 1 * 3 over 10).
        Assert.Equal(Math.Exp(7.0 / 10), findings.Behavior.Single(row => row is { Scorer: "texts", Attribute: "perplexity" }).Value!.Value, 12);
        Assert.DoesNotContain(findings.KCurves, row => row.Scorer == "perplexity-other");
        Assert.DoesNotContain(findings.Examples, example => example.Scorer == "perplexity-other");
    }

    private static ScoredText Read(string prompt, int? number, double probability, int tokens) =>
        SyntheticRun.Score(prompt, number, ("token_probability", probability)) with
        {
            Tokens = tokens,
        };

    private static SyntheticRun Encoded()
    {
        var run = new SyntheticRun(SyntheticRun.MakePrompts(2));
        run.Encode(
            0,
            [
                SyntheticRun.Continuation("p0", 0, "a b a b a b", 6, -0.5),
                SyntheticRun.Continuation("p0", 1, "word", 1),
                SyntheticRun.Continuation("p1", 0, "", 0, null),
                SyntheticRun.Continuation("p1", 1, "one two three", 3),
            ]);
        return run;
    }
}

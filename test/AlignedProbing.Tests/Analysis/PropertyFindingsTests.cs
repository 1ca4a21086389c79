using AlignedProbing.Analysis;
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

        Assert.Equal(["TC", "mean"], findings.Behavior.Where(row => row.Scorer == "properties").Select(row => row.Metric).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal("zealous", findings.Behavior[0].Scorer);
        Assert.Empty(findings.ScorerComparisons);
        Assert.DoesNotContain(findings.KCurves, row => row.Scorer == "properties");
        Assert.DoesNotContain(findings.Examples, example => example.Scorer == "properties");
        // One of three 4-grams was said before; the others are too short to have any.
        var repetition = findings.Behavior.Single(row => row.Attribute == "repetition-4");
        Assert.Equal(1.0 / 3, repetition.Value!.Value, 12);
        Assert.Equal((1, 1), (repetition.N, repetition.Missing));
    }

    private static SyntheticRun Encoded()
    {
        var run = new SyntheticRun(SyntheticRun.MakePrompts(2));
        run.Encode(0, [SyntheticRun.Continuation("p0", 0, "a b a b a b", 6, -0.5), SyntheticRun.Continuation("p0", 1, "word", 1), SyntheticRun.Continuation("p1", 0, "", 0, null), SyntheticRun.Continuation("p1", 1, "one two three", 3)]);
        return run;
    }
}

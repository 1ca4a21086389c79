using AlignedProbing.Analysis;
using AlignedProbing.Runs;

namespace AlignedProbing.Tests.Analysis;

public class TextPropertyTests
{
    private static BehaviorFinding Row(Findings findings, string property) =>
        findings.Behavior.Single(row => row.Scorer == BehaviorFinding.Texts && row.Attribute == property);

    [Fact]
    public void Distinct_n_counts_words_of_all_continuations_of_a_prompt()
    {
        var shares = DistinctNGrams.Of([" The cat, the CAT", "the dog's tail!"]);
        // Words: the cat the cat | the dog's tail: 4 of 7 differ. Pairs: the-cat cat-the the-cat | the-dog's dog's-tail: 4 of 5. Triples: 3 of 3. Fours: 1 of
        // 1.
        Assert.Equal([4.0 / 7, 4.0 / 5, 1, 1], shares);
        Assert.Equal([1, null, null, null], DistinctNGrams.Of(["word", "...", ""]));
        Assert.Equal([null, null, null, null], DistinctNGrams.Of([" ?! "]));
    }

    [Fact]
    public void Length_variety_and_perplexity_are_those_computed_by_hand()
    {
        using var run = new SyntheticRun(SyntheticRun.MakePrompts(3), chunk: 4);
        run.WriteScores(0, "ngram", SyntheticRun.Score("p0", 0, ("toxicity", 0.1)));
        run.Encode(
            0,
            [
                SyntheticRun.Continuation("p0", 0, "a b", 4, -2), SyntheticRun.Continuation("p0", 1, "a a", 2, -0.5),
                SyntheticRun.Continuation("p1", 0, "c", 6, -1), SyntheticRun.Continuation("p1", 1, "", 0),
                // What encoding writes for a prompt it could not continue is not a continuation of length 0.
                SyntheticRun.Continuation("p2", 0, "", 0) with { End = ContinuationEnd.None, Missing = MissingReason.EmptyPrompt },
                SyntheticRun.Continuation("p2", 1, "", 0) with { End = ContinuationEnd.None, Missing = MissingReason.EmptyPrompt },
            ],
            new Dictionary<string, string> { ["p2"] = MissingReason.EmptyPrompt });
        var findings = run.Analyse(new AnalysisOptions { Resamples = 100 });
        Assert.Equal((3.0 + 3.0) / 2, Row(findings, "length").Value);
        Assert.Equal((0.5 + 1) / 2, Row(findings, "distinct-1").Value);
        Assert.Equal(1.0, Row(findings, "distinct-2").Value);
        Assert.Equal(1, Row(findings, "distinct-2").N);
        Assert.Equal(Math.Exp((8 + 1 + 6) / 12.0), Row(findings, "perplexity").Value!.Value, 12);
        Assert.Equal(
            (2, 1, 1),
            (Row(findings, "length").N, Row(findings, "length").Missing, Row(findings, "length").MissingByReason![MissingReason.EmptyPrompt]));
        // Continuation 0 is kept: those of p0 and p1 are there, that of p2 is missing with its prompt.
        Assert.Contains(findings.Missing, count => count is { Where: "output vectors", Reason: MissingReason.EmptyPrompt, Count: 1, Of: 3 });
        Assert.Contains(findings.Missing, count => count is { Where: "input vectors", Reason: MissingReason.EmptyPrompt, Count: 1, Of: 3 });
    }

    [Fact]
    public void Repetition_is_what_a_continuation_says_again_and_not_what_another_has_said()
    {
        using var run = new SyntheticRun(SyntheticRun.MakePrompts(2), chunk: 4);
        run.WriteScores(0, "ngram", SyntheticRun.Score("p0", 0, ("toxicity", 0.1)));
        run.Encode(
            0,
            [
                // 4-grams of p0, 0: a-b-c-a, b-c-a-b, c-a-b-c, a-b-c-a: one of four was there before. Those of p0, 1 are new to it.
                SyntheticRun.Continuation("p0", 0, "a b c a b c a", 7, -2), SyntheticRun.Continuation("p0", 1, "a b c a", 4, -0.5),
                SyntheticRun.Continuation("p1", 0, "too short", 2, -1), SyntheticRun.Continuation("p1", 1, "", 0),
            ],
            new Dictionary<string, string>());
        var row = Row(run.Analyse(new AnalysisOptions { Resamples = 100 }), "repetition-4");
        Assert.Equal((0.25 + 0) / 2, row.Value);
        Assert.Equal((1, 1), (row.N, row.Missing));
    }
}

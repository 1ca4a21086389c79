using AlignedProbing.Files;
using System.Text.Json;
using AlignedProbing.Analysis.RunComparisons;
using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Tests.Analysis;

public sealed partial class RunComparisonTests : IDisposable
{
    private const int Hundred = 100;

    private static readonly ComparisonOptions Quick = new() { Resamples = 200 };

    private readonly List<SyntheticRun> _runs = [];

    public void Dispose() => _runs.ForEach(run => run.Dispose());

    [Fact]
    public void The_interval_of_a_difference_that_is_0_or_1_is_the_binomial_distributions()
    {
        // The baseline is toxic nowhere, the run for 30 of 100 prompts: a resample's difference is binomial with n = 100 and p = .3.
        var (none, some) = (Scored((_, _) => 0.25), Scored((prompt, _) => prompt % 10 < 3 ? 0.75 : 0.25));
        var found = Row(Compare(Quick with { Resamples = 10_000 }, none, some), "TP");
        Assert.Equal((0.0, 0.3, 0.3, Hundred), (found.BaselineValue, found.RunValue, found.Difference, found.N));
        // P(X <= 20) = .0165, P(X <= 21) = .0288; P(X <= 38) = .9660, P(X <= 39) = .9790 (tables of the binomial distribution).
        Assert.Equal((0.21, 0.39), (found.Low!.Value, found.High!.Value));
        // Its standard error is sqrt(.3 x .7 / 100), known exactly.
        Assert.Equal(0.3 / Math.Sqrt(0.3 * 0.7 / Hundred), Z(found.P!.Value), 0.15);
    }

    [Fact]
    public void The_interval_of_a_mean_difference_is_that_of_differences_of_pairs_and_not_of_two_samples()
    {
        // Prompts differ a lot, the two runs on one prompt by .02 to .06: pairing takes the former out.
        var (one, other) = (
            Scored((prompt, _) => 0.9 * SyntheticRun.Uniform(1, prompt)),
            Scored((prompt, _) => (0.9 * SyntheticRun.Uniform(1, prompt)) + 0.02 + (0.04 * SyntheticRun.Uniform(2, prompt))));
        var found = Row(Compare(Quick with { Resamples = 4000 }, one, other), "mean");
        double[] pairs = [.. Enumerable.Range(0, Hundred).Select(prompt => 0.02 + (0.04 * SyntheticRun.Uniform(2, prompt)))];
        var error = Moments.StandardDeviation(pairs, 0).Value!.Value / Math.Sqrt(Hundred);
        Assert.Equal(pairs.Average(), found.Difference!.Value, 12);
        Assert.Equal(pairs.Average() - (1.959964 * error), found.Low!.Value, 0.1 * error);
        Assert.Equal(pairs.Average() + (1.959964 * error), found.High!.Value, 0.1 * error);
    }

    [Fact]
    public void Identical_runs_differ_by_exactly_nothing_with_a_p_of_1()
    {
        double? Score(int prompt, int number) => SyntheticRun.Uniform(prompt, number + 2);
        var findings = Compare(Quick, Scored(Score, samples: 3), Scored(Score, samples: 3));
        Assert.NotEmpty(findings.Differences);
        Assert.All(findings.Differences.Where(row => row.Difference is not null), row =>
            Assert.Equal((0.0, 0.0, 0.0, 1.0, 1.0), (row.Difference, row.Low, row.High, row.P, row.AdjustedP)));
        Assert.Contains(findings.Differences, row => row is { Metric: "TC", Subset: "all", Difference: 0 });
        Assert.Empty(findings.Runs[1].Changed);
    }

    [Fact]
    public void A_property_of_texts_is_compared_by_its_mean_alone_and_stands_behind_judgements()
    {
        var findings = Compare(Quick, Both(0), Both(0.1));
        Assert.Equal([("zealous", "EMT"), ("a-reader", "mean")], findings.Differences.DistinctBy(row => row.Scorer).Select(row => (row.Scorer, row.Metric)));
        var property = Assert.Single(findings.Differences, row => row.Scorer == "a-reader");
        Assert.Equal(("token_probability", "all", 0.1), (property.Attribute, property.Subset, Math.Round(property.Difference!.Value, 12)));

        SyntheticRun Both(double more)
        {
            var run = Make(1, prompt => [prompt], (prompt, number) => [("toxicity", SyntheticRun.Uniform(prompt, number))], scorer: "zealous");
            run.WriteScores(
                0,
                "a-reader",
                [
                    .. run.Prompts.Select(
                        (prompt, i) => SyntheticRun.Score(prompt.Id, 0, (TextProperty.TokenProbability, 0.1 + more + (0.5 * SyntheticRun.Uniform(i, 7))))),
                ]);
            return run;
        }
    }

    [Fact]
    public void A_planted_difference_is_found_and_its_neighbours_are_not_after_correction_for_their_number()
    {
        var (one, other) = (Several(0), Several(0.1));
        var rows = Compare(Quick, one, other).Differences.Where(row => row is { Metric: "EMT", Subset: "all" }).ToArray();
        Assert.Equal(["toxicity", "insult", "threat"], rows.Select(row => row.Attribute));
        Assert.All(rows, row => Assert.Equal(3, row.Comparisons));
        var adjusted = Holm.Adjusted([.. rows.Select(row => row.P!.Value)]);
        Assert.Equal(adjusted, rows.Select(row => row.AdjustedP!.Value));
        Assert.True(rows[0].AdjustedP < 0.001 && rows[0].Low > 0.05);
        Assert.All(rows[1..], row => Assert.True(row.AdjustedP > 0.05));

        SyntheticRun Several(double more) => Make(1, prompt => [prompt], (prompt, number) =>
        [
            ("toxicity", Math.Min(1, (0.5 * SyntheticRun.Uniform(prompt, number)) + more)),
            ("insult", SyntheticRun.Uniform(prompt, 50 + number + (int)(100 * more))),
            ("threat", SyntheticRun.Uniform(prompt, 90 + number + (int)(100 * more))),
        ]);
    }

    [Fact]
    public void Swapped_runs_give_the_negated_difference_whatever_the_order_of_their_prompts()
    {
        var one = Scored((prompt, number) => SyntheticRun.Uniform(prompt, number), samples: 2);
        var other = Make(2, prompt => [Hundred - 1 - prompt], (prompt, number) => [("toxicity", SyntheticRun.Uniform(prompt, 7 + number))]);
        var (there, back) = (Compare(Quick, one, other), Compare(Quick, other, one));
        Assert.Equal(there.Differences.Count, back.Differences.Count);
        foreach (var row in there.Differences.Where(row => row.Subset == "all"))
        {
            var swapped = Row(back, row.Metric);
            Assert.Equal(-row.Difference!.Value, swapped.Difference!.Value, 12);
            Assert.Equal(-row.Low!.Value, swapped.High!.Value, 12);
            Assert.Equal(row.P!.Value, swapped.P!.Value, 1e-9);
        }
    }

    [Fact]
    public void With_other_numbers_of_continuations_figures_are_those_of_the_smaller_number()
    {
        double? Score(int prompt, int number) => SyntheticRun.Uniform(prompt, number + 5);
        var findings = Compare(Quick, Scored(Score, samples: 2), Scored(Score, samples: 4));
        // All six pairs of four.
        var pairs = Enumerable.Range(0, 4).SelectMany(i => Enumerable.Range(i + 1, 3 - i).Select(j => (i, j))).ToArray();
        var expected = Enumerable
            .Range(0, Hundred)
            .Average(prompt => pairs.Average(pair => Math.Max(Score(prompt, pair.i)!.Value, Score(prompt, pair.j)!.Value)));
        var found = Row(findings, "EMT");
        Assert.Equal((2, Hundred), (found.K, found.N));
        Assert.Equal(expected, found.RunValue!.Value, 12);
        Assert.Equal(
            Enumerable.Range(0, Hundred).Average(prompt => Math.Max(Score(prompt, 0)!.Value, Score(prompt, 1)!.Value)),
            found.BaselineValue!.Value,
            12);
        // A correlation with a mean grows with what is averaged: the first two in both, hence no difference at all.
        Assert.Equal(0.0, Row(findings, "TC").Difference);
        Assert.Contains(findings.Warnings, warning => warning.Contains("those of 2 a prompt", StringComparison.Ordinal));
    }

    [Fact]
    public void Only_prompts_of_the_same_id_and_text_are_compared_and_counted()
    {
        var one = Scored((prompt, _) => SyntheticRun.Uniform(prompt, 1));
        // The last forty of the first and twenty others; five of the forty have another text.
        Prompt[] prompts = [.. Enumerable.Range(60, 60).Select(i => new Prompt { Id = $"p{i}", Text = i is >= 60 and < 65 ? "Another text" : $"Prompt {i}" })];
        var other = Make(1, prompt => [prompt], (prompt, _) => [("toxicity", SyntheticRun.Uniform(prompt, 1) / 2)], prompts);
        var findings = Compare(Quick, one, other);
        Assert.Equal((35, 5), (findings.CommonPrompts, findings.OtherTexts));
        Assert.Equal([100, 60], findings.Runs.Select(run => run.Prompts));
        var found = Row(findings, "EMT");
        Assert.Equal(35, found.N);
        Assert.Equal(Enumerable.Range(65, 35).Average(prompt => SyntheticRun.Uniform(prompt, 1)), found.BaselineValue!.Value, 12);
        Assert.Equal(-found.BaselineValue.Value / 2, found.Difference!.Value, 12);
        Assert.Contains(findings.Warnings, warning =>
            warning.Contains("35 that all have", StringComparison.Ordinal) && warning.Contains("5 ids name different texts", StringComparison.Ordinal));
    }

    [Fact]
    public void A_prompt_that_one_run_has_no_score_for_is_left_out_of_all()
    {
        var one = Scored((prompt, number) => prompt == 3 && number == 1 ? null : 0.4, samples: 2);
        var other = Scored((prompt, _) => prompt == 8 ? null : 0.6, samples: 2);
        var findings = Compare(Quick, one, other);
        Assert.Equal((98, 99), (Row(findings, "EMT").N, Row(findings, "mean").N));
        Assert.Equal(0.2, Row(findings, "EMT").Difference!.Value, 12);
    }

    [Fact]
    public void Unlike_scorers_are_refused_and_labelled_where_they_are_asked_for()
    {
        var (one, other) = (Scored((_, _) => 0.2), Scored((_, _) => 0.4, scorer: "another"));
        var error = Assert.Throws<InputException>(() => Compare(Quick, one, other));
        Assert.Equal("scorers-differ", error.Code);
        Assert.Contains("--across-scorers", error.Remedy, StringComparison.Ordinal);
        var findings = Compare(Quick with { AcrossScorers = true }, one, other);
        Assert.True(findings.AcrossScorers);
        Assert.DoesNotContain(findings.LeftOut, part => part.What.StartsWith("scores of", StringComparison.Ordinal));
        Assert.All(findings.Differences, row => Assert.Equal(("ngram / another", true), (row.Scorer, row.IsAcrossScorers)));
        Assert.Contains(findings.Warnings, warning => warning.StartsWith("Unlike scorers", StringComparison.Ordinal));
    }

    [Fact]
    public void Two_versions_of_a_scorer_are_unlike_and_a_shared_scorer_is_compared_alone()
    {
        var (one, other) = (Scored((_, _) => 0.2), Scored((_, _) => 0.4));
        Identify(one, "ngram", """{"name":"ngram","version":"1.0"}""");
        Identify(other, "ngram", """{"name":"ngram","version":"1.1"}""");
        Assert.Equal("scorers-differ", Assert.Throws<InputException>(() => Compare(Quick, one, other)).Code);
        Assert.All(Compare(Quick with { AcrossScorers = true }, one, other).Differences, row =>
            Assert.Equal(("ngram / ngram", true), (row.Scorer, row.IsAcrossScorers)));
        foreach (var run in new[] { one, other })
        {
            run.WriteScores(
                0,
                "shared",
                [
                    .. run.Prompts.SelectMany(
                        (_, i) => new[] { SyntheticRun.Score($"p{i}", null, ("toxicity", 0.5)), SyntheticRun.Score($"p{i}", 0, ("toxicity", 0.5)) }),
                ]);
        }

        var findings = Compare(Quick, one, other);
        Assert.All(findings.Differences, row => Assert.Equal("shared", row.Scorer));
        Assert.Contains(findings.LeftOut, part => part.What == "scores of ngram" && part.Why.Contains("version differs", StringComparison.Ordinal));
        Assert.False(findings.AcrossScorers);
    }

    [Fact]
    public void Given_scores_that_contradict_each_other_are_unlike()
    {
        Prompt[] Given(double score) =>
            [.. SyntheticRun.MakePrompts(Hundred).Select(prompt => prompt with { Scores = new Dictionary<string, double?> { ["toxicity"] = score } })];
        var one = Make(1, prompt => [prompt], (_, _) => [("toxicity", 0.5)], Given(0.2), "given");
        Assert.Equal(
            "scorers-differ",
            Assert.Throws<InputException>(() => Compare(Quick, one, Make(1, prompt => [prompt], (_, _) => [("toxicity", 0.5)], Given(0.3), "given"))).Code);
        Assert.NotEmpty(Compare(Quick, one, Make(1, prompt => [prompt], (_, _) => [("toxicity", 0.5)], Given(0.2), "given")).Differences);
    }

    [Fact]
    public void What_differs_in_how_runs_were_made_is_listed_and_more_than_one_thing_is_warned_about()
    {
        var one = Scored((_, _) => 0.2);
        var quantised = Scored((_, _) => 0.2, change: manifest => manifest with { Model = manifest.Model with { Precision = "four_bit" } });
        var confounded = Scored(
            (_, _) => 0.2,
            change: manifest =>
                manifest with
                {
                    Model = manifest.Model with { Precision = "four_bit" },
                    Encoding = manifest.Encoding with { Template = 3, TemplateSystem = "Be brief.", Temperature = 0.7 },
                });
        var findings = Compare(Quick, one, quantised, confounded);
        Assert.Equal(["full", "four_bit", "four_bit"], Assert.Single(findings.Facts, fact => fact.Name == "model.precision").Values);
        Assert.Equal([null, null, "Be brief."], Assert.Single(findings.Facts, fact => fact.Name == "encoding.template_system").Values);
        Assert.False(findings.Facts.Single(fact => fact.Name == "model.name").Differs);
        Assert.Equal(["precision"], findings.Runs[1].Changed);
        Assert.Equal(["precision", "sampling", "template"], findings.Runs[2].Changed.Order());
        Assert.Single(findings.Warnings, warning => warning.Contains("in more than one thing", StringComparison.Ordinal));
        // Two runs against one baseline: both are in the family.
        Assert.Equal(2, Row(findings, "EMT", findings.Runs[1].Name).Comparisons);
    }

    [Fact]
    public void What_only_some_runs_had_done_is_one_fact()
    {
        var (one, other) = (Scored((_, _) => 0.2), Scored((_, _) => 0.2));
        Identify(one, "ngram", """{"name":"ngram","version":"1.0"}""");
        Identify(other, "ngram", """{"name":"ngram","version":"1.0"}""");
        one.WriteScores(0, "a.b", SyntheticRun.Score("p0", 0, ("toxicity", 0.5)));
        Identify(one, "a.b", """{"name":"a.b","version":"2","details":{"one":"x","two":"y"}}""");
        var facts = Compare(Quick, one, other).Facts;
        Assert.Equal(["done", null], Assert.Single(facts, fact => fact.Name.StartsWith("scores.a.b", StringComparison.Ordinal)).Values);
        Assert.Contains(facts, fact => fact.Name == "scores.ngram.version" && !fact.Differs);
    }

    [Fact]
    public void A_run_that_is_not_finished_is_compared_by_what_is_there_and_named()
    {
        var (one, other) = (Scored((_, _) => 0.2, chunk: 50), Scored((_, _) => 0.4, chunk: 50));
        File.Delete(other.Folder.ScoresPath("ngram", 1));
        var findings = Compare(Quick, one, other);
        Assert.Equal(50, Row(findings, "EMT").N);
        Assert.Contains(findings.Warnings, warning =>
            warning.Contains("is not finished", StringComparison.Ordinal) && warning.Contains("1 of 2 chunks are not scored by ngram", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Texts_are_compared_and_perplexity_is_that_of_the_corpus()
    {
        var (one, other) = (Scored((_, _) => 0.2), Scored((_, _) => 0.2));
        one.Encode(0, [.. Enumerable.Range(0, Hundred).Select(i => SyntheticRun.Continuation($"p{i}", 0, "one two", 4 + (i % 3), -1))]);
        other.Encode(0, [.. Enumerable.Range(0, Hundred).Select(i => SyntheticRun.Continuation($"p{i}", 0, "one one", 5 + (i % 3), -2))]);
        var texts = Compare(Quick, one, other).Differences.Where(row => row.Kind == "texts").ToDictionary(row => row.Attribute);
        Assert.Equal(Math.Exp(2) - Math.E, texts["perplexity"].Difference!.Value, 9);
        // One token more for every prompt: no resample can show anything else.
        Assert.Equal((1.0, 1.0, 1.0), (texts["length"].Difference!.Value, texts["length"].Low!.Value, texts["length"].High!.Value), (x, y) =>
            Math.Abs(x.Item1 - y.Item1) + Math.Abs(x.Item2 - y.Item2) + Math.Abs(x.Item3 - y.Item3) < 1e-12);
        Assert.Equal(-0.5, texts["distinct-1"].Difference!.Value, 12);
        Assert.All(texts.Values, row => Assert.Equal("texts", row.Scorer));
    }

    [Fact]
    public void Tokens_of_unlike_tokenizers_are_not_compared()
    {
        Func<Manifest, Manifest> Tokenizer(string hash) =>
            manifest => manifest with { Model = manifest.Model with { Sha256 = new SortedDictionary<string, string> { ["tokenizer.json"] = hash } } };
        var (one, other) = (Scored((_, _) => 0.2, change: Tokenizer("a")), Scored((_, _) => 0.2, change: Tokenizer("b")));
        foreach (var run in new[] { one, other })
        {
            run.Encode(0, [.. Enumerable.Range(0, Hundred).Select(i => SyntheticRun.Continuation($"p{i}", 0, "one two", 4))]);
        }

        var findings = Compare(Quick, one, other);
        Assert.Equal(
            ["distinct-1", "distinct-2"],
            findings.Differences.Where(row => row is { Kind: "texts", Difference: not null }).Select(row => row.Attribute).Order());
        Assert.Contains(findings.LeftOut, part => part.What == "length and perplexity");
    }

    [Fact]
    public void Who_wrote_the_continuations_is_said_where_it_was_not_the_model()
    {
        Func<Manifest, Manifest> given = manifest => manifest with { Encoding = manifest.Encoding with { Continuations = "given" } };
        var (one, other) = (Scored((_, _) => 0.2, change: given), Scored((_, _) => 0.2, change: given));
        Assert.Contains(Compare(Quick, one, other).Warnings, warning => warning.StartsWith("Continuations are given in all runs", StringComparison.Ordinal));
        Assert.Contains(Compare(Quick, one, Scored((_, _) => 0.2)).Warnings, warning => warning.StartsWith("Some runs sampled", StringComparison.Ordinal));
    }

    [Fact]
    public void Properties_of_texts_that_a_scorer_gives_have_a_mean_and_nothing_else()
    {
        var runs = Enumerable
            .Range(0, 2)
            .Select(run => Make(1, prompt => [prompt], (prompt, _) => [("toxicity", 0.3), ("token_probability", SyntheticRun.Uniform(prompt, run))]))
            .ToArray();
        var rows = Compare(Quick, runs).Differences.Where(row => row.Attribute == "token_probability").ToArray();
        Assert.Equal(("mean", "all"), (Assert.Single(rows).Metric, rows[0].Subset));
    }

    [Fact]
    public void Few_prompts_have_no_interval_and_no_p_and_a_reason()
    {
        var one = Make(1, prompt => [prompt], (prompt, _) => [("toxicity", SyntheticRun.Uniform(prompt, 0))], SyntheticRun.MakePrompts(19));
        var other = Make(1, prompt => [prompt], (prompt, _) => [("toxicity", SyntheticRun.Uniform(prompt, 1))], SyntheticRun.MakePrompts(19));
        var found = Row(Compare(Quick, one, other), "EMT");
        Assert.NotNull(found.Difference);
        Assert.Equal((null, null, null, 0, MissingReason.TooFewRows), (found.Low, found.P, found.AdjustedP, found.Comparisons, found.Reason));
    }

    [Fact]
    public void Runs_that_cannot_be_compared_are_an_error_that_says_why()
    {
        var one = Scored((_, _) => 0.2);
        var strange = Make(
            1,
            prompt => [prompt],
            (_, _) => [("toxicity", 0.1)],
            [.. Enumerable.Range(0, 5).Select(i => new Prompt { Id = $"q{i}", Text = "x" })]);
        Assert.Equal("nothing-to-compare", Assert.Throws<InputException>(() => Compare(Quick, one, strange)).Code);
        Assert.Equal("wrong-usage", Assert.Throws<InputException>(() => Compare(Quick, one)).Code);
        Assert.Equal("wrong-usage", Assert.Throws<InputException>(() => Compare(Quick, one, one)).Code);
        Assert.Equal("wrong-usage", Assert.Throws<InputException>(() => Compare(Quick with { Resamples = 0 }, one, strange)).Code);
        Assert.Equal("nothing-to-compare", Assert.Throws<InputException>(() => Compare(Quick with { Scorers = ["nobody"] }, one, Scored((_, _) => 0.1))).Code);
        Identify(one, "ngram", "{ no JSON");
        Assert.Equal("run-folder-broken", Assert.Throws<InputException>(() => Compare(Quick, one, Scored((_, _) => 0.1))).Code);
    }

    [Fact]
    public async Task The_result_does_not_depend_on_threads()
    {
        var (one, other) = (
            Scored((prompt, number) => SyntheticRun.Uniform(prompt, number), samples: 3),
            Scored((prompt, number) => SyntheticRun.Uniform(prompt, 9 + number), samples: 3));
        var scheduler = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, 1).ConcurrentScheduler;
        var alone = await Task.Factory.StartNew(() => Compare(Quick, one, other), CancellationToken.None, TaskCreationOptions.None, scheduler);
        Assert.Equal(JsonSerializer.Serialize(alone, RecordJson.Line), JsonSerializer.Serialize(Compare(Quick, one, other), RecordJson.Line));
    }

    [Theory]
    [InlineData("a;b", "/runs/a", "/runs/b")]
    [InlineData("one/run;two/run", "/x/one/run", "/x/two/run")]
    [InlineData("x/one/run;y/one/run;y/two/run", "/x/one/run", "/y/one/run", "/y/two/run")]
    public void Runs_are_called_by_as_much_of_their_path_as_tells_them_apart(string names, params string[] paths) =>
        Assert.Equal(names.Split(';'), ComparedNames.Of(paths));
}

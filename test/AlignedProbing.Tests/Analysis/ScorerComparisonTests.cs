using AlignedProbing.Analysis;
using AlignedProbing.Analysis.ScorerComparisons;
using AlignedProbing.Reports;
using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Tests.Analysis;

public class ScorerComparisonTests
{
    private static readonly AnalysisOptions Quick = new() { Resamples = 200 };

    [Fact]
    public void Measures_are_those_computed_by_hand()
    {
        double[] x = [0.1, 0.6, 0.4, 0.9], y = [0.2, 0.4, 0.4, 0.8];
        var pair = Compare(Table("one", x), Table("two", y));

        Assert.Equal(Pearson.Of(x, y).Value!.Value, Value(pair, "pearson"), 12);
        Assert.Equal(Spearman.Of(x, y).Value!.Value, Value(pair, "spearman"), 12);
        Assert.Equal(3.0 / 4, Value(pair, "same-side"), 12);
        Assert.Equal((-0.1 + 0.2 + 0 + 0.1) / 4, Value(pair, "difference"), 12);
        Assert.Equal(Math.Sqrt((0.01 + 0.04 + 0 + 0.01) / 4), Value(pair, "rmse"), 12);
        // Every text in a bin of its own.
        Assert.Equal((0.1 + 0.2 + 0 + 0.1) / 4, Value(pair, "calibration-error"), 12);
        Assert.Equal([0.1, 0.4, 0.6, 0.9], pair.Reliability.Single().Bins.Select(bin => bin.First));
        Assert.Equal([0.2, 0.4, 0.4, 0.8], pair.Reliability.Single().Bins.Select(bin => bin.Second));
    }

    [Fact]
    public void Intervals_are_those_of_rows_drawn_and_measured_anew()
    {
        const int Prompts = 12;
        var (x, y) = (
            Enumerable.Range(0, Prompts).Select(i => Math.Round(SyntheticRun.Uniform(1, i), 1)).ToArray(),
            Enumerable.Range(0, Prompts).Select(i => Math.Round(SyntheticRun.Uniform(2, i), 1)).ToArray());
        var found = Compare(Table("one", x), Table("two", y)).Agreement;

        var drawn = Enumerable.Range(0, Quick.Resamples).Select(resample =>
        {
            var rows = new int[Prompts];
            Bootstrap.DrawRows(0, resample, rows);
            return (X: rows.Select(row => x[row]).ToArray(), Y: rows.Select(row => y[row]).ToArray());
        }).ToArray();
        AssertInterval("pearson", drawn.Select(rows => Pearson.Of(rows.X, rows.Y).Value ?? double.NaN));
        AssertInterval("spearman", drawn.Select(rows => Spearman.Of(rows.X, rows.Y).Value ?? double.NaN));
        AssertInterval("rmse", drawn.Select(rows => Math.Sqrt(rows.X.Zip(rows.Y, (a, b) => (a - b) * (a - b)).Average())));

        void AssertInterval(string measure, IEnumerable<double> resampled)
        {
            var (low, high) = Bootstrap.Interval(resampled.ToArray());
            var row = found.Single(row => row.Measure == measure && row.Texts == "all");
            Assert.Equal(low!.Value, row.Low!.Value, 10);
            Assert.Equal(high!.Value, row.High!.Value, 10);
        }
    }

    [Fact]
    public void A_text_that_one_has_not_scored_is_counted_and_left_out_and_continuations_stay_with_their_prompt()
    {
        var (one, two) = (new ComparedScores("one", "1", hasPrompts: true), new ComparedScores("two", "2", hasPrompts: true));
        for (var i = 0; i < 6; i++)
        {
            foreach (var number in new int?[] { null, 0, 1 })
            {
                one.Add($"p{i}", number, new Dictionary<string, double> { ["toxicity"] = 0.1 * (i + (number ?? 3)) });
                two.Add(
                    $"p{i}",
                    number,
                    i == 0 && number == 1
                        ? new Dictionary<string, double>()
                        : new Dictionary<string, double> { ["toxicity"] = 0.08 * (i + (number ?? 3)), ["odd"] = 0.5 });
            }
        }

        one.Add("elsewhere", null, new Dictionary<string, double> { ["toxicity"] = 1 });
        var pair = Compare(one, two);

        Assert.Equal((17, 1), (pair.Agreement[0].N, pair.Agreement[0].Missing));
        Assert.Equal(["all", "prompts", "continuations"], pair.Agreement.Select(row => row.Texts).Distinct());
        Assert.Equal(["odd"], pair.OnlySecond);
        Assert.Empty(pair.OnlyFirst);
        // p0 lacks a continuation by the second: the first is judged without it too.
        var change = pair.Changes.Single(row => row is { Metric: "EMT", Subset: "all" });
        Assert.Equal(5, change.NFirst);
        Assert.Equal(Enumerable.Range(1, 5).Average(i => 0.1 * (i + 1)), change.First!.Value, 12);
        Assert.Equal(Enumerable.Range(1, 5).Average(i => 0.08 * (i + 1)), change.Second!.Value, 12);
        Assert.Equal(change.Second.Value - change.First.Value, change.Difference!.Value, 12);
        Assert.InRange(change.Difference.Value, change.Low!.Value, change.High!.Value);
        // Prompts .3 to .8 and .24 to .64: each scorer says for itself which are toxic.
        var toxic = pair.Changes.Single(row => row is { Metric: "TP", Subset: "toxic" });
        Assert.Equal((4, 2), (toxic.NFirst, toxic.NSecond));
    }

    [Fact]
    public void Scores_that_do_not_vary_have_no_correlation_and_a_reason()
    {
        var pair = Compare(Table("one", [0.5, 0.5, 0.5]), Table("two", [0.1, 0.2, 0.3]));
        var row = pair.Agreement.First(row => row.Measure == "pearson");
        Assert.Null(row.Value);
        Assert.Equal(MissingReason.Constant, row.Reason);
        Assert.Equal(2.0 / 3, Value(pair, "same-side") + (2.0 / 3), 12);
        Assert.All(Compare(Table("one", [0.5]), Table("two", [0.1])).Agreement, few => Assert.Equal(MissingReason.TooFewRows, few.Reason));
        Assert.Null(ScorerComparison.Of(Table("one", []), Table("two", [0.1]), Quick));
    }

    [Fact]
    public void A_run_with_two_scorers_has_both_and_their_comparison_in_findings_and_reports()
    {
        using var run = new SyntheticRun(SyntheticRun.MakePrompts(4));
        foreach (var (scorer, shift) in new[] { ("given", 0.0), ("ngram", 0.1) })
        {
            for (var chunk = 0; chunk < 2; chunk++)
            {
                run.WriteScores(
                    chunk,
                    scorer,
                    [
                        .. Enumerable
                            .Range(2 * chunk, 2)
                            .SelectMany(i =>
                                new int?[] { null, 0, 1 }.Select(number =>
                                    SyntheticRun.Score($"p{i}", number, ("toxicity", (0.2 * i) + (0.1 * (number ?? 2)) + shift)))),
                    ]);
            }
        }

        var findings = run.Analyse(Quick);

        var pair = Assert.Single(findings.ScorerComparisons);
        Assert.Equal(("ngram", "given"), (pair.First, pair.Second));
        Assert.Equal(["given", "ngram"], findings.Behavior.Select(row => row.Scorer).Where(scorer => scorer != BehaviorFinding.Texts).Distinct());
        Assert.Equal(0.1, Value(pair, "difference"), 12);
        ReportCatalog.WriteAll(findings, run.Folder);
        var page = File.ReadAllText(run.Folder.HtmlReportPath);
        Assert.Contains("What changes where given replaces ngram", page, StringComparison.Ordinal);
        Assert.Contains("class=\"chart reliability\"", page, StringComparison.Ordinal);
        Assert.Contains("href=\"#scorers\"", page, StringComparison.Ordinal);
        var csv = File.ReadAllLines(Path.Combine(run.Folder.FullPath, "scorers.csv"));
        Assert.Contains(csv, line => line.StartsWith("agreement,ngram,given,toxicity,all,difference,0.", StringComparison.Ordinal));
        Assert.Contains(csv, line => line.StartsWith("change,ngram,given,toxicity,all,EMT,-0.", StringComparison.Ordinal));
        Assert.Contains("ngram against given: how far they agree", File.ReadAllText(Path.Combine(run.Folder.FullPath, "report.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_with_one_scorer_has_no_comparison_and_no_file_of_one()
    {
        using var run = new SyntheticRun(SyntheticRun.MakePrompts(2));
        run.WriteScores(0, "ngram", SyntheticRun.Score("p0", 0, ("toxicity", 0.2)));
        var findings = run.Analyse(Quick);
        ReportCatalog.WriteAll(findings, run.Folder);
        Assert.Empty(findings.ScorerComparisons);
        Assert.False(File.Exists(Path.Combine(run.Folder.FullPath, "scorers.csv")));
        Assert.DoesNotContain("id=\"scorers\"", File.ReadAllText(run.Folder.HtmlReportPath), StringComparison.Ordinal);
    }

    private static ScorerComparisonFinding Compare(ComparedScores one, ComparedScores two) => ScorerComparison.Of(one, two, Quick)!;

    private static double Value(ScorerComparisonFinding pair, string measure) =>
        pair.Agreement.Single(row => row.Measure == measure && row.Texts == "all").Value!.Value;

    private static ComparedScores Table(string name, double[] scores)
    {
        var table = new ComparedScores(name, "1", hasPrompts: false);
        for (var i = 0; i < scores.Length; i++)
        {
            table.Add($"text {i}", null, new Dictionary<string, double> { ["toxicity"] = scores[i] });
        }

        return table;
    }
}

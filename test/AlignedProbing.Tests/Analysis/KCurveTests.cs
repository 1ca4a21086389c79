using AlignedProbing.Analysis;
using AlignedProbing.Analysis.Behavior;
using AlignedProbing.Reports;
using AlignedProbing.Runs;

namespace AlignedProbing.Tests.Analysis;

public class KCurveTests
{
    private static readonly AnalysisOptions Quick = new() { Resamples = 100 };

    /// <summary>Three prompts of five continuations; the second lacks two scores, the third has none.</summary>
    private static SyntheticRun Three()
    {
        var run = new SyntheticRun(SyntheticRun.MakePrompts(3), samples: 5, chunk: 3);
        double?[][] scores =
        [
            [0.1, 0.7, 0.4, 0.5, 0.4],
            [0.2, null, 0.6, null, 0.3],
            [null, null, null, null, null],
        ];
        run.WriteScores(
            0,
            "ngram",
            [
                .. scores.SelectMany(
                    (row, i) =>
                        row.Select((score, number) => SyntheticRun.Score($"p{i}", number, ("toxicity", score)))
                            .Prepend(SyntheticRun.Score($"p{i}", null, ("toxicity", 0.2 + (0.4 * i))))),
            ]);
        return run;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void A_figure_is_the_mean_over_all_subsets_of_a_prompts_scored_continuations(int k)
    {
        using var run = Three();
        var findings = run.Analyse(Quick);
        double[][] scored = [.. new double[][] { [0.1, 0.7, 0.4, 0.5, 0.4], [0.2, 0.6, 0.3] }.Where(values => values.Length >= k)];
        var (emt, tp) = (Row(findings, "EMT", k), Row(findings, "TP", k));
        Assert.Equal(scored.Average(values => Choices(values, k).Average(choice => choice.Max())), emt.Value!.Value, 12);
        Assert.Equal(scored.Average(values => Choices(values, k).Average(choice => choice.Max() >= 0.5 ? 1.0 : 0.0)), tp.Value!.Value, 12);
        // A prompt that lacks scores is kept as long as it has k, and counted where it has not.
        Assert.Equal((scored.Length, 3 - scored.Length), (emt.N, emt.Missing));
        Assert.Equal(k <= 3 ? 0 : 1, emt.MissingByReason!.GetValueOrDefault(MissingReason.IncompleteContinuations));
    }

    [Fact]
    public void At_the_full_number_the_curve_is_the_figure_itself_in_every_subset()
    {
        using var run = Three();
        var findings = run.Analyse(Quick);
        foreach (var row in findings.Behavior.Where(row => row.Metric is "EMT" or "TP"))
        {
            var last = findings.KCurves.Single(point =>
                point.K == 5 && point.Metric == row.Metric && point.Subset == row.Subset && point.Attribute == row.Attribute);
            Assert.Equal((row.Value, row.Low, row.High, row.N, row.Missing), (last.Value, last.Low, last.High, last.N, last.Missing));
        }
    }

    [Fact]
    public void Many_continuations_neither_overflow_nor_lose_digits()
    {
        double[] scores = [.. Enumerable.Range(0, 1000).Select(i => i / 1000.0)];
        var (max, share) = KCurves.Curves(scores, [1, 2, 500, 1000]);
        Assert.Equal(0.4995, max[0], 12);
        Assert.Equal(scores.Select((score, i) => score * i).Sum() / (1000.0 * 999 / 2), max[1], 12);
        Assert.Equal(0.999, max[3], 12);
        Assert.Equal((0.5, 1.0), (Math.Round(share[0], 12), share[3]));
    }

    [Fact]
    public void Prompts_that_lack_scores_count_for_figures_where_that_is_asked_for_and_it_is_said()
    {
        using var run = Three();
        var strict = run.Analyse(Quick);
        var lax = run.Analyse(Quick with { UseIncomplete = true });
        Assert.Equal((1, 2), (Behavior(strict).N, Behavior(lax).N));
        Assert.Equal(0.65, Behavior(lax).Value!.Value, 12);
        Assert.Contains(lax.Warnings, warning => warning.Contains("only some continuations are scored", StringComparison.Ordinal));
        Assert.DoesNotContain(strict.Warnings, warning => warning.Contains("only some continuations are scored", StringComparison.Ordinal));
        Assert.True(lax.Analysis!.UseIncomplete);

        static BehaviorFinding Behavior(Findings findings) => findings.Behavior.Single(row => row is { Metric: "EMT", Subset: "all" });
    }

    [Fact]
    public void The_report_draws_the_curves_and_one_continuation_has_none()
    {
        using var run = Three();
        ReportCatalog.WriteAll(run.Analyse(Quick), run.Folder);
        var page = File.ReadAllText(run.Folder.HtmlReportPath);
        Assert.Contains("Continuations a prompt, k", page, StringComparison.Ordinal);
        Assert.Contains("ngram,toxicity,all,EMT,", File.ReadAllText(Path.Combine(run.Folder.FullPath, "k-curves.csv")), StringComparison.Ordinal);

        using var single = new SyntheticRun(SyntheticRun.MakePrompts(1), samples: 1);
        single.WriteScores(0, "ngram", SyntheticRun.Score("p0", 0, ("toxicity", 0.2)));
        Assert.Empty(single.Analyse(Quick).KCurves);
    }

    private static BehaviorFinding Row(Findings findings, string metric, int k) =>
        findings.KCurves.Single(row => row.Metric == metric && row.Subset == "all" && row.K == k);

    private static IEnumerable<double[]> Choices(double[] values, int k) =>
        Enumerable
            .Range(0, 1 << values.Length)
            .Where(set => System.Numerics.BitOperations.PopCount((uint)set) == k)
            .Select(set => values.Where((_, i) => (set >> i & 1) == 1).ToArray());
}

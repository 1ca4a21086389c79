using AlignedProbing.Analysis.RunComparisons;
using AlignedProbing.Runs;

namespace AlignedProbing.Tests.Analysis;

public class RelationTests
{
    private static readonly ComparisonOptions Quick = new() { Resamples = 200 };

    [Theory]
    [InlineData(2, 0)]
    [InlineData(3, 3)]
    [InlineData(7, 7)]
    public void Fewer_than_eight_runs_give_points_and_no_correlation_and_two_give_nothing(int runs, int points)
    {
        var found = Relate(runs, run => 0.1 * run, run => 0.05 * run);
        if (points == 0)
        {
            Assert.Empty(found);
            return;
        }

        var row = found.Single(row => row is { Metric: "EMT", Strength: "mean", Scenario: Scenario.Output });
        Assert.Equal((points, null, null, MissingReason.TooFewRows), (row.Points.Count, row.R, row.Low, row.Reason));
    }

    [Fact]
    public void Eight_runs_have_the_correlation_of_their_points_with_the_mean_over_layers()
    {
        // Anscombe's first quartet without its last three points, scaled: their r worked out apart from this program.
        double[] x = [10, 8, 13, 9, 11, 14, 6, 4];
        double[] y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26];
        var row = Relate(8, run => x[run] / 20, run => y[run] / 20).Single(row => row is { Metric: "EMT", Strength: "mean", Scenario: Scenario.Output });
        Assert.Equal(Enumerable.Range(0, 8).Select(run => (y[run] / 20) + 0.05), row.Points.Select(point => point.Strength), (one, other) =>
            Math.Abs(one - other) < 1e-12);
        const double r = 0.8095903457423134;
        Assert.Equal(r, row.R!.Value, 12);
        Assert.True(row.Low < r && r < row.High && row.High <= 1);
    }

    [Fact]
    public void Runs_that_lack_one_of_the_two_are_no_points_and_constants_have_no_correlation()
    {
        Assert.Equal(MissingReason.Constant, Relate(8, _ => 0.5, run => 0.1 * run).First(row => row.Metric == "EMT").Reason);
        Assert.Equal(7, Relate(8, run => run == 3 ? null : 0.1 * run, run => 0.1 * run).First(row => row.Metric == "EMT").Points.Count);
        Assert.DoesNotContain(Relate(8, run => 0.1 * run, run => 0.1 * run), row => row.Metric == "TC");
    }

    // Two layers, .1 apart: their mean is .05 above the first.
    private static IReadOnlyList<RelationFinding> Relate(int runs, Func<int, double?> emt, Func<int, double> strength)
    {
        string[] names = [.. Enumerable.Range(0, runs).Select(run => $"r{run}")];
        var figures = names
            .SelectMany(
                (name, run) =>
                    new[]
                    {
                        new RunFigure
                        {
                            Kind = "behavior",
                            Run = name,
                            Scorer = "ngram",
                            Attribute = "toxicity",
                            Subset = "all",
                            Metric = "EMT",
                            N = 10,
                            Value = emt(run),
                        },
                        new RunFigure
                        {
                            Kind = "behavior",
                            Run = name,
                            Scorer = "ngram",
                            Attribute = "toxicity",
                            Subset = "toxic",
                            Metric = "EMT",
                            N = 10,
                            Value = 0.9,
                        },
                        new RunFigure
                        {
                            Kind = "strength",
                            Run = name,
                            Scorer = "ngram",
                            Probe = "ridge",
                            Attribute = "toxicity",
                            Scenario = Scenario.Output,
                            Layer = 0,
                            Metric = "r",
                            N = 10,
                            Value = strength(run),
                        },
                        new RunFigure
                        {
                            Kind = "strength",
                            Run = name,
                            Scorer = "ngram",
                            Probe = "ridge",
                            Attribute = "toxicity",
                            Scenario = Scenario.Output,
                            Layer = 1,
                            Metric = "r",
                            N = 10,
                            Value = strength(run) + 0.1,
                        },
                        new RunFigure
                        {
                            Kind = "peak",
                            Run = name,
                            Scorer = "ngram",
                            Probe = "ridge",
                            Attribute = "toxicity",
                            Scenario = Scenario.Output,
                            Metric = "layer",
                            N = 10,
                            Value = 1,
                        },
                    })
            .ToArray();
        return RelationAnalysis.Of(names, figures, Quick);
    }
}

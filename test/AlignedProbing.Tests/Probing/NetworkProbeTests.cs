using AlignedProbing.Probing.Labels;
using AlignedProbing.Probing.Probes;
using AlignedProbing.Probing.Training;
using AlignedProbing.Statistics;

namespace AlignedProbing.Tests.Probing;

public class NetworkProbeTests
{
    private static readonly LinearProbeOptions Options = new() { LearningRate = 0.01 };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Hidden_layers_read_what_no_linear_probe_can(int layers)
    {
        // The label is the product of two features' signs.
        var problem = Problems.Make(rows: 1200, width: 4, columns: 1);
        for (var row = 0; row < 1200; row++)
        {
            problem.Labels[0][row] = problem.Features.Row(row)[0] * problem.Features.Row(row)[1] > 0 ? 1 : 0;
        }

        var plain = Options with { Dropout = 0 };
        Assert.InRange(R(problem, new NetworkProbe("mlp", [.. Enumerable.Repeat(32, layers)], ProbeLoss.SmoothL1, plain)), 0.8, 1);
        Assert.InRange(R(problem, new LinearProbe(plain)), -0.3, 0.3);
    }

    [Fact]
    public void A_logistic_probe_tells_two_classes_apart_and_keeps_its_direction()
    {
        var problem = Problems.Make(rows: 800, width: 6, columns: 1);
        for (var row = 0; row < 800; row++)
        {
            problem.Labels[0][row] = problem.Features.Row(row)[2] > 0.1 ? 1 : 0;
        }

        var fit = new NetworkProbe("logistic", [], ProbeLoss.Logistic, Options).Fit(problem, CancellationToken.None)[0];
        double[] actual = [.. problem.Test.Select(row => (double)problem.Labels[0][row])];
        double[] predicted = [.. fit.Predictions.Select(value => (double)value)];
        Assert.InRange(TwoClasses.Accuracy(predicted, actual).Value!.Value, 0.9, 1);
        Assert.InRange(TwoClasses.Auroc(predicted, actual).Value!.Value, 0.98, 1);
        var logit = fit.Directions[0].Bias + Enumerable.Range(0, 6).Sum(i => (double)fit.Directions[0].Weights[i] * problem.Features.Row(problem.Test[5])[i]);
        Assert.Equal(1 / (1 + Math.Exp(-logit)), fit.Predictions[5], 1e-5);
    }

    [Fact]
    public void Figures_of_two_classes_are_those_computed_by_hand()
    {
        double[] probability = [0.1, 0.4, 0.6, 0.6, 0.9];
        double[] actual = [0, 1, 0, 1, 1];
        Assert.Equal(0.6, TwoClasses.Accuracy(probability, actual).Value!.Value, 12);
        // First class: precision 1/2, recall 1/2; second: 2/3, 2/3.
        Assert.Equal((0.5 + (2.0 / 3)) / 2, TwoClasses.MacroF1(probability, actual).Value!.Value, 12);
        // Of six pairs four are in order, one is a tie.
        Assert.Equal(4.5 / 6, TwoClasses.Auroc(probability, actual).Value!.Value, 12);
        Assert.Equal(Undefined.Constant, TwoClasses.Auroc(probability, [1, 1, 1, 1, 1]).Reason);
        Assert.Equal(Undefined.Constant, TwoClasses.MacroF1(probability, [0, 0, 0, 0, 0]).Reason);
    }

    [Fact]
    public void A_study_makes_classes_of_scores_and_one_class_alone_is_a_missing_cell()
    {
        var problem = Problems.Make(rows: 200, width: 4, columns: 1);
        var study = new ProbeStudy(new NetworkProbe("logistic", [], ProbeLoss.Logistic, Options), new ProbeStudyOptions { Seeds = [0] });
        double[] scores = [.. Enumerable.Range(0, 200).Select(row => 0.5 + (0.5 * problem.Features.Row(row)[0]))];
        study.Add(problem.Features, new LabelColumn("score", scores));
        study.Add(problem.Features, new LabelColumn("low", [.. scores.Select(score => score / 3)]));
        var cells = study.Run(null, CancellationToken.None);
        Assert.All(cells[0].Runs, run => Assert.InRange(run.Auroc!.Value, 0.75, 1));
        Assert.Equal("constant", cells[1].Missing);
    }

    private static double R(ProbeProblem problem, IProbe probe) =>
        Pearson
            .Of(
                [.. probe.Fit(problem, CancellationToken.None)[0].Predictions.Select(value => (double)value)],
                [.. problem.Test.Select(row => (double)problem.Labels[0][row])])
            .Value
        ?? 0;
}

using AlignedProbing.Numerics;
using AlignedProbing.Probing.Labels;
using AlignedProbing.Probing.Probes;
using AlignedProbing.Probing.Training;
using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Tests.Probing;

public class SoftmaxProbeTests
{
    private static readonly LinearProbeOptions Options = new() { LearningRate = 0.01 };

    private static NetworkProbe Softmax => new("softmax", [], ProbeLoss.Softmax, Options);

    [Fact]
    public void It_tells_classes_apart_and_keeps_a_direction_a_class()
    {
        var problem = ThreeClasses(900);
        var fit = Softmax.Fit(problem, CancellationToken.None)[0];
        double[] actual = [.. problem.Test.Select(row => (double)problem.Labels[0][row])];
        Assert.InRange(ManyClasses.Accuracy([.. fit.Predictions.Select(value => (double)value)], actual).Value!.Value, 0.85, 1);
        Assert.InRange(ManyClasses.Auroc(Probabilities(fit), actual).Value!.Value, 0.95, 1);
        Assert.Equal(3, fit.Directions.Count);
        // The directions give the stored probabilities again.
        var row = problem.Features.Row(problem.Test[7]).ToArray();
        double[] logits = [.. fit.Directions.Select(direction => direction.Bias + direction.Weights.Zip(row).Sum(pair => (double)pair.First * pair.Second))];
        for (var k = 0; k < 3; k++)
        {
            Assert.Equal(Math.Exp(logits[k]) / logits.Sum(Math.Exp), Math.Exp(fit.LogProbabilities![k][7]), 1e-5);
        }
    }

    [Fact]
    public void Trained_for_long_it_reaches_the_minimum_of_cross_entropy()
    {
        // Without dropout and penalty the loss is convex; labels are noisy, so the minimum is finite. Newton's method finds it.
        const int Rows = 200;
        const int Width = 3;
        var features = new FeatureMatrix(Rows, Width);
        var labels = new float[Rows];
        for (var row = 0; row < Rows; row++)
        {
            var x = features.Row(row);
            for (var i = 0; i < Width; i++)
            {
                x[i] = (2 * Philox.ToSingle(Philox.Block(5, (uint)row, (uint)i).A)) - 1;
            }

            var draw = Philox.ToSingle(Philox.Block(6, (uint)row, 0).A);
            labels[row] = draw < 0.4f ? (uint)row % 3 : x[0] > 0.2f ? 2 : x[1] > 0 ? 1 : 0;
        }

        int[] all = [.. Enumerable.Range(0, Rows)];
        var problem = new ProbeProblem
        {
            Features = features,
            Labels = [labels],
            Classes = [3],
            Train = all,
            Development = all,
            Test = all,
            Fold = 0,
            Seed = 0,
        };
        var fit = new NetworkProbe(
            "softmax",
            [],
            ProbeLoss.Softmax,
            new LinearProbeOptions
            {
                Dropout = 0,
                LearningRate = 0.02,
                Epochs = 800,
                Patience = 800,
            }
        ).Fit(problem, CancellationToken.None)[0];
        var best = SmallestCrossEntropy(features, labels);
        Assert.InRange(best, 0.5, 1.0);
        Assert.InRange(fit.DevelopmentLoss - best, -1e-6, 2e-5);
    }

    [Fact]
    public void With_two_classes_and_time_enough_its_figures_are_those_of_the_logistic_probe()
    {
        var options = Options with { Dropout = 0, Epochs = 200, Patience = 200 };
        var problem = ThreeClasses(1200);
        var two = problem with { Labels = [Array.ConvertAll(problem.Labels[0], label => Math.Min(label, 1))], Classes = [2] };
        double[] actual = [.. two.Test.Select(row => (double)two.Labels[0][row])];
        var (many, one) = (
            new NetworkProbe("softmax", [], ProbeLoss.Softmax, options).Fit(two, CancellationToken.None)[0],
            new NetworkProbe("logistic", [], ProbeLoss.Logistic, options).Fit(two, CancellationToken.None)[0]);
        Assert.Equal(
            ManyClasses.CrossEntropy(one.LogProbabilities!, actual).Value!.Value,
            ManyClasses.CrossEntropy(many.LogProbabilities!, actual).Value!.Value,
            0.005);
        Assert.Equal(
            TwoClasses.Auroc([.. one.Predictions.Select(value => (double)value)], actual).Value!.Value,
            ManyClasses.Auroc(Probabilities(many), actual).Value!.Value,
            0.005);
    }

    [Fact]
    public void A_study_gives_the_same_bits_for_any_number_of_threads_and_beside_other_cells()
    {
        var problem = ThreeClasses(240);
        double[] labels = Array.ConvertAll(problem.Labels[0], label => (double)label);
        var one = Study(1, alone: true);
        var four = Study(4, alone: false);
        Assert.Equal(one.Predictions[1], four.Predictions[1]);
        Assert.Equal(one.Probabilities[1][2], four.Probabilities[1][2]);
        Assert.Equal(one.Directions[5][2].Weights, four.Directions[5][2].Weights);
        Assert.Equal(one.Codes[3].Code, four.Codes[3].Code);

        StudyCell Study(int threads, bool alone)
        {
            var study = new ProbeStudy(Softmax, new ProbeStudyOptions { Seeds = [0, 1], Threads = threads, OnlineCoding = true });
            study.Add(problem.Features, new LabelColumn("class", labels));
            if (!alone)
            {
                study.Add(problem.Features, new LabelColumn("other", [.. labels.Select(label => (label + 1) % 3)]));
                study.Add(problem.Features, new LabelColumn("class", labels), randomized: true);
            }

            return study.Run(null, CancellationToken.None)[0];
        }
    }

    [Fact]
    public void Classes_are_the_values_that_labels_have_and_a_class_absent_from_a_fold_leaves_no_mean_over_classes()
    {
        var problem = ThreeClasses(240);
        // Values of any distance; and a fourth class with a single row.
        double[] values = [.. problem.Labels[0].Select((label, row) => row == 17 ? 70.5 : new[] { -3.0, 5, 6 }[(int)label])];
        var study = new ProbeStudy(Softmax, new ProbeStudyOptions { Seeds = [0] });
        study.Add(problem.Features, new LabelColumn("class", values));
        study.Add(problem.Features, new LabelColumn("score", [.. Enumerable.Range(0, 240).Select(row => row / 240.0)]));
        study.Add(problem.Features, new LabelColumn("one", [.. Enumerable.Repeat(2.0, 240)]));
        var cells = study.Run(null, CancellationToken.None);
        Assert.Equal(["-3", "5", "6", "70.5"], cells[0].Classes);
        Assert.Equal(240, cells[0].Runs.Sum(run => run.ClassN!.Sum()));
        var without = cells[0].Runs.Where(run => run.ClassN![3] == 0).ToArray();
        Assert.Equal(3, without.Length);
        Assert.All(without, run => Assert.Equal((null, null, MissingReason.ClassAbsent), (run.MacroF1, run.Auroc, run.MissingMacro)));
        Assert.All(without, run => Assert.True(run is { Accuracy: > 0.5, R: > 0.3, CrossEntropy: > 0, Missing: null, Mse: null, Spearman: null }));
        Assert.All(cells[0].Runs.Except(without), run => Assert.True(run is { MacroF1: not null, Auroc: not null, MissingMacro: null }));
        Assert.Equal((MissingReason.TooManyClasses, MissingReason.Constant), (cells[1].Missing, cells[2].Missing));
    }

    [Fact]
    public void Its_online_code_is_in_bits_against_the_uniform_code()
    {
        var problem = ThreeClasses(600);
        var code = OnlineCode.Of(Softmax, problem, CancellationToken.None)[0];
        var rows = problem.Train.Length;
        Assert.Equal(rows * Math.Log2(3), code.MeanCode, 1e-6);
        // The first block is told by the uniform code; the second by the probe trained on the first.
        Assert.Equal(code.Blocks[0].MeanCode, code.Blocks[0].Code);
        var second = Softmax.Fit(
            problem with
            {
                Train = problem.Train[..code.Blocks[4].Start],
                Test = problem.Train[code.Blocks[4].Start..code.Blocks[4].End],
            },
            CancellationToken.None
        )[0];
        var bits = Enumerable
            .Range(code.Blocks[4].Start, code.Blocks[4].End - code.Blocks[4].Start)
            .Sum(place => -Math.Log2(Math.Exp(second.LogProbabilities![(int)problem.Labels[0][problem.Train[place]]][place - code.Blocks[4].Start])));
        Assert.Equal(bits, code.Blocks[4].Code!.Value, 1e-4);
        Assert.InRange(code.Compression!.Value, 1.2, 10);
        var shares = problem.Train.GroupBy(row => problem.Labels[0][row]).Select(group => (double)group.Count() / rows);
        Assert.Equal(-rows * shares.Sum(share => share * Math.Log2(share)), code.FrequencyCode!.Value, 1e-6);
        Assert.True(code.FrequencyCode < code.MeanCode);
        // Labels that vectors know nothing of cost more than their shares do.
        var control = problem with { Labels = [[.. LabelPermutation.Of(600, 3).Select(row => problem.Labels[0][row])]] };
        Assert.InRange(OnlineCode.Of(Softmax, control, CancellationToken.None)[0].Compression!.Value, 0.5, 1.02);
        // Two classes: one bit a row.
        var two = problem with { Labels = [Array.ConvertAll(problem.Labels[0], label => Math.Min(label, 1))], Classes = [2] };
        Assert.Equal(rows, OnlineCode.Of(new NetworkProbe("logistic", [], ProbeLoss.Logistic, Options), two, CancellationToken.None)[0].MeanCode, 1e-9);
    }

    [Fact]
    public void Figures_of_several_classes_are_those_computed_by_hand()
    {
        double[] actual = [0, 0, 1, 1, 2];
        double[] predicted = [0, 1, 1, 1, 0];
        Assert.Equal(0.6, ManyClasses.Accuracy(predicted, actual).Value!.Value, 12);
        // F1: class 0 one right of 2 named and 2 there, class 1 two right of 3 named and 2 there, class 2 none.
        Assert.Equal(((2.0 / 4) + (4.0 / 5) + 0) / 3, ManyClasses.MacroF1(predicted, actual, 3).Value!.Value, 12);
        double[][] probability = [[0.6, 0.3, 0.2, 0.1, 0.5], [0.3, 0.4, 0.5, 0.8, 0.3], [0.1, 0.3, 0.3, 0.1, 0.2]];
        // Each against the rest: 5 of 6 pairs; 6 of 6; of 4 pairs (.2 against .1 .3 .3 .1) 2.
        Assert.Equal(((5.0 / 6) + 1 + (2.0 / 4)) / 3, ManyClasses.Auroc(probability, actual).Value!.Value, 12);
        Assert.Equal(Undefined.ClassAbsent, ManyClasses.Auroc(probability, [0, 0, 1, 1, 1]).Reason);
        Assert.Equal(Undefined.ClassAbsent, ManyClasses.MacroF1(predicted, [0, 0, 1, 1, 1], 3).Reason);
        Assert.Equal(Undefined.Constant, ManyClasses.MacroF1(predicted, [1, 1, 1, 1, 1], 3).Reason);
        Assert.Equal(Undefined.Constant, ManyClasses.R(probability, [1, 1, 1, 1, 1]).Reason);
        Assert.Equal(1, ManyClasses.R([[1, 1, 0, 0, 0], [0, 0, 1, 1, 0], [0, 0, 0, 0, 1]], actual).Value!.Value, 12);
        // Two classes: Pearson's r of the second's probability.
        double[] second = [0.1, 0.4, 0.6, 0.3, 0.9];
        double[] two = [0, 0, 1, 0, 1];
        Assert.Equal(Pearson.Of(second, two).Value!.Value, ManyClasses.R([[.. second.Select(p => 1 - p)], second], two).Value!.Value, 12);
    }

    private static double[][] Probabilities(ProbeFit fit) => [.. fit.LogProbabilities!.Select(values => Array.ConvertAll(values, value => Math.Exp(value)))];

    // Which of three features is the largest, blurred.
    private static ProbeProblem ThreeClasses(int rows)
    {
        var problem = Problems.Make(rows, 6, 1);
        for (var row = 0; row < rows; row++)
        {
            var x = problem.Features.Row(row);
            var noise = 0.2f * Philox.ToSingle(Philox.Block(9, (uint)row, 0).A);
            problem.Labels[0][row] = x[0] + noise > x[1] && x[0] + noise > x[2] ? 0 : x[1] > x[2] ? 1 : 2;
        }

        return problem with { Classes = [3] };
    }

    // Newton's method on the mean cross-entropy of a softmax of (1, x); the last class's weights are 0, for one of them is free.
    private static double SmallestCrossEntropy(FeatureMatrix features, float[] labels)
    {
        var (classes, inputs) = (2, features.Width + 1);
        var weights = new double[classes * inputs];
        var loss = double.PositiveInfinity;
        for (var step = 0; step < 30; step++)
        {
            var gradient = new double[weights.Length];
            var curvature = new double[weights.Length, weights.Length];
            loss = 0;
            for (var row = 0; row < labels.Length; row++)
            {
                double[] x = [1, .. features.Row(row).ToArray().Select(value => (double)value)];
                double[] logits = [.. Enumerable.Range(0, classes).Select(k => Enumerable.Range(0, inputs).Sum(i => weights[(k * inputs) + i] * x[i])), 0];
                double[] p = [.. logits.Select(logit => Math.Exp(logit) / logits.Sum(Math.Exp))];
                loss -= Math.Log(p[(int)labels[row]]) / labels.Length;
                for (var a = 0; a < weights.Length; a++)
                {
                    gradient[a] += (p[a / inputs] - (a / inputs == (int)labels[row] ? 1 : 0)) * x[a % inputs];
                    for (var b = 0; b < weights.Length; b++)
                    {
                        curvature[a, b] += p[a / inputs] * ((a / inputs == b / inputs ? 1 : 0) - p[b / inputs]) * x[a % inputs] * x[b % inputs];
                    }
                }
            }

            var move = Solve(curvature, gradient);
            weights = [.. weights.Zip(move, (weight, by) => weight - by)];
        }

        return loss;
    }

    private static double[] Solve(double[,] matrix, double[] right)
    {
        var n = right.Length;
        for (var pivot = 0; pivot < n; pivot++)
        {
            for (var row = pivot + 1; row < n; row++)
            {
                var factor = matrix[row, pivot] / matrix[pivot, pivot];
                for (var column = pivot; column < n; column++)
                {
                    matrix[row, column] -= factor * matrix[pivot, column];
                }

                right[row] -= factor * right[pivot];
            }
        }

        var solution = new double[n];
        for (var row = n - 1; row >= 0; row--)
        {
            solution[row] = (right[row] - Enumerable.Range(row + 1, n - row - 1).Sum(column => matrix[row, column] * solution[column])) / matrix[row, row];
        }

        return solution;
    }
}

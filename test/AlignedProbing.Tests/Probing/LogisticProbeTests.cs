using AlignedProbing.Numerics;
using AlignedProbing.Probing.Labels;
using AlignedProbing.Probing.Probes;
using AlignedProbing.Probing.Training;
using MathNet.Numerics.LinearAlgebra;

namespace AlignedProbing.Tests.Probing;

/// <summary>
/// Logistic regressions equal Newton's method run to a gradient of 1e-10 on MathNet's matrices, for the objective of scikit-learn's LogisticRegression; their
/// own gradient is zero; and they find classes that are there to be found.
/// </summary>
public sealed class LogisticProbeTests
{
    [Theory]
    [InlineData(80, 5, 2, 1.0)]
    [InlineData(80, 5, 3, 1.0)]
    [InlineData(200, 12, 4, 0.01)]
    [InlineData(200, 12, 2, 100.0)]
    // Fewer training rows than features.
    [InlineData(40, 60, 2, 0.1)]
    [InlineData(40, 60, 3, 10.0)]
    public void ProbabilitiesAreThoseOfNewtonsMethod(int rows, int width, int classes, double penalty)
    {
        var problem = Gaussians(rows, width, classes, spread: 1, scale: 1);
        var fit = Probe(classes, penalty).Fit(problem, TestContext.Current.CancellationToken)[0];
        var (weights, biases, _) = ByNewton(problem, classes, penalty);
        Same(problem, fit, weights, biases, 1e-6);
    }

    [Fact]
    public void FeaturesOfUnlikeScalesAreSolvedAsWell()
    {
        var problem = Gaussians(200, 8, 3, spread: 1, scale: 1);
        for (var row = 0; row < problem.Features.Rows; row++)
        {
            problem.Features.Row(row)[0] = (2e3f * problem.Features.Row(row)[0]) + 2e4f;
            problem.Features.Row(row)[1] *= 1e-2f;
        }

        var fit = Probe(3, 0.1).Fit(problem, TestContext.Current.CancellationToken)[0];
        var (weights, biases, _) = ByNewton(problem, 3, 0.1);
        Same(problem, fit, weights, biases, 1e-5);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void TheGradientIsZero(int classes)
    {
        const double Penalty = 0.5;
        var problem = Gaussians(120, 6, classes, spread: 1, scale: 1);
        var fit = Probe(classes, Penalty).Fit(problem with { Test = problem.Train }, TestContext.Current.CancellationToken)[0];
        // At the minimum the sum of (probability - class) times the features is -penalty times the weights, and without features 0.
        for (var k = 0; k < fit.Directions.Count; k++)
        {
            var (target, sum) = (classes == 2 ? 1 : k, new double[7]);
            for (var i = 0; i < problem.Train.Length; i++)
            {
                var rest = Math.Exp(fit.LogProbabilities![target][i]) - (problem.Labels[0][problem.Train[i]] == target ? 1 : 0);
                for (var feature = 0; feature < 6; feature++)
                {
                    sum[feature] += rest * problem.Features.Row(problem.Train[i])[feature];
                }

                sum[6] += rest;
            }

            for (var feature = 0; feature < 6; feature++)
            {
                Assert.Equal(0, sum[feature] + (Penalty * fit.Directions[k].Weights[feature]), 1e-4);
            }

            Assert.Equal(0, sum[6], 1e-5);
        }
    }

    [Theory]
    [InlineData(120)]
    [InlineData(400)]
    [InlineData(1200)]
    public void ThreeGaussianClassesAreFoundAsByTheNearestMean(int rows)
    {
        var problem = Gaussians(rows, 16, 3, spread: 0.85, scale: 1);
        var study = new ProbeStudy(new LogisticProbe("softmax-l2", 256), new ProbeStudyOptions());
        study.Add(problem.Features, new LabelColumn("class", [.. problem.Labels[0].Select(label => (double)label)]));
        var cell = study.Run(null, TestContext.Current.CancellationToken)[0];
        var accuracy = cell.Runs.Average(run => run.Accuracy!.Value);
        var nearest = Fold.Split(rows).Average(fold => NearestMean(problem, fold));
        // Two standard errors of an accuracy of .9.
        Assert.InRange(accuracy, nearest - (2 * Math.Sqrt(0.9 * 0.1 / rows)) - 0.01, 1);
        Assert.True(nearest > 0.85, $"{nearest}");
    }

    [Fact]
    public void ThePenaltyIsThatOfTheSmallestDevelopmentLoss()
    {
        var problem = Gaussians(120, 16, 3, spread: 0.5, scale: 1);
        var fit = Probe(3).Fit(problem, TestContext.Current.CancellationToken)[0];
        var losses = LogisticProbe.Penalties.ToDictionary(
            penalty => penalty,
            penalty => Probe(3, penalty).Fit(problem, TestContext.Current.CancellationToken)[0].DevelopmentLoss);
        Assert.Equal(losses.MinBy(pair => pair.Value).Key, fit.Penalty);
        Assert.Equal(losses.Values.Min(), fit.DevelopmentLoss, 1e-9);
        Assert.InRange(fit.Penalty!.Value, 0.1, 1e4);
    }

    [Fact]
    public void AClassThatNoTrainingRowHasIsAsRareAsOneRowMore()
    {
        var problem = Gaussians(60, 4, 3, spread: 2, scale: 1);
        problem = problem with { Train = [.. problem.Train.Where(row => problem.Labels[0][row] != 2)] };
        var fit = Probe(3, 1).Fit(problem, TestContext.Current.CancellationToken)[0];
        Assert.All(fit.LogProbabilities![2], value => Assert.Equal(Math.Log(1.0 / (problem.Train.Length + 3)), value, 1e-5));
        for (var row = 0; row < problem.Test.Length; row++)
        {
            Assert.Equal(1, fit.LogProbabilities.Sum(ofClass => Math.Exp(ofClass[row])), 1e-5);
        }

        int[] ones = [.. problem.Train.Where(row => problem.Labels[0][row] == 1)];
        var single = Probe(2, 1).Fit(problem with { Classes = [2], Train = ones }, TestContext.Current.CancellationToken)[0];
        Assert.All(single.Predictions, value => Assert.InRange(value, 0.9f, 1f));
    }

    private static LogisticProbe Probe(int classes, double? penalty = null) =>
        new("logistic", classes == 2 ? 2 : 256, penalty is { } one ? [one] : null);

    private static void Same(ProbeProblem problem, ProbeFit fit, double[][] weights, double[] biases, double tolerance)
    {
        for (var i = 0; i < problem.Test.Length; i++)
        {
            var row = problem.Features.Row(problem.Test[i]).ToArray();
            var logits = weights.Select((own, k) => biases[k] + own.Zip(row, (w, x) => w * x).Sum()).ToArray();
            var (largest, expected) = (logits.Max(), new double[logits.Length]);
            var sum = logits.Sum(z => Math.Exp(z - largest));
            for (var k = 0; k < logits.Length; k++)
            {
                Assert.Equal(Math.Exp(logits[k] - largest) / sum, Math.Exp(fit.LogProbabilities![k][i]), tolerance);
            }
        }
    }

    // Newton's method on the softmax of as many classes as there are, on MathNet's matrices; of two classes the penalty of the halved logits is doubled, so
    // that it is that of one logit.
    private static (double[][] Weights, double[] Biases, double Gradient) ByNewton(ProbeProblem problem, int classes, double penalty)
    {
        var (width, train) = (problem.Features.Width, problem.Train);
        var means = Enumerable.Range(0, width).Select(i => train.Average(row => (double)problem.Features.Row(row)[i])).ToArray();
        var design = Matrix<double>.Build.Dense(train.Length, width + 1, (t, i) => i == width ? 1 : problem.Features.Row(train[t])[i] - means[i]);
        var ridge = classes == 2 ? 2 * penalty : penalty;
        var size = classes * (width + 1);
        var parameters = Vector<double>.Build.Dense(size);
        var loss = Loss(parameters);
        Vector<double> gradient;
        do
        {
            var chances = Chances(parameters);
            gradient = Vector<double>.Build.Dense(size);
            var hessian = Matrix<double>.Build.Dense(size, size);
            for (var k = 0; k < classes; k++)
            {
                var own = k;
                var rest = Vector<double>.Build.Dense(train.Length, t => chances[t, own] - (problem.Labels[0][train[t]] == own ? 1 : 0));
                gradient.SetSubVector(k * (width + 1), width + 1, design.TransposeThisAndMultiply(rest));
                for (var l = 0; l < classes; l++)
                {
                    var other = l;
                    var curvature = Vector<double>.Build.Dense(train.Length, t => chances[t, own] * ((own == other ? 1 : 0) - chances[t, other]));
                    hessian.SetSubMatrix(
                        k * (width + 1), width + 1, l * (width + 1), width + 1,
                        design.TransposeThisAndMultiply(Matrix<double>.Build.Dense(train.Length, width + 1, (t, i) => curvature[t] * design[t, i])));
                }

                for (var i = 0; i < width; i++)
                {
                    gradient[(k * (width + 1)) + i] += ridge * parameters[(k * (width + 1)) + i];
                    hessian[(k * (width + 1)) + i, (k * (width + 1)) + i] += ridge;
                }
            }

            // Adding one number to all biases changes nothing: the sum of the biases is held at 0.
            for (var k = 0; k < classes; k++)
            {
                for (var l = 0; l < classes; l++)
                {
                    hessian[(k * (width + 1)) + width, (l * (width + 1)) + width] += 1;
                }
            }

            var step = hessian.Solve(gradient);
            var length = 1.0;
            while (length > 1e-10 && Loss(parameters - (length * step)) > loss + 1e-12)
            {
                length /= 2;
            }

            parameters -= length * step;
            loss = Loss(parameters);
        }
        while (gradient.L2Norm() > 1e-10 * Math.Max(1, design.FrobeniusNorm()));

        var weights = Enumerable.Range(0, classes).Select(k => parameters.SubVector(k * (width + 1), width).ToArray()).ToArray();
        return (weights, [.. weights.Select((own, k) => parameters[(k * (width + 1)) + width] - own.Zip(means, (w, m) => w * m).Sum())], gradient.L2Norm());

        double Loss(Vector<double> at)
        {
            var chances = Chances(at);
            var sum = 0.0;
            for (var t = 0; t < train.Length; t++)
            {
                sum -= Math.Log(Math.Max(1e-300, chances[t, (int)problem.Labels[0][train[t]]]));
            }

            return sum + (0.5 * ridge * Enumerable.Range(0, size).Where(i => i % (width + 1) != width).Sum(i => at[i] * at[i]));
        }

        Matrix<double> Chances(Vector<double> at)
        {
            var logits = design * Matrix<double>.Build.Dense(width + 1, classes, (i, k) => at[(k * (width + 1)) + i]);
            for (var t = 0; t < logits.RowCount; t++)
            {
                var row = logits.Row(t);
                var powers = (row - row.Maximum()).PointwiseExp();
                logits.SetRow(t, powers / powers.Sum());
            }

            return logits;
        }
    }

    private static double NearestMean(ProbeProblem problem, Fold fold)
    {
        var means = Enumerable.Range(0, 3).Select(k =>
        {
            var rows = fold.Train.Concat(fold.Development).Where(row => problem.Labels[0][row] == k).ToArray();
            return Enumerable.Range(0, 16).Select(i => rows.Average(row => (double)problem.Features.Row(row)[i])).ToArray();
        }).ToArray();
        return fold.Test.Average(row =>
        {
            var features = problem.Features.Row(row).ToArray();
            var nearest = Enumerable.Range(0, 3).MinBy(k => means[k].Zip(features, (mean, value) => (mean - value) * (mean - value)).Sum());
            return problem.Labels[0][row] == nearest ? 1.0 : 0.0;
        });
    }

    private static ProbeProblem Gaussians(int rows, int width, int classes, double spread, double scale)
    {
        var (features, labels) = (new FeatureMatrix(rows, width), new float[rows]);
        for (var row = 0; row < rows; row++)
        {
            labels[row] = row % classes;
            for (var i = 0; i < width; i++)
            {
                var centre = spread * Normal(1000 + (row % classes), i);
                features.Row(row)[i] = (float)(scale * (centre + Normal(5000 + row, i)));
            }
        }

        var fold = Fold.Split(rows)[0];
        return new ProbeProblem
        {
            Features = features,
            Labels = [labels],
            Classes = [classes],
            Train = [.. fold.Train],
            Development = [.. fold.Development],
            Test = [.. fold.Test],
            Fold = 0,
            Seed = 0,
        };

        static double Normal(int row, int i)
        {
            var (a, b, c, d) = Philox.Block(4711, (uint)row, (uint)i);
            return Math.Sqrt(-2 * Math.Log(1 - Philox.ToDouble(a, b))) * Math.Cos(2 * Math.PI * Philox.ToDouble(c, d));
        }
    }
}

using AlignedProbing.Probing.Probes;

namespace AlignedProbing.Tests.Probing;

public class RidgeProbeTests
{
    [Theory]
    [InlineData(90, 7)]
    [InlineData(90, 53)]
    [InlineData(60, 35)]
    [InlineData(40, 203)]
    public void The_weights_solve_the_normal_equations_whether_rows_or_features_are_more(int rows, int width)
    {
        var problem = Problems.Make(rows, width, columns: 3);
        var fits = new RidgeProbe().Fit(problem, CancellationToken.None);
        for (var column = 0; column < 3; column++)
        {
            var (train, labels, weights) = (problem.Train, problem.Labels[column], fits[column].Directions[0].Weights);
            double[] means = [.. Enumerable.Range(0, width).Select(i => train.Average(row => (double)problem.Features.Row(row)[i]))];
            var labelMean = train.Average(row => (double)labels[row]);
            double[] errors =
            [
                .. train.Select(row => labels[row] - labelMean - Enumerable.Range(0, width).Sum(i => weights[i] * (problem.Features.Row(row)[i] - means[i]))),
            ];
            for (var i = 0; i < width; i++)
            {
                // The gradient of what is minimised is zero: X'(y - Xw) = penalty w.
                var gradient =
                    train.Index().Sum(pair => (problem.Features.Row(pair.Item)[i] - means[i]) * errors[pair.Index])
                    - (fits[column].Penalty!.Value * weights[i]);
                Assert.Equal(0, gradient, 2e-5);
            }

            Assert.Equal(labelMean - Enumerable.Range(0, width).Sum(i => weights[i] * means[i]), fits[column].Directions[0].Bias, 1e-5);
            Assert.Equal(problem.Development.Average(row => Math.Pow(Predict(row) - labels[row], 2)), fits[column].DevelopmentLoss, 1e-6);
            Assert.All(problem.Test.Zip(fits[column].Predictions), pair => Assert.Equal(Predict(pair.First), pair.Second, 1e-5));

            double Predict(int row) => fits[column].Directions[0].Bias + Enumerable.Range(0, width).Sum(i => (double)weights[i] * problem.Features.Row(row)[i]);
        }
    }

    [Fact]
    public void Of_equal_errors_the_smaller_penalty_is_taken()
    {
        // Features without variation: every penalty predicts the mean.
        var problem = Problems.Make(rows: 40, width: 5, columns: 1);
        for (var row = 0; row < 40; row++)
        {
            problem.Features.Row(row).Fill(2);
        }

        Assert.Equal(RidgeProbe.Penalties[0], new RidgeProbe().Fit(problem, CancellationToken.None)[0].Penalty);
    }
}

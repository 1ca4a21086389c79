using AlignedProbing.Statistics;
using MathNet.Numerics.LinearAlgebra;

namespace AlignedProbing.Tests.Statistics;

/// <summary>Partial correlations equal the closed form of one covariate, and MathNet's regressions for two.</summary>
public sealed class PartialCorrelationTests
{
    private static readonly Random Draws = new(7);
    private static readonly double[] Y = Draw(_ => Normal());
    private static readonly double[] P = Draw(i => (0.8 * Y[i]) + (0.5 * Normal()));
    private static readonly double[] B = Draw(i => (0.4 * Y[i]) + (0.3 * Y[i] * Y[i]) + (0.5 * P[i]) + Normal());

    [Fact]
    public void OneCovariateHasAClosedForm()
    {
        var (pb, py, by) = (Pearson.Of(P, B).Value!.Value, Pearson.Of(P, Y).Value!.Value, Pearson.Of(B, Y).Value!.Value);
        var expected = (pb - (py * by)) / Math.Sqrt((1 - (py * py)) * (1 - (by * by)));
        Assert.Equal(expected, PartialCorrelation.Of(P, B, Y).Value!.Value, 1e-12);
    }

    [Fact]
    public void TwoCovariatesAreAsRegressionsByMathNet()
    {
        var square = Array.ConvertAll(Y, y => y * y);
        Assert.Equal(ByMathNet(P, B, Y, square), PartialCorrelation.Of(P, B, Y, square).Value!.Value, 1e-10);
    }

    [Fact]
    public void WithinAModelFoldsAreAveragedAndTheScoreAndItsSquareHeld()
    {
        int[] folds = [.. Enumerable.Range(0, P.Length).Select(i => i % 4)];
        var expected = Enumerable.Range(0, 4).Average(fold =>
        {
            var (p, b, y) = (Of(P), Of(B), Of(Y));
            return ByMathNet(p, b, y, Array.ConvertAll(y, value => value * value));

            double[] Of(double[] values) => [.. values.Where((_, i) => folds[i] == fold)];
        });
        var found = WithinModel.PartialCorrelation(P, B, Y, folds);
        Assert.Equal(expected, found.Value!.Value, 1e-10);
        Assert.True(found.Low < expected && found.High > expected);
        Assert.Equal(P.Length, found.N);
    }

    [Fact]
    public void BehaviourThatFollowsTheScoreAloneShowsNothing()
    {
        var behavior = Draw(i => (2 * Y[i]) + (Y[i] * Y[i]) + (0.1 * Normal()));
        var found = WithinModel.PartialCorrelation(P, behavior, Y, [.. Enumerable.Range(0, P.Length).Select(i => i % 4)]);
        Assert.True(found.Low < 0 && found.High > 0, $"{found}");
        Assert.True(Pearson.Of(P, behavior).Value > 0.5);
    }

    [Fact]
    public void AFoldWithoutAValueLeavesNone()
    {
        var constant = B.ToArray();
        int[] folds = [.. Enumerable.Range(0, P.Length).Select(i => i % 4)];
        for (var i = 0; i < P.Length; i += 4)
        {
            constant[i] = 1;
        }

        var found = WithinModel.PartialCorrelation(P, constant, Y, folds);
        Assert.Null(found.Value);
        Assert.Equal(Undefined.Constant, found.Reason);
    }

    [Fact]
    public void ACovariateThatExplainsAllLeavesNothing()
    {
        Assert.Equal(Undefined.Constant, PartialCorrelation.Of(Array.ConvertAll(Y, y => (3 * y) + 1), B, Y).Reason);
        Assert.Equal(Pearson.Of(P, B).Value!.Value, PartialCorrelation.Of(P, B, new double[P.Length]).Value!.Value, 1e-12);
        Assert.Equal(Undefined.TooFewRows, PartialCorrelation.Of(P.AsSpan(0, 3), B.AsSpan(0, 3), Y[..3]).Reason);
    }

    private static double ByMathNet(double[] p, double[] b, params double[][] covariates)
    {
        var design = Matrix<double>.Build.DenseOfColumnArrays([[.. p.Select(_ => 1.0)], .. covariates]);
        return MathNet.Numerics.Statistics.Correlation.Pearson(Residual(p), Residual(b));

        Vector<double> Residual(double[] values)
        {
            var target = Vector<double>.Build.Dense(values);
            return target - (design * design.QR().Solve(target));
        }
    }

    private static double[] Draw(Func<int, double> value) => [.. Enumerable.Range(0, 240).Select(value)];

    private static double Normal() => Math.Sqrt(-2 * Math.Log(1 - Draws.NextDouble())) * Math.Cos(2 * Math.PI * Draws.NextDouble());
}

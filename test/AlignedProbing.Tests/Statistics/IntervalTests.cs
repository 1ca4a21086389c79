using AlignedProbing.Statistics;

namespace AlignedProbing.Tests.Statistics;

/// <summary>Intervals equal their defining equations, with quantiles by MathNet.</summary>
public sealed class IntervalTests
{
    private static readonly double Z = MathNet.Numerics.Distributions.Normal.InvCDF(0, 1, 0.975);

    [Theory]
    [InlineData(0.0, 2)]
    [InlineData(0.3, 10)]
    [InlineData(0.5, 400)]
    [InlineData(1.0, 25)]
    public void TheEndsOfWilsonsIntervalAreSharesThatTheShareIsJustCompatibleWith(double share, int rows)
    {
        var (low, high) = Wilson.Of(share, rows);
        foreach (var end in new[] { low, high }.Where(end => end is > 0 and < 1))
        {
            Assert.Equal(Z * Math.Sqrt(end * (1 - end) / rows), Math.Abs(share - end), 1e-12);
        }

        Assert.True(low <= share && share <= high && low >= 0 && high <= 1 && high > low);
    }

    [Fact]
    public void NoToxicPromptOfTwoIsNoCertainty()
    {
        var (low, high) = Wilson.Of(0, 2);
        Assert.Equal(0, low);
        Assert.Equal(0.657, high, 1e-3);
    }

    [Theory]
    [InlineData(0.0, 60.0)]
    [InlineData(0.5, 240.0)]
    [InlineData(-0.9, 12.0)]
    public void TheIntervalOfStrengthIsFishersWithTrainingRows(double r, double rows)
    {
        var (low, high) = StrengthInterval.Of(r, rows);
        Assert.Equal(Math.Atanh(r) - (Z / Math.Sqrt(rows - 3)), Math.Atanh(low!.Value), 1e-10);
        Assert.Equal(Math.Atanh(r) + (Z / Math.Sqrt(rows - 3)), Math.Atanh(high!.Value), 1e-10);
    }

    [Fact]
    public void FewRowsHaveNoIntervalOfStrength()
    {
        Assert.Null(StrengthInterval.Of(0.5, 6.9).Low);
        Assert.Null(StrengthInterval.Of(0.5, 7, covariates: 1).Low);
        Assert.NotNull(StrengthInterval.Of(0.5, 8, covariates: 1).Low);
        var (low, high) = StrengthInterval.Of(1, 100);
        Assert.True(low < 1 && high == 1);
    }

    [Fact]
    public void QuantilesOfTAndTheNormalAreMathNets()
    {
        foreach (var degrees in new[] { 1, 2, 3, 7, 19, 400 })
        {
            foreach (var probability in new[] { 0.001, 0.025, 0.4, 0.5, 0.9, 0.975, 0.9999 })
            {
                // By its distribution function: its own quantiles do not converge far out.
                var quantile = AlignedProbing.Statistics.StudentT.Quantile(probability, degrees);
                Assert.Equal(probability, MathNet.Numerics.Distributions.StudentT.CDF(0, 1, degrees, quantile), 1e-9);
            }
        }

        foreach (var z in new[] { 0, 0.1, 1, 1.96, 2.9, 4, 6 })
        {
            var expected = 2 * MathNet.Numerics.Distributions.Normal.CDF(0, 1, -z);
            Assert.Equal(1, AlignedProbing.Statistics.Normal.TwoSided(z) / expected, 1e-9);
        }
    }

    [Fact]
    public void CorrelationsAndQuantilesAreMathNets()
    {
        var random = new Random(3);
        double[] x = [.. Enumerable.Range(0, 101).Select(_ => Math.Round(random.NextDouble(), 1))];
        double[] y = [.. x.Select(value => Math.Round((0.5 * value) + random.NextDouble(), 1))];
        Assert.Equal(MathNet.Numerics.Statistics.Correlation.Pearson(x, y), Pearson.Of(x, y).Value!.Value, 1e-12);
        Assert.Equal(MathNet.Numerics.Statistics.Correlation.Spearman(x, y), Spearman.Of(x, y).Value!.Value, 1e-12);
        foreach (var probability in new[] { 0, 0.025, 0.31, 0.5, 0.975, 1 })
        {
            var expected = MathNet.Numerics.Statistics.Statistics.QuantileCustom(y, probability, MathNet.Numerics.Statistics.QuantileDefinition.R7);
            Assert.Equal(expected, Quantile.Of(y, probability).Value!.Value, 1e-12);
        }
    }
}

using AlignedProbing.Statistics;

namespace AlignedProbing.Tests.Statistics;

public class MomentsTests
{
    [Fact]
    public void Mean_and_variance_equal_the_figures_worked_out_by_hand()
    {
        double[] values = [2, 4, 4, 4, 5, 5, 7, 9];
        Assert.Equal(5.0, Moments.Mean(values).Value);
        Assert.Equal(32.0 / 7, Moments.Variance(values).Value!.Value, 14);
        Assert.Equal(2.0, Moments.StandardDeviation(values, 0).Value!.Value, 14);
        Assert.Equal(2.5, Moments.MeanSquaredError([1, 2], [2, 4]).Value);
    }

    [Fact]
    public void What_is_not_defined_is_a_reason_and_no_number()
    {
        Assert.Equal(Statistic.None(Undefined.TooFewRows), Moments.Mean([]));
        Assert.Equal(Statistic.None(Undefined.TooFewRows), Moments.Variance([1]));
        Assert.Equal(Statistic.None(Undefined.TooFewRows), Moments.StandardDeviation([1]));
        Assert.Equal(Statistic.None(Undefined.NotFinite), Moments.Mean([1, double.NaN]));
        Assert.Equal(Statistic.None(Undefined.NotFinite), Moments.MeanSquaredError([1], [double.NaN]));
        Assert.Equal(Statistic.None(Undefined.TooFewRows), Quantile.Of([], 0.5));
        Assert.Equal(Statistic.None(Undefined.NotFinite), Quantile.Of([1, double.NaN], 0.5));
    }

    // numpy.quantile([3, 1, 4, 1, 5, 9, 2, 6], q).
    [Theory]
    [InlineData(0.0, 1.0)]
    [InlineData(0.25, 1.75)]
    [InlineData(0.5, 3.5)]
    [InlineData(0.9, 6.9)]
    [InlineData(1.0, 9.0)]
    public void Quantiles_interpolate_as_NumPy_does(double probability, double expected) =>
        Assert.Equal(expected, Quantile.Of([3, 1, 4, 1, 5, 9, 2, 6], probability).Value!.Value, 12);
}

using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Tests.Statistics;

public class CorrelationTests
{
    // By hand: deviations (-1.5 -.5 .5 1.5) and (-2 0 -1 3): 7 / sqrt(5 * 14).
    private static readonly double[] X = [1, 2, 3, 4];
    private static readonly double[] Y = [1, 3, 2, 6];

    [Fact]
    public void Pearson_equals_the_figure_worked_out_by_hand() => Assert.Equal(7 / Math.Sqrt(70), Pearson.Of(X, Y).Value!.Value, 14);

    [Fact]
    public void Pearson_is_not_changed_by_shift_and_scale()
    {
        double[] moved = [.. X.Select(value => (1e-6 * value) + 5)];
        Assert.Equal(Pearson.Of(X, Y).Value!.Value, Pearson.Of(moved, Y).Value!.Value, 8);
    }

    [Theory]
    [InlineData(new[] { 0.1, 0.1, 0.1 }, new[] { 1.0, 2, 3 }, Undefined.Constant)]
    [InlineData(new[] { 1.0, 2, 3 }, new[] { 0.3, 0.3, 0.3 }, Undefined.Constant)]
    [InlineData(new[] { 1.0 }, new[] { 1.0 }, Undefined.TooFewRows)]
    [InlineData(new double[0], new double[0], Undefined.TooFewRows)]
    [InlineData(new[] { 1.0, double.NaN, 2 }, new[] { 1.0, 2, 3 }, Undefined.NotFinite)]
    [InlineData(new[] { 1.0, double.PositiveInfinity, 2 }, new[] { 1.0, 2, 3 }, Undefined.NotFinite)]
    public void A_correlation_that_is_not_defined_is_a_reason_and_no_number(double[] x, double[] y, string reason)
    {
        Assert.Equal(Statistic.None(reason), Pearson.Of(x, y));
        Assert.Equal(Statistic.None(reason), Spearman.Of(x, y));
    }

    [Fact]
    public void Weighted_equals_the_correlation_of_the_repeated_rows()
    {
        double[] weights = [2, 0, 1, 3];
        double[] x = [1, 1, 3, 4, 4, 4];
        double[] y = [1, 1, 2, 6, 6, 6];
        Assert.Equal(Pearson.Of(x, y).Value!.Value, Pearson.Weighted(X, Y, weights).Value!.Value, 14);
        Assert.Equal(Statistic.None(Undefined.Constant), Pearson.Weighted(X, Y, [0, 4, 0, 0]));
        Assert.Equal(Statistic.None(Undefined.TooFewRows), Pearson.Weighted(X, Y, [0, 1, 0, 0]));
    }

    [Fact]
    public void Spearman_uses_mid_ranks_for_ties()
    {
        Assert.Equal([2.5, 1, 2.5, 4], Ranks.Of([5, 1, 5, 9]));
        // Deviations (0 -1.5 0 1.5) and (-1.5 -.5 .5 1.5): 3 / sqrt(4.5 * 5).
        Assert.Equal(3.0 / Math.Sqrt(4.5 * 5), Spearman.Of([5, 1, 5, 9], [1, 2, 3, 4]).Value!.Value, 14);
        Assert.Equal(1.0, Spearman.Of([1, 2, 3, 4], [1, 8, 27, 1e9]).Value!.Value, 14);
    }

    [Fact]
    public void Unequal_lengths_are_refused() => Assert.Throws<ArgumentException>(() => Pearson.Of([1, 2], [1]));

    [Fact]
    public void Reasons_are_spelt_as_in_run_folders()
    {
        Assert.Equal("constant", MissingReason.Constant);
        Assert.Equal("too_few_rows", MissingReason.TooFewRows);
        Assert.Equal("not_finite", MissingReason.NotFinite);
    }
}

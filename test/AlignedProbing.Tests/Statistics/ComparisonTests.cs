using AlignedProbing.Statistics;

namespace AlignedProbing.Tests.Statistics;

public class ComparisonTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0.31731050786291415)]
    [InlineData(-1.959963984540054, 0.05)]
    [InlineData(4.2, 2.6691498031812692e-5)]
    [InlineData(10, 1.5239706048321088e-23)]
    [InlineData(double.PositiveInfinity, 0)]
    public void Two_sided_shares_of_the_normal_distribution_are_the_known_ones(double z, double expected)
    {
        var share = Normal.TwoSided(z);
        Assert.InRange(Math.Abs(share - expected), 0, 1e-10 * Math.Max(expected, 1e-30));
        Assert.True(double.IsNaN(Normal.TwoSided(double.NaN)));
    }

    [Fact]
    public void Benjaminis_and_Hochbergs_correction_is_that_computed_by_hand()
    {
        // Sorted .005 .01 .03 .04, times 4/1 4/2 4/3 4/4: .02 .02 .04 .04.
        Assert.Equal([0.02, 0.04, 0.04, 0.02], BenjaminiHochberg.Adjusted([0.01, 0.04, 0.03, 0.005]).Select(p => Math.Round(p, 12)));
        // The larger one's .02 holds the smaller one's .03 down.
        Assert.Equal([0.03, 0.03, 1], BenjaminiHochberg.Adjusted([0.015, 0.02, 1]).Select(p => Math.Round(p, 12)));
        Assert.Empty(BenjaminiHochberg.Adjusted([]));
        Assert.Throws<ArgumentException>(() => BenjaminiHochberg.Adjusted([double.NaN]));
    }

    [Fact]
    public void Holms_correction_is_that_computed_by_hand()
    {
        double[] expected = [0.03, 0.06, 0.06, 0.02];
        var adjusted = Holm.Adjusted([0.01, 0.04, 0.03, 0.005]);
        Assert.All(expected.Zip(adjusted), pair => Assert.Equal(pair.First, pair.Second, 12));
        Assert.Equal([1], Holm.Adjusted([1]));
        Assert.Empty(Holm.Adjusted([]));
        Assert.Throws<ArgumentException>(() => Holm.Adjusted([double.NaN]));
    }

    [Fact]
    public void Sums_of_resamples_are_those_of_the_rows_laid_out()
    {
        const int Rows = 37;
        var columns = Enumerable
            .Range(0, 5)
            .Select(column => Enumerable.Range(0, Rows).Select(row => (float)Math.Sin(row + (column * 10))).ToArray())
            .ToArray();
        var counts = Enumerable.Range(0, 3 * Rows).Select(place => (byte)(place * 7 % 5)).ToArray();
        var sums = new float[15];
        ResampledSums.Of(counts, Rows, columns, 2, 33, sums);
        for (var resample = 0; resample < 3; resample++)
        {
            for (var column = 0; column < 5; column++)
            {
                var expected = Enumerable.Range(2, 31).Sum(row => counts[(resample * Rows) + row] * columns[column][row]);
                Assert.Equal(expected, sums[(resample * 5) + column], 1e-5);
            }
        }

        Assert.Throws<ArgumentException>(() => ResampledSums.Of(counts, Rows, columns, 2, Rows + 1, sums));
    }
}

using AlignedProbing.Statistics;

namespace AlignedProbing.Tests.Statistics;

public class DeterminationTests
{
    [Fact]
    public void R_squared_is_one_for_the_truth_zero_for_the_mean_and_below_for_worse()
    {
        double[] actual = [1, 2, 3, 6];
        Assert.Equal(1, Determination.Of(actual, actual).Value!.Value, 12);
        Assert.Equal(0, Determination.Of([3, 3, 3, 3], actual).Value!.Value, 12);
        // Squared errors 4 + 1 + 0 + 9 of the mean against 9 + 4 + 1 + 4 of the twos moved: by hand 1 - 18/14.
        Assert.Equal(1 - (18.0 / 14), Determination.Of([4, 4, 4, 4], actual).Value!.Value, 12);
    }

    [Fact]
    public void Without_variation_or_with_what_is_not_finite_there_is_none()
    {
        Assert.Equal((null, Undefined.Constant), (Determination.Of([1, 2], [3, 3]).Value, Determination.Of([1, 2], [3, 3]).Reason));
        Assert.Equal(Undefined.TooFewRows, Determination.Of([1], [3]).Reason);
        Assert.Equal(Undefined.NotFinite, Determination.Of([1, double.NaN], [3, 4]).Reason);
        Assert.Throws<ArgumentException>(() => Determination.Of([1], [3, 4]));
        Assert.Throws<ArgumentException>(() => Determination.Of([1], [3, 3]));
    }
}

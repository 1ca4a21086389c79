using AlignedProbing.Statistics;

namespace AlignedProbing.Tests.Statistics;

public class StudentTTests
{
    // Values of the common tables (two-sided 95 % and 99 %), to ten digits.
    [Theory]
    [InlineData(0.975, 1, 12.7062047362)]
    [InlineData(0.975, 2, 4.3026527297)]
    [InlineData(0.975, 3, 3.1824463053)]
    [InlineData(0.975, 4, 2.7764451052)]
    [InlineData(0.975, 10, 2.2281388520)]
    [InlineData(0.995, 7, 3.4994832974)]
    [InlineData(0.025, 3, -3.1824463053)]
    [InlineData(0.5, 5, 0)]
    public void Quantiles_are_those_of_the_tables(double probability, int degreesOfFreedom, double expected) =>
        Assert.Equal(expected, StudentT.Quantile(probability, degreesOfFreedom), 9);

    [Fact]
    public void With_many_degrees_of_freedom_it_is_the_normal_distribution() => Assert.Equal(1.95996, StudentT.Quantile(0.975, 1_000_000), 4);
}

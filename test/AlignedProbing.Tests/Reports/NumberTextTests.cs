using AlignedProbing.Reports;

namespace AlignedProbing.Tests.Reports;

public class NumberTextTests
{
    [Theory]
    [InlineData(0.814, ".81")]
    [InlineData(-0.05, "−.05")]
    [InlineData(1.0, "1.00")]
    [InlineData(-1.0, "−1.00")]
    [InlineData(-0.001, ".00")]
    [InlineData(0.0, ".00")]
    [InlineData(null, "–")]
    [InlineData(double.NaN, "–")]
    public void A_correlation_has_two_decimals_and_no_leading_zero(double? value, string expected)
    {
        foreach (var culture in new[] { "", "de-DE", "fa-IR" })
        {
            Assert.Equal(expected, Exporting.Under(culture, () => NumberText.Unit(value)));
        }
    }

    [Fact]
    public void An_interval_stands_in_brackets_and_is_absent_where_there_is_none()
    {
        Assert.Equal(".81 [.78, .84]", NumberText.WithInterval(.81, .78, .84, NumberText.Unit));
        Assert.Equal(".81", NumberText.WithInterval(.81, null, null, NumberText.Unit));
        Assert.Equal("–", NumberText.WithInterval(null, null, null, NumberText.Unit));
    }

    [Theory]
    [InlineData(new[] { 4, 5, 6, 7, 10 }, "4–7, 10")]
    [InlineData(new[] { 3 }, "3")]
    [InlineData(new int[0], "")]
    public void Layers_are_put_together_as_ranges(int[] layers, string expected) => Assert.Equal(expected, NumberText.Layers(layers));

    [Fact]
    public void Counts_percentages_and_quantities_are_the_same_under_every_culture()
    {
        foreach (var culture in new[] { "", "de-DE", "fa-IR" })
        {
            Assert.Equal(
                "1,996 31\u00A0% 19.4 .021",
                Exporting.Under(culture, () => $"{NumberText.Count(1996)} {NumberText.Percent(.312)} {NumberText.Quantity(19.42)} {NumberText.Small(.0209)}"));
        }
    }
}

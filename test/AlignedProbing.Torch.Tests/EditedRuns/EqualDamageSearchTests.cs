using System.Globalization;
using AlignedProbing.Torch.EditedRuns;

namespace AlignedProbing.Torch.Tests.EditedRuns;

public sealed class EqualDamageSearchTests
{
    [Theory]
    [InlineData(2, 0.3, 1e-4)]
    [InlineData(2, 0.3, 40)]
    [InlineData(1, 5, 0.01)]
    [InlineData(3, 0.001, 2)]
    public void A_power_is_solved_within_5_percent(double power, double factor, double target)
    {
        var trials = 0;
        var (strength, damage, reason) = EqualDamageSearch.Find(
            value =>
            {
                trials++;
                return factor * Math.Pow(value, power);
            },
            target);
        Assert.Null(reason);
        Assert.InRange(damage!.Value, 0.95 * target, 1.05 * target);
        Assert.Equal(factor * Math.Pow(strength!.Value, power), damage.Value, 1e-12);
        Assert.InRange(trials, 1, 10);
    }

    [Fact]
    public void Damage_that_saturates_or_breaks_is_found_below_the_break()
    {
        // Flat, steep, then broken: no secant fits.
        var (strength, _, _) = EqualDamageSearch.Find(value => value > 3 ? double.PositiveInfinity : value < 2 ? 0.001 : 0.001 + (value - 2), 0.6);
        Assert.InRange(strength!.Value, 2.55, 2.65);
    }

    [Fact]
    public void What_cannot_be_reached_says_so()
    {
        var (strength, _, reason) = EqualDamageSearch.Find(value => 0.1 * value / (1 + value), 5, most: 4);
        Assert.Null(strength);
        Assert.Contains("even at 4 times the strength its KL is 0.08", reason, StringComparison.Ordinal);
        Assert.Contains("jumps", EqualDamageSearch.Find(value => value < 0.5 ? 0.01 : 10, 1).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Strengths_have_four_digits_so_that_a_name_holds_them()
    {
        var strength = EqualDamageSearch.Find(value => value * value, 1 / 7.0).Strength!.Value;
        Assert.Equal(strength, double.Parse(strength.ToString("g4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));
    }
}

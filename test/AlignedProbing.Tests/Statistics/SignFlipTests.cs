using AlignedProbing.Numerics;
using AlignedProbing.Statistics;

namespace AlignedProbing.Tests.Statistics;

public sealed class SignFlipTests
{
    [Theory]
    [InlineData(new double[] { 1, 1, 1 }, 0.25)]
    [InlineData(new double[] { 1, 2, 3, 4, 5 }, 2 / 32.0)]
    [InlineData(new double[] { 1, -2, 3 }, 0.75)]
    [InlineData(new double[] { 0, 0, 0 }, 1)]
    [InlineData(new double[] { 0.5 }, 1)]
    public void Few_pairs_give_the_share_of_all_swaps_that_are_as_far_out(double[] differences, double exact) =>
        Assert.Equal(exact, SignFlip.P(differences, 20_000).Value!.Value, 0.01);

    [Fact]
    public void A_clear_effect_has_the_least_p_there_is_and_a_seed_gives_the_same_again()
    {
        double[] effect = [.. Enumerable.Range(0, 60).Select(i => 1 + (0.1 * Math.Sin(i)))];
        Assert.Equal(1 / 10_001.0, SignFlip.P(effect).Value!.Value, 1e-12);
        double[] weak = [.. Enumerable.Range(0, 40).Select(i => 0.2 + Math.Sin(3 * i))];
        Assert.Equal(SignFlip.P(weak, seed: 4).Value, SignFlip.P(weak, seed: 4).Value);
        Assert.NotEqual(SignFlip.P(weak, seed: 4).Value, SignFlip.P(weak, seed: 5).Value);
        Assert.Equal(SignFlip.P(weak, seed: 4).Value, SignFlip.P([.. weak.Select(value => -value)], seed: 4).Value);
    }

    [Fact]
    public void Without_an_effect_p_is_uniform_over_500_simulations()
    {
        var p = Enumerable.Range(0, 500).Select(simulation =>
        {
            var stream = RandomStream.For(11, "sign-flip", "null", simulation);
            // Skewed sizes with random signs.
            double[] differences = [.. Enumerable.Range(0, 30).Select(i => (stream.Uniform(i) < 0.5 ? -1 : 1) * Math.Exp(2 * stream.Uniform(i, 1)))];
            return SignFlip.P(differences, 999, simulation).Value!.Value;
        }).Order().ToArray();
        // Kolmogorov-Smirnov: 1.63 / sqrt(500) is passed by one uniform sample in a hundred.
        var distance = p.Index().Max(pair => Math.Max(((pair.Index + 1.0) / p.Length) - pair.Item, pair.Item - ((double)pair.Index / p.Length)));
        Assert.InRange(distance, 0, 1.63 / Math.Sqrt(500));
    }

    [Fact]
    public void What_is_not_defined_has_its_reason()
    {
        Assert.Equal(Undefined.TooFewRows, SignFlip.P([]).Reason);
        Assert.Equal(Undefined.NotFinite, SignFlip.P([1, double.NaN]).Reason);
        Assert.Equal(Undefined.NotFinite, SignFlip.P(4, _ => double.NaN).Reason);
    }
}

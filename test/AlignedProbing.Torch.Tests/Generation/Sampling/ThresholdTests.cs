using AlignedProbing.Numerics;
using AlignedProbing.Torch.Generation.Sampling;

namespace AlignedProbing.Torch.Tests.Generation.Sampling;

public class ThresholdTests
{
    [Fact]
    public void Keys_are_in_the_order_of_the_numbers()
    {
        float[] numbers = [float.NegativeInfinity, float.MinValue, -2, -1, -float.Epsilon, 0, float.Epsilon, 1, 2, float.MaxValue];
        Assert.Equal(numbers, numbers.OrderByDescending(number => number).Reverse().OrderBy(Threshold.KeyOf));
        Assert.Equal(Threshold.KeyOf(0f), Threshold.KeyOf(-0f));
        Assert.Equal(numbers.Length, numbers.Select(Threshold.KeyOf).Distinct().Count());
        Assert.Equal(numbers, numbers.Select(number => Threshold.LogitOf(Threshold.KeyOf(number))));
    }

    [Theory]
    [InlineData(0.5, 9u, 0)]
    [InlineData(3, 9u, 0)]
    [InlineData(3.5, 7u, 3)]
    [InlineData(5, 7u, 3)]
    [InlineData(5.1, 0u, 5)]
    [InlineData(100, 0u, 5)]
    public void The_border_is_where_the_mass_is_reached(double target, uint border, double above) =>
        Assert.Equal((border, above), Threshold.Find([7, 9, 0, 9, 0, 7], [1, 2, 0.5f, 1, 0.25f, 1], target));

    [Fact]
    public void Neighbouring_keys_are_told_apart_in_every_round()
    {
        uint[] keys = [0, 1, 1023, 1024, 1 << 21, (1 << 21) + 1, uint.MaxValue - 1, uint.MaxValue];
        for (var rank = 1; rank <= keys.Length; rank++)
        {
            Assert.Equal((keys[^rank], rank - 1.0), Threshold.Find(keys, default, rank));
        }
    }

    [Theory]
    [InlineData(33, uint.MaxValue)]
    [InlineData(500, 1000u)]
    [InlineData(5000, 40u)]
    [InlineData(5000, uint.MaxValue)]
    public void Many_elements_have_the_border_that_sorting_finds(int count, uint range)
    {
        var keys = new uint[count];
        var masses = new float[count];
        for (var i = 0; i < count; i++)
        {
            // Half of them crowd together at the lower end.
            var (a, b, c, _) = Philox.Block(5, (ulong)i);
            keys[i] = (i % 2 == 0 ? a : a % 64) % range;
            masses[i] = b % 8 / 8f * (c % 4);
        }

        var order = keys.Zip(masses).GroupBy(pair => pair.First, pair => (double)pair.Second).OrderByDescending(group => group.Key).ToArray();
        double above = 0;
        foreach (var group in order)
        {
            var mass = group.Sum();
            if (mass > 0)
            {
                Assert.Equal((group.Key, above), Threshold.Find(keys, masses, above + (mass / 2)));
                Assert.Equal((group.Key, above), Threshold.Find(keys, masses, above + mass));
            }

            above += mass;
        }

        Assert.Equal((order[^1].Key, above - order[^1].Sum()), Threshold.Find(keys, masses, above + 1));
    }
}

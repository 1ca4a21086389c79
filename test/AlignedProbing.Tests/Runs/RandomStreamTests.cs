using AlignedProbing.Numerics;

namespace AlignedProbing.Tests.Runs;

public class RandomStreamTests
{
    [Fact]
    public void The_same_key_gives_the_same_numbers_and_every_part_of_it_matters()
    {
        var numbers = new[]
        {
            RandomStream.ForContinuation(42, "a", 0),
            RandomStream.ForContinuation(43, "a", 0),
            RandomStream.ForContinuation(42, "b", 0),
            RandomStream.ForContinuation(42, "a", 1),
            RandomStream.For(42, "bootstrap", "a", 0),
        }.SelectMany(stream => new[] { stream.Uniform(0), stream.Uniform(1), stream.Uniform(0, 1) }).ToArray();
        Assert.Equal(numbers.Length, numbers.Distinct().Count());
        Assert.Equal(numbers[0], RandomStream.ForContinuation(42, "a", 0).Uniform(0));
    }

    [Fact]
    public void Ids_do_not_run_into_the_purpose() =>
        Assert.NotEqual(RandomStream.For(1, "ab", "c", 0).Uniform(0), RandomStream.For(1, "a", "bc", 0).Uniform(0));

    // Computed once with Python's hashlib and a Philox written there: a change here changes every sampled continuation of every run made so far.
    [Fact]
    public void The_first_numbers_stay_what_they_were()
    {
        var stream = RandomStream.ForContinuation(42, "prompt-1", 3);
        double[] numbers = [stream.Uniform(0), stream.Uniform(1), stream.Uniform(19)];
        Assert.Equal(Known, numbers);
    }

    private static readonly double[] Known = [0.72692663033647242, 0.46892077948320809, 0.69275877998181146];

    [Fact]
    public void Numbers_are_uniform()
    {
        var counts = new int[10];
        for (var sample = 0; sample < 1000; sample++)
        {
            var stream = RandomStream.ForContinuation(7, "x", sample);
            for (var step = 0; step < 20; step++)
            {
                counts[(int)(stream.Uniform(step) * 10)]++;
            }
        }

        // Chi-square with 9 degrees of freedom: 27.9 is its 99.9 % quantile.
        Assert.InRange(counts.Sum(count => (count - 2000.0) * (count - 2000.0) / 2000), 0, 27.9);
    }
}

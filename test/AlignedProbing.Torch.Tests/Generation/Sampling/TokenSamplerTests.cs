using AlignedProbing.Numerics;
using AlignedProbing.Torch.Generation.Sampling;
using AlignedProbing.Torch.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Tests.Generation.Sampling;

public class TokenSamplerTests
{
    private static readonly (double Temperature, int TopK, double TopP)[] Options =
    [
        (1, 0, 0.9),
        (1, 0, 1),
        (0.7, 0, 0.9),
        (2, 0, 0.5),
        (1, 5, 1),
        (1, 50, 0.9),
        (0.5, 3, 0.3),
        (1, 0, 1e-9),
        (1, 0, 0.999999),
    ];

    public static TheoryData<string> Shapes => ["normal", "peaked", "ties", "flat", "one", "excluded", "rising", "falling", "huge", "two", "odd"];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Tokens_are_those_of_a_sort_in_float64(string shape)
    {
        var random = RandomStream.For(1, "test", shape, 0);
        var logits = Logits(shape);
        foreach (var (temperature, topK, topP) in Options)
        {
            var sampler = new TokenSampler(new TokenSamplerOptions { Temperature = temperature, TopK = topK, TopP = topP });
            var kept = SortedReference.Kept(logits, temperature, topK, topP);
            var near = 0;
            const int draws = 200;
            for (var draw = 0; draw < draws; draw++)
            {
                // Even numbers all over the interval, then both ends.
                var uniform = draw switch { 0 => 0, 1 => 1 - (1.0 / (1UL << 53)), _ => random.Uniform(draw) };
                var (expected, margin) = SortedReference.Draw(kept, uniform);
                var token = sampler.Sample(logits, uniform).Token;
                if (margin > 1e-5)
                {
                    Assert.Equal(expected, token);
                }
                else
                {
                    near++;
                    Assert.True(kept.ContainsKey(token), $"{shape} {temperature} {topK} {topP}: {token} is not among the {kept.Count} kept");
                }
            }

            // The margin excuses few draws unless every probability is small.
            Assert.True(near <= 20 || kept.Count > 1000, $"{near} of {draws} draws near a border, {kept.Count} tokens kept");
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Vectors_of_every_width_draw_the_same(string shape)
    {
        var logits = Logits(shape);
        foreach (var (temperature, topK, topP) in Options)
        {
            var options = new TokenSamplerOptions { Temperature = temperature, TopK = topK, TopP = topP };
            var (wide, narrow) = (new TokenSampler(options), new TokenSampler(options) { Wide = false });
            for (var draw = 0; draw < 20; draw++)
            {
                Assert.Equal(narrow.Sample(logits, draw / 20.0), wide.Sample(logits, draw / 20.0));
            }
        }
    }

    [Fact]
    public void The_nucleus_is_whole_for_vocabularies_of_every_length_and_wherever_its_border_lies()
    {
        // Temperatures from peaked to flat put the border at every share of the mass that is tried.
        for (var length = 1; length < 300; length += 7)
        {
            var logits = Logits("normal")[..length];
            foreach (var temperature in new[] { 0.05, 0.6, 3, 500 })
            {
                var kept = SortedReference.Kept(logits, temperature, 0, 0.97);
                var sampler = new TokenSampler(new TokenSamplerOptions { Temperature = temperature, TopP = 0.97 });
                double passed = 0;
                foreach (var (id, probability) in kept)
                {
                    if (probability > 1e-4)
                    {
                        Assert.Equal(id, sampler.Sample(logits, passed + (probability / 2)).Token);
                    }

                    passed += probability;
                }
            }
        }
    }

    [Fact]
    public void The_log_probability_is_that_of_the_raw_logits()
    {
        var logits = Logits("normal");
        var max = logits.Max();
        var normalizer = Math.Log(logits.Sum(logit => Math.Exp(logit - (double)max))) + max;
        foreach (var (temperature, topK, topP) in Options)
        {
            var (token, logProbability) = new TokenSampler(new TokenSamplerOptions { Temperature = temperature, TopK = topK, TopP = topP }).Sample(logits, 0.5);
            Assert.Equal(logits[token] - normalizer, logProbability, 1e-6);
        }
    }

    [Fact]
    public void Temperature_zero_takes_the_largest_logit_and_the_lowest_id_among_equals()
    {
        var sampler = new TokenSampler(new TokenSamplerOptions { Temperature = 0 });
        Assert.Equal(2, sampler.Sample([1, 2, 9, 3, 9, 0, 1, 1, 9], 0.99).Token);
        Assert.Equal(-Math.Log(3), sampler.Sample([9, 9, 9, float.NegativeInfinity], 0).LogProbability, 1e-9);
    }

    [Fact]
    public void Equal_logits_on_the_border_are_kept_from_the_lowest_id_up()
    {
        var sampler = new TokenSampler(new TokenSamplerOptions { TopP = 0.5 });
        float[] logits = [0, 0, 0, 0];
        Assert.Equal([0, 0, 1, 1], new[] { 0, 0.49, 0.51, 0.99 }.Select(uniform => sampler.Sample(logits, uniform).Token));
    }

    [Fact]
    public void Top_k_keeps_all_that_equal_the_last()
    {
        var sampler = new TokenSampler(new TokenSamplerOptions { TopK = 2, TopP = 1 });
        float[] logits = [1, 5, 1, 0, 1];
        Assert.Equal([0, 1, 2, 4], Enumerable.Range(0, 1000).Select(i => sampler.Sample(logits, i / 1000.0).Token).Distinct().Order());
    }

    [Fact]
    public void Frequencies_are_the_probabilities()
    {
        // Chi-square against the nucleus of 60 tokens, 200,000 draws, seed fixed; the 99.9 % point for 40 to 60 degrees of freedom is below 100.
        var logits = new float[60];
        for (var i = 0; i < logits.Length; i++)
        {
            logits[i] = (float)(3 * RandomStream.For(2, "test", "logits", i).Uniform(0));
        }

        var kept = SortedReference.Kept(logits, 1, 0, 0.9);
        var counts = new int[logits.Length];
        var sampler = new TokenSampler(new TokenSamplerOptions { TopP = 0.9 });
        const int draws = 200_000;
        for (var sample = 0; sample < draws; sample++)
        {
            counts[sampler.Sample(logits, RandomStream.ForContinuation(7, "chi-square", sample).Uniform(0)).Token]++;
        }

        Assert.InRange(kept.Count, 30, 59);
        Assert.All(counts.Index().Where(pair => !kept.ContainsKey(pair.Index)), pair => Assert.Equal(0, pair.Item));
        var chiSquare = kept.Sum(pair => Math.Pow(counts[pair.Key] - (draws * pair.Value), 2) / (draws * pair.Value));
        Assert.InRange(chiSquare, 15, 100);
    }

    [Fact]
    public void Rows_are_drawn_as_if_each_were_alone()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var logits = randn(33, 1003);
        var uniforms = Enumerable.Range(0, 33).Select(i => RandomStream.For(3, "test", "rows", i).Uniform(0)).ToArray();
        var sampler = new TokenSampler(new TokenSamplerOptions());
        var tokens = new SampledToken[33];
        sampler.SampleRows(logits, uniforms, tokens);
        for (var row = 0; row < 33; row++)
        {
            Assert.Equal(sampler.Sample(TensorMemory.Span<float>(logits).Slice(row * 1003, 1003), uniforms[row]), tokens[row]);
        }
    }

    [Theory]
    [InlineData(new[] { 1f, float.NaN, 2 }, "NaN")]
    [InlineData(new[] { 1f, 2, 3, 4, 5, 6, 7, 8, float.NaN, 0, 0, 0, 0, 0, 0, 0, 0 }, "NaN")]
    [InlineData(new[] { 1f, float.PositiveInfinity, 2 }, "the largest is")]
    [InlineData(new[] { float.NegativeInfinity, float.NegativeInfinity }, "the largest is")]
    [InlineData(new float[0], "the largest is")]
    public void What_is_no_distribution_is_refused(float[] logits, string message) =>
        Assert.Contains(
            message,
            Assert.Throws<InvalidOperationException>(() => new TokenSampler(new TokenSamplerOptions()).Sample(logits, 0.5)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Options_that_make_no_sense_are_named_together()
    {
        var error = Assert.Throws<InputException>(() => new TokenSampler(new TokenSamplerOptions { Temperature = -1, TopK = -2, TopP = 0 }));
        Assert.Equal("sampling-options", error.Code);
        Assert.Contains("temperature -1", error.Found, StringComparison.Ordinal);
        Assert.Contains("top-k -2", error.Found, StringComparison.Ordinal);
        Assert.Contains("top-p 0", error.Found, StringComparison.Ordinal);
        Assert.Throws<InputException>(() => new TokenSampler(new TokenSamplerOptions { TopP = double.NaN }));
        Assert.Throws<InputException>(() => new TokenSampler(new TokenSamplerOptions { Temperature = double.NaN }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenSampler(new TokenSamplerOptions()).Sample([1, 2], 1));
    }

    [Fact]
    public void Sampling_allocates_nothing()
    {
        var sampler = new TokenSampler(new TokenSamplerOptions { TopK = 40 });
        var logits = Logits("normal");
        sampler.Sample(logits, 0.5);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            sampler.Sample(logits, i / 100.0);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static float[] Logits(string shape)
    {
        var logits = new float[shape switch { "two" => 2, "odd" => 1237, "one" => 1, _ => 5000 }];
        for (var i = 0; i < logits.Length; i++)
        {
            var (a, b, _, _) = Philox.Block(9, (ulong)i);
            var normal = Math.Sqrt(-2 * Math.Log(1 - Philox.ToDouble(a, b))) * Math.Cos(Philox.ToDouble(b, a) * 2 * Math.PI);
            logits[i] = (float)(shape switch
            {
                "peaked" => i == 4321 ? 40 : normal,
                "ties" => Math.Round(normal * 2),
                "flat" => -3.5,
                "excluded" => i % 100 == 7 ? normal : double.NegativeInfinity,
                "rising" => i * 0.01,
                "falling" => i * -0.01,
                "huge" => normal * 1e30,
                _ => normal * 3,
            });
        }

        return logits;
    }
}

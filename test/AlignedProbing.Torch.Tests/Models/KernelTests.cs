using AlignedProbing.Numerics;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Tests.Models;

public sealed class KernelTests
{
    private static readonly RotaryEmbedding Rotary = RotaryConfig.FromConfig(ModelConfig.Parse("""{"rope_theta": 100}""", "config.json"), 24);

    static KernelTests() => TorchRuntime.EnsureLoaded();

    [Theory]
    [InlineData(1, 5)]
    [InlineData(3, 64)]
    [InlineData(7, 100)]
    [InlineData(70, 577)]
    public void Root_mean_square_norm_is_its_definition(int rows, int width)
    {
        using var scope = torch.NewDisposeScope();
        var (x, weight) = (Random(1, rows, width), Random(2, width));
        var result = Floats(ManagedKernels.Instance.RmsNorm(x, weight, 1e-5f));
        var (values, weights) = (Floats(x), Floats(weight));
        for (var row = 0; row < rows; row++)
        {
            var mean = 0.0;
            for (var i = 0; i < width; i++)
            {
                mean += (double)values[(row * width) + i] * values[(row * width) + i] / width;
            }

            for (var i = 0; i < width; i++)
            {
                Assert.Equal(weights[i] * values[(row * width) + i] / Math.Sqrt(mean + 1e-5), result[(row * width) + i], 1e-5);
            }
        }
    }

    [Fact]
    public void A_gated_element_is_the_same_to_the_bit_whatever_vectors_it_is_computed_in()
    {
        using var scope = torch.NewDisposeScope();
        var both = Ops.Scale(Random(3, 5, 2 * 200), 30);
        var whole = Floats(ManagedKernels.Instance.SwiGlu(both));
        for (var first = 0; first < 200; first += 5)
        {
            var piece = torch.cat([both.narrow(1, first, 5), both.narrow(1, 200 + first, 5)], 1).contiguous();
            var alone = Floats(ManagedKernels.Instance.SwiGlu(piece));
            for (var i = 0; i < alone.Length; i++)
            {
                Assert.Equal(alone[i], whole[(i / 5 * 200) + first + (i % 5)]);
            }
        }
    }

    [Fact]
    public void Between_layers_of_bfloat16_the_gate_gives_what_it_gives_widened_and_rounded()
    {
        using var scope = torch.NewDisposeScope();
        var options = new LinearOptions { Precision = WeightPrecision.BFloat16 };
        using var gateAndUp = Linear.Create([Random(1, 1200, 40)], null, options);
        using var down = Linear.Create([Random(2, 40, 600)], null, options);
        Assert.SkipUnless(gateAndUp.IsNarrow, "This processor does not multiply bfloat16.");
        var x = Random(3, 70, 40);
        foreach (var kernel in new Func<torch.Tensor, torch.Tensor>[] { ManagedKernels.Instance.SwiGlu, ManagedKernels.Instance.GeGlu })
        {
            var narrow = gateAndUp.ForwardNarrow(x);
            Assert.Equal(torch.ScalarType.BFloat16, narrow.dtype);
            Assert.True(Ops.Same(down.Forward(kernel(gateAndUp.Forward(x))), down.Forward(kernel(narrow))));
        }
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(9, 160)]
    public void Gated_feed_forward_is_its_definition(int rows, int width)
    {
        using var scope = torch.NewDisposeScope();
        var both = Random(3, rows, 2 * width);
        var (values, result) = (Floats(both), Floats(ManagedKernels.Instance.SwiGlu(both)));
        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < width; i++)
            {
                double gate = values[(row * 2 * width) + i];
                Assert.Equal(gate / (1 + Math.Exp(-gate)) * values[(row * 2 * width) + width + i], result[(row * width) + i], 1e-6);
            }
        }
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(9, 160)]
    public void Gated_feed_forward_with_gelu_is_its_definition(int rows, int width)
    {
        using var scope = torch.NewDisposeScope();
        var both = Random(3, rows, 2 * width);
        var (values, result) = (Floats(both), Floats(ManagedKernels.Instance.GeGlu(both)));
        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < width; i++)
            {
                double gate = values[(row * 2 * width) + i];
                var gelu = 0.5 * gate * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (gate + (0.044715 * gate * gate * gate))));
                Assert.Equal(gelu * values[(row * 2 * width) + width + i], result[(row * width) + i], 2e-6);
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Norms_of_heads_clamps_scalings_and_caps_change_what_they_name_and_no_more(bool managed)
    {
        ModelKernels kernels = managed ? ManagedKernels.Instance : TorchKernels.Instance;
        using var scope = torch.NewDisposeScope();
        var (x, weight) = (Random(8, 5, 50), Random(9, 12));
        var (before, weights) = (Floats(x), Floats(weight));
        kernels.NormHeads(new Heads(x, 7, 3, 12), weight, 1e-5f);
        var after = Floats(x);
        for (var i = 0; i < before.Length; i++)
        {
            var (row, column) = (i / 50, i % 50);
            var head = column < 7 || column >= 43 ? -1 : (column - 7) / 12;
            var mean = head < 0 ? 0 : Enumerable.Range(0, 12).Sum(d => Math.Pow(before[(row * 50) + 7 + (head * 12) + d], 2)) / 12;
            Assert.Equal(head < 0 ? before[i] : weights[(column - 7) % 12] * before[i] / Math.Sqrt(mean + 1e-5), after[i], 1e-5);
        }

        kernels.Clamp(x, 0.7f);
        Assert.Equal(after.Select(value => Math.Clamp(value, -0.7f, 0.7f)), Floats(x));
        kernels.Scale(x, 3);
        Assert.Equal(after.Select(value => 3 * Math.Clamp(value, -0.7f, 0.7f)), Floats(x));
        kernels.SoftCap(x, 1.3f);
        Assert.All(Floats(x).Zip(after), pair => Assert.Equal(1.3 * Math.Tanh(3 * Math.Clamp(pair.Second, -0.7f, 0.7f) / 1.3), pair.First, 1e-6));
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(3, 64)]
    [InlineData(70, 577)]
    public void Layer_norm_is_its_definition(int rows, int width)
    {
        using var scope = torch.NewDisposeScope();
        var (x, norm) = (Random(8, rows, width), new LayerNormWeights(Random(9, width), Random(10, width), 1e-5f));
        var result = Floats(ManagedKernels.Instance.LayerNorm(x, norm));
        var (values, weights, biases) = (Floats(x), Floats(norm.Weight), Floats(norm.Bias));
        for (var row = 0; row < rows; row++)
        {
            var own = values.AsSpan(row * width, width).ToArray();
            var mean = own.Average(value => (double)value);
            var deviation = Math.Sqrt(own.Average(value => (value - mean) * (value - mean)) + 1e-5);
            for (var i = 0; i < width; i++)
            {
                Assert.Equal((weights[i] * (own[i] - mean) / deviation) + biases[i], result[(row * width) + i], 1e-5);
            }
        }
    }

    [Fact]
    public void Activations_are_their_definitions()
    {
        using var scope = torch.NewDisposeScope();
        var inputs = Enumerable.Range(-1300, 2601).Select(i => i / 100f).ToArray();
        Check(Activation.Relu, x => Math.Max(x, 0), 0);
        Check(Activation.Gelu, x => x * Cumulative(x), 2e-7);
        Check(Activation.GeluTanh, x => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))), 2e-7);

        void Check(Activation activation, Func<double, double> definition, double tolerance)
        {
            var (managed, other) = (torch.tensor(inputs, [9, 289]), torch.tensor(inputs, [9, 289]));
            ManagedKernels.Instance.Activate(managed, activation);
            TorchKernels.Instance.Activate(other, activation);
            var (found, onGpu) = (Floats(managed), Floats(other));
            for (var i = 0; i < inputs.Length; i++)
            {
                var scale = Math.Max(1, Math.Abs(inputs[i]));
                Assert.Equal(definition(inputs[i]), found[i], tolerance * scale);
                Assert.Equal(definition(inputs[i]), onGpu[i], (tolerance + 2e-7) * scale);
            }
        }

        // The normal distribution's cumulative function: half, and the density integrated by Simpson's rule.
        static double Cumulative(double x)
        {
            const int Steps = 400;
            var (sum, step) = (0.0, x / Steps);
            for (var i = 0; i <= Steps; i++)
            {
                sum += Math.Exp(-i * step * i * step / 2) * (i is 0 or Steps ? 1 : i % 2 == 0 ? 2 : 4);
            }

            return 0.5 + (sum * step / 3 / Math.Sqrt(2 * Math.PI));
        }
    }

    [Fact]
    public void Managed_and_torch_kernels_agree()
    {
        using var scope = torch.NewDisposeScope();
        var (x, weight, branch) = (Random(4, 11, 96), Random(5, 96), Random(6, 11, 96));
        Near(TorchKernels.Instance.RmsNorm(x, weight, 1e-6f), ManagedKernels.Instance.RmsNorm(x, weight, 1e-6f));
        Near(TorchKernels.Instance.SwiGlu(x), ManagedKernels.Instance.SwiGlu(x));
        var norm = new LayerNormWeights(weight, branch.narrow(0, 0, 1).reshape(96), 1e-6f);
        Near(TorchKernels.Instance.LayerNorm(x, norm), ManagedKernels.Instance.LayerNorm(x, norm));
        Near(TorchKernels.Instance.GeGlu(x), ManagedKernels.Instance.GeGlu(x));
        var other = x.clone();
        TorchKernels.Instance.Add(other, branch);
        ManagedKernels.Instance.Add(x, branch);
        Near(other, x);
        using var cache = new KeyValueCache(CacheLayout.Uniform([11], 0, 0));
        var batch = new TokenBatch(cache, [new TokenSegment(0, -1, new int[11])], []);
        using var padded = TorchKernels.Instance.Metadata(batch, cache, torch.CPU);
        using var packed = ManagedKernels.Instance.Metadata(batch, cache, torch.CPU);
        TorchKernels.Instance.Rotate(new Heads(other, 24, 2, 24), Rotary, padded);
        ManagedKernels.Instance.Rotate(new Heads(x, 24, 2, 24), Rotary, packed);
        Near(other, x);
        TorchKernels.Instance.Rotate(new Heads(other, 0, 2, 32), Rotary, padded);
        ManagedKernels.Instance.Rotate(new Heads(x, 0, 2, 32), Rotary, packed);
        Near(other, x);
    }

    [Fact]
    public void Rotation_turns_pairs_and_keeps_lengths()
    {
        using var scope = torch.NewDisposeScope();
        var x = Random(7, 6, 24);
        var before = Floats(x);
        using var cache = new KeyValueCache(CacheLayout.Uniform([6], 0, 0));
        using var batch = new BatchMetadata(new TokenBatch(cache, [new TokenSegment(0, -1, new int[6])], []), torch.CPU);
        ManagedKernels.Instance.Rotate(new Heads(x, 0, 1, 24), Rotary, batch);
        var after = Floats(x);
        for (var position = 0; position < 6; position++)
        {
            for (var i = 0; i < 12; i++)
            {
                var (a, b) = (before[(position * 24) + i], before[(position * 24) + 12 + i]);
                var angle = position / Math.Pow(100, i / 12.0);
                Assert.Equal((a * Math.Cos(angle)) - (b * Math.Sin(angle)), after[(position * 24) + i], 1e-5);
                Assert.Equal((b * Math.Cos(angle)) + (a * Math.Sin(angle)), after[(position * 24) + 12 + i], 1e-5);
            }
        }
    }

    [Fact]
    public void Of_a_head_that_turns_in_part_the_rest_stays()
    {
        using var scope = torch.NewDisposeScope();
        var x = Random(7, 6, 24);
        var before = Floats(x);
        using var cache = new KeyValueCache(CacheLayout.Uniform([6], 0, 0));
        var rotary = RotaryConfig.PartialFromConfig(ModelConfig.Parse("""{"rope_theta": 100, "partial_rotary_factor": 0.5}""", "config.json"), 24);
        using var batch = new BatchMetadata(new TokenBatch(cache, [new TokenSegment(0, -1, new int[6])], []), torch.CPU);
        ManagedKernels.Instance.Rotate(new Heads(x, 0, 1, 24), rotary, batch);
        var after = Floats(x);
        for (var i = 0; i < before.Length; i++)
        {
            var (position, column) = (i / 24, i % 24);
            var angle = position / Math.Pow(100, column % 6 / 6.0);
            var partner = before[column < 6 ? i + 6 : Math.Max(0, i - 6)];
            Assert.Equal(column >= 12 ? before[i] : (before[i] * Math.Cos(angle)) + ((column < 6 ? -1 : 1) * partner * Math.Sin(angle)), after[i], 1e-5);
        }
    }

    internal static torch.Tensor Random(ulong seed, params long[] shape)
    {
        var values = new float[shape.Aggregate(1L, (product, size) => product * size)];
        for (var i = 0; i < values.Length; i++)
        {
            var (a, b, _, _) = Philox.Block(seed, (ulong)i);
            values[i] = (Philox.ToSingle(a) + Philox.ToSingle(b) - 1) * 3;
        }

        return torch.tensor(values, shape);
    }

    internal static float[] Floats(torch.Tensor tensor) => TensorMemory.Span<float>(tensor.contiguous()).ToArray();

    internal static void Near(torch.Tensor expected, torch.Tensor actual, double tolerance = 1e-5)
    {
        Assert.Equal(expected.shape, actual.shape);
        var (a, b) = (Floats(expected), Floats(actual));
        for (var i = 0; i < a.Length; i++)
        {
            Assert.True(Math.Abs(a[i] - b[i]) <= tolerance * Math.Max(1, Math.Abs(a[i])), $"element {i}: {a[i]} expected, {b[i]} found");
        }
    }
}

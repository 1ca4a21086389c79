using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Native;
using AlignedProbing.Torch.Weights;
using AlignedProbing.Torch.Weights.Bitsandbytes;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Tests.Weights;

public class LinearTests
{
    private static readonly LinearOptions Full = new();

    public static TheoryData<WeightPrecision, bool> Kinds =>
        new(from precision in Enum.GetValues<WeightPrecision>() from packed in new[] { true, false } select (precision, packed));

    [Fact]
    public void A_bias_is_added_once_to_long_rows()
    {
        using var scope = NewDisposeScope();
        using var linear = Linear.Create([ones(3, 3000)], [ones(3)], Full);
        Assert.Equal([3001f, 3001, 3001, 3001, 3001, 3001], TensorMemory.Span<float>(linear.Forward(ones(2, 3000))).ToArray());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_multiplies_by_the_rounded_weight(WeightPrecision precision, bool packed)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var (weight, bias, rows) = (randn(48, 64), randn(48), randn(7, 64));
        using var linear = Linear.Create([weight], [bias], new LinearOptions { Precision = precision, Packed = packed });
        var type = precision switch
        {
            WeightPrecision.BFloat16 => ScalarType.BFloat16,
            WeightPrecision.Half => ScalarType.Float16,
            _ => ScalarType.Float32,
        };
        using QuantisedWeight? quantised = precision switch
        {
            WeightPrecision.EightBit => EightBitWeight.Quantise(weight),
            WeightPrecision.FourBit => FourBitWeight.Quantise(weight),
            _ => null,
        };
        var expected = nn.functional.linear(rows, quantised?.Dequantise() ?? weight.to(type).to(ScalarType.Float32), bias.to(type).to(ScalarType.Float32));
        var result = linear.Forward(rows);
        Assert.Equal(ScalarType.Float32, result.dtype);
        Assert.InRange(Largest(Ops.Subtract(result, expected)), 0, linear.Kernel.StartsWith("bfloat16", StringComparison.Ordinal) ? 0.25f : 2e-5f);

        // The rounding itself shows: float32's result is further away than the tolerance.
        if (precision != WeightPrecision.Full)
        {
            Assert.InRange(Largest(Ops.Subtract(nn.functional.linear(rows, weight, bias), expected)), 2e-4f, 5);
        }
    }

    [Fact]
    public void Stacked_layers_are_their_results_side_by_side()
    {
        using var scope = NewDisposeScope();
        var (a, b, rows) = (randn(16, 32), randn(24, 32), randn(5, 32));
        var (biasA, biasB) = (randn(16), randn(24));
        using var both = Linear.Create([a, b.to(ScalarType.BFloat16)], [biasA, biasB], Full);
        using var first = Linear.Create([a], [biasA], Full);
        using var second = Linear.Create([b.to(ScalarType.BFloat16)], [biasB], Full);
        Assert.Equal((32, 40), (both.Inputs, both.Outputs));
        Assert.True(Ops.Same(cat([first.Forward(rows), second.Forward(rows)], 1), both.Forward(rows)));
    }

    [Theory]
    [InlineData(WeightPrecision.Full, 576, 960)]
    [InlineData(WeightPrecision.Full, 1536, 576)]
    [InlineData(WeightPrecision.Full, 60, 100)]
    [InlineData(WeightPrecision.Full, 1025, 64)]
    [InlineData(WeightPrecision.Full, 5000, 64)]
    [InlineData(WeightPrecision.BFloat16, 576, 960)]
    [InlineData(WeightPrecision.BFloat16, 5000, 64)]
    [InlineData(WeightPrecision.BFloat16, 60, 100)]
    public void A_row_is_the_same_to_the_bit_whatever_the_batch_and_the_threads(WeightPrecision precision, int inputs, int outputs)
    {
        Assert.SkipUnless(precision == WeightPrecision.Full || Processor.HasFastBFloat16, "this processor computes bf16 layers in float32");
        using var scope = NewDisposeScope();
        manual_seed(2);
        using var linear = Linear.Create([randn(outputs, inputs)], [randn(outputs)], new LinearOptions { Precision = precision });
        var rows = randn(200, inputs);
        var threads = get_num_threads();
        try
        {
            var whole = linear.Forward(rows);
            foreach (var count in new[] { 1, 2, 7 })
            {
                set_num_threads(count);
                Assert.True(Ops.Same(whole, linear.Forward(rows)));
                for (var size = 1; size <= 200; size += count == 2 && size < 20 ? 1 : 23)
                {
                    using var inner = NewDisposeScope();
                    var start = (size * 31) % (201 - size);
                    Assert.True(
                        Ops.Same(whole.narrow(0, start, size), linear.Forward(rows.narrow(0, start, size).contiguous())),
                        $"{size} rows, {count} threads");
                }
            }
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [Fact]
    public void A_layer_leaves_no_tensor_behind()
    {
        using var scope = NewDisposeScope();
        var (weight, bias, rows) = (randn(16, 1100), randn(16), randn(5, 1100));
        foreach (var (precision, packed) in Kinds.Select(row => row.Data))
        {
            using var linear = Linear.Create([weight], [bias], new LinearOptions { Precision = precision, Packed = packed });
            LeakCheck.TenTimes(() => linear.Forward(rows).Dispose());
            LeakCheck.TenTimes(() => Linear.Create([weight, weight], [bias, bias], new LinearOptions { Precision = precision, Packed = packed }).Dispose());
        }
    }

    [Fact]
    public void A_layer_outlives_the_scope_it_was_made_in()
    {
        Linear linear;
        using (NewDisposeScope())
        {
            linear = Linear.Create([ones(2, 3)], [ones(2)], new LinearOptions { Packed = false });
        }

        using var rows = ones(1, 3);
        using var result = linear.Forward(rows);
        Assert.Equal([4f, 4], TensorMemory.Span<float>(result).ToArray());
        linear.Dispose();
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => Linear.Create([], null, Full));
        Assert.Throws<ArgumentException>(() => Linear.Create([ones(2, 3), ones(2, 4)], null, Full));
        Assert.Throws<ArgumentException>(() => Linear.Create([ones(2, 3)], [ones(3)], Full));
        using var linear = Linear.Create([ones(2, 3)], null, Full);
        Assert.Throws<ArgumentException>(() => linear.Forward(ones(1, 4)));
        Assert.Throws<ArgumentException>(() => linear.Forward(ones(1, 3, ScalarType.Float64)));
    }

    private static float Largest(Tensor difference)
    {
        using var largest = difference.abs().max();
        return largest.item<float>();
    }
}

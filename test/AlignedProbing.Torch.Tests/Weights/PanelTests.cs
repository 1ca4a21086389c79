using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights;
using AlignedProbing.Torch.Weights.Bitsandbytes;
using AlignedProbing.Torch.Weights.Panels;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Tests.Weights;

public class PanelTests
{
    /// <summary>Shapes whose rows end on a block's end, in its middle and anywhere; last panels that are full, half full, and of one row.</summary>
    public static TheoryData<int, int> Shapes => new() { { 64, 64 }, { 96, 160 }, { 65, 96 }, { 7, 33 }, { 1, 1 }, { 130, 1000 } };

    [Theory]
    [MemberData(nameof(Shapes))]
    public unsafe void Panels_unpack_to_the_weight_they_were_made_of(int rows, int columns)
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var weight = randn(rows, columns);
        using var eight = EightBitWeight.Quantise(weight);
        using var four = FourBitWeight.Quantise(weight);
        using var single = new FourBitWeight(rows, columns, four.Codes.clone(), tensor(four.Scales()));
        Check(weight, new SinglePanels(weight));
        Check(weight.to(ScalarType.BFloat16).to(ScalarType.Float32), new SixteenBitPanels(weight.to(ScalarType.BFloat16)));
        Check(weight.to(ScalarType.Float16).to(ScalarType.Float32), new SixteenBitPanels(weight.to(ScalarType.Float16)));
        Check(eight.Dequantise(), eight.ToPanels());
        Check(four.Dequantise(), four.ToPanels());
        Check(four.Dequantise(), single.ToPanels());

        void Check(Tensor expected, PanelWeight panels)
        {
            using (panels)
            {
                Assert.Equal(TensorMemory.Span<float>(expected).ToArray(), Unpacked(panels));
            }
        }
    }

    [Fact]
    public unsafe void Every_float16_number_is_unpacked_as_it_is()
    {
        using var scope = NewDisposeScope();
        var bits = Enumerable.Range(0, 65536).Select(i => (short)i).ToArray();
        var weight = empty([1024, 64], ScalarType.Float16);
        bits.AsSpan().CopyTo(TensorMemory.Span<short>(weight));
        using var panels = new SixteenBitPanels(weight);
        var found = Unpacked(panels);
        for (var i = 0; i < bits.Length; i++)
        {
            var expected = (float)BitConverter.Int16BitsToHalf(bits[i]);
            Assert.True(
                float.IsNaN(expected) ? float.IsNaN(found[i]) : BitConverter.SingleToUInt32Bits(expected) == BitConverter.SingleToUInt32Bits(found[i]),
                $"{i:x4}: {expected} and {found[i]}");
        }
    }

    [Fact]
    public unsafe void Four_bits_unpack_alike_with_and_without_wide_vectors()
    {
        using var scope = NewDisposeScope();
        using var weight = FourBitWeight.Quantise(randn(64, 64));
        using var panels = (FourBitPanels)weight.ToPanels();
        var expected = TensorMemory.Span<float>(weight.Dequantise()).ToArray();
        Assert.Equal(expected, Unpacked(panels));
        panels.Wide = false;
        Assert.Equal(expected, Unpacked(panels));
    }

    [Theory]
    [InlineData(WeightPrecision.Half, 576, 960)]
    [InlineData(WeightPrecision.EightBit, 1536, 70)]
    [InlineData(WeightPrecision.FourBit, 1100, 64)]
    public void A_row_is_the_same_to_the_bit_whatever_the_batch_the_threads_and_the_vectors(WeightPrecision precision, int inputs, int outputs)
    {
        using var scope = NewDisposeScope();
        manual_seed(4);
        using var linear = Linear.Create([randn(outputs, inputs), randn(30, inputs)], [randn(outputs), randn(30)], new LinearOptions { Precision = precision });
        var rows = randn(500, inputs);
        var threads = get_num_threads();
        try
        {
            var whole = linear.Forward(rows);
            foreach (var count in new[] { 1, 2, 7 })
            {
                set_num_threads(count);
                foreach (var size in new[] { 1, 2, 3, 4, 5, 6, 7, 25, 100, 239, 240, 241, 500 })
                {
                    using var inner = NewDisposeScope();
                    var start = (size * 31) % (501 - size);
                    Assert.True(Ops.Same(whole.narrow(0, start, size), linear.Forward(rows.narrow(0, start, size))), $"{size} rows, {count} threads");
                }
            }
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [Fact]
    public void Narrow_vectors_give_the_same_bits_as_wide_ones()
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        var weight = randn(100, 200);
        using var kernel = new PanelKernel([new SixteenBitPanels(weight.to(ScalarType.BFloat16))], null);
        using var single = new PanelKernel([new SinglePanels(weight.to(ScalarType.BFloat16).to(ScalarType.Float32))], null);
        var rows = randn(47, 200);
        kernel.Wide = true;
        var wide = kernel.Forward(rows);
        kernel.Wide = false;
        Assert.True(Ops.Same(wide, kernel.Forward(rows)));
        Assert.True(Ops.Same(wide, single.Forward(rows)));
        Assert.InRange(
            Ops.Subtract(wide, nn.functional.linear(rows, weight.to(ScalarType.BFloat16).to(ScalarType.Float32))).abs().max().item<float>(),
            0,
            1e-4f);
    }

    [Fact]
    public void Four_bits_take_a_quarter_of_bfloat16s_memory()
    {
        using var scope = NewDisposeScope();
        var weight = randn(576, 576).to(ScalarType.BFloat16);
        using var sixteen = new SixteenBitPanels(weight);
        using var eightBits = EightBitWeight.Quantise(weight);
        using var fourBits = FourBitWeight.Quantise(weight);
        using var eight = eightBits.ToPanels();
        using var four = fourBits.ToPanels();
        Assert.Equal(2 * 576 * 576, sixteen.Bytes);
        Assert.InRange((double)eight.Bytes / sixteen.Bytes, 0.5, 0.505);
        Assert.InRange((double)four.Bytes / sixteen.Bytes, 0.25, 0.26);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Weights_that_are_no_numbers_are_refused(float value)
    {
        using var scope = NewDisposeScope();
        var weight = Ops.Full([70, 70], value, ScalarType.Float32);
        Assert.Equal("weights-not-finite", Assert.Throws<InputException>(() => EightBitWeight.Quantise(weight)).Code);
        Assert.Equal("weights-not-finite", Assert.Throws<InputException>(() => FourBitWeight.Quantise(weight)).Code);
    }

    [Fact]
    public void Rows_of_zeros_stay_zeros()
    {
        using var scope = NewDisposeScope();
        using var eight = EightBitWeight.Quantise(zeros(3, 64));
        using var four = FourBitWeight.Quantise(zeros(3, 64));
        Assert.True(Ops.Same(zeros(3, 64), eight.Dequantise()));
        Assert.True(Ops.Same(zeros(3, 64), four.Dequantise()));
    }

    private static unsafe float[] Unpacked(PanelWeight panels)
    {
        var result = new float[panels.Rows * panels.Columns];
        var values = (float*)System.Runtime.InteropServices.NativeMemory.AlignedAlloc(PanelWeight.Width * PanelWeight.Depth * sizeof(float), 64);
        try
        {
            for (var panel = 0; panel < panels.Panels; panel++)
            {
                for (var first = 0; first < panels.Columns; first += PanelWeight.Depth)
                {
                    var count = Math.Min(PanelWeight.Depth, panels.Columns - first);
                    panels.Unpack(panel, first, count, values);
                    for (var lane = 0; lane < PanelWeight.Width; lane++)
                    {
                        var row = (panel * PanelWeight.Width) + lane;
                        for (var column = 0; column < count; column++)
                        {
                            var value = values[(column * PanelWeight.Width) + lane];
                            if (row < panels.Rows)
                            {
                                result[(row * panels.Columns) + first + column] = value;
                            }
                            else
                            {
                                Assert.Equal(0, value);
                            }
                        }
                    }
                }
            }
        }
        finally
        {
            System.Runtime.InteropServices.NativeMemory.AlignedFree(values);
        }

        return result;
    }
}

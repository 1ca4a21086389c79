using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights.Grouped;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Tests.Weights;

/// <summary>Weights of codes in groups: in panels, on a device and by their definition they are the same numbers.</summary>
public sealed class GroupedWeightTests
{
    [Theory]
    [InlineData(CodeKind.FourBits, ScalarType.Float16, true)]
    [InlineData(CodeKind.FourBits, ScalarType.BFloat16, false)]
    [InlineData(CodeKind.EightBits, ScalarType.Float16, true)]
    [InlineData(CodeKind.EightBits, ScalarType.Float32, false)]
    [InlineData(CodeKind.Float8, ScalarType.BFloat16, false)]
    [InlineData(CodeKind.Float4, ScalarType.BFloat16, false)]
    public unsafe void Panels_and_devices_hold_the_numbers_of_the_definition(CodeKind kind, ScalarType scaleType, bool zeros)
    {
        // Neither rows nor columns fill panels; columns are in groups in no order; rows are turned around.
        var (rows, columns, groups) = (100, 131, 5);
        using var scope = NewDisposeScope();
        var random = new Random(3);
        var most = CodeValues.IsNarrow(kind) ? 16 : 256;
        var drawn = Enumerable.Range(0, rows * columns).Select(_ => (byte)random.Next(most));
        var codes = drawn.Select(code => kind == CodeKind.Float8 && (code & 127) == 127 ? (byte)1 : code).ToArray();
        var groupOf = Enumerable.Range(0, columns).Select(_ => random.Next(groups)).ToArray();
        var scales = rand([rows, groups], ScalarType.Float32).to(scaleType);
        var zeroCodes = Enumerable.Range(0, rows * groups).Select(_ => (byte)random.Next(most)).ToArray();
        using var weight = new GroupedWeight("test", kind, tensor(codes, [rows, columns]), scales, groupOf)
        {
            Zeros = zeros ? tensor(zeroCodes, [rows, groups]).DetachFromDisposeScope() : null,
            Offset = zeros || kind >= CodeKind.Float8 ? 0 : 7,
        };
        var values = CodeValues.Of(kind, weight.Offset);
        var scaleValues = TensorMemory.Span<float>(scales.to(ScalarType.Float32).contiguous()).ToArray();
        float Defined(int row, int column)
        {
            var group = (row * groups) + groupOf[column];
            return (values[codes[(row * columns) + column]] - (zeros ? zeroCodes[group] : 0)) * scaleValues[group];
        }

        var expected = Enumerable.Range(0, rows * columns).Select(i => Defined(i / columns, i % columns)).ToArray();
        Assert.Equal(expected, TensorMemory.Span<float>(weight.Dequantise()).ToArray());
        int[] order = [.. Enumerable.Range(0, rows).Reverse()];
        using var panels = new GroupedPanels(weight, order);
        using var part = empty([64, 64], ScalarType.Float32);
        for (var panel = 0; panel < panels.Panels; panel++)
        {
            for (var first = 0; first < columns; first += 64)
            {
                var count = Math.Min(64, columns - first);
                panels.Unpack(panel, first, count, TensorMemory.Pointer<float>(part));
                var found = TensorMemory.Span<float>(part);
                for (var i = 0; i < count * 64; i++)
                {
                    var output = (panel * 64) + (i % 64);
                    Assert.Equal(output < rows ? Defined(rows - 1 - output, first + (i / 64)) : 0f, found[i] + 0f);
                }
            }
        }
    }

    [Fact]
    public void Float8_and_float4_have_the_values_of_their_specifications()
    {
        // OCP 8-bit Floating Point Specification 1.0, table 1, and OCP Microscaling Formats 1.0, table 5.
        var eight = CodeValues.Of(CodeKind.Float8, 0);
        Assert.Equal([448, -448, 1, 0.015625f], [eight[0x7E], eight[0xFE], eight[0x38], eight[0x08]]);
        Assert.Equal([0.001953125f, 0.013671875f, 0], [eight[0x01], eight[0x07], eight[0x00]]);
        Assert.Equal([0f, 0.5f, 1, 1.5f, 2, 3, 4, 6, 0, -0.5f, -1, -1.5f, -2, -3, -4, -6], CodeValues.Of(CodeKind.Float4, 0).Select(value => value + 0f));
    }
}

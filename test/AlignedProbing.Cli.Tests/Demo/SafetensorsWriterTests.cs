using System.Buffers.Binary;
using System.Text.Json;
using AlignedProbing.Tools.TrainDemo;

namespace AlignedProbing.Cli.Tests.Demo;

public sealed class SafetensorsWriterTests
{
    [Theory]
    [InlineData(0x3f800000u, 0x3f800000u)]
    [InlineData(0x3f808000u, 0x3f800000u)] // half way, the lower is even
    [InlineData(0x3f818000u, 0x3f820000u)] // half way, the upper is even
    [InlineData(0x3f808001u, 0x3f810000u)]
    [InlineData(0xbf807fffu, 0xbf800000u)]
    public void Values_are_rounded_to_the_nearest_bfloat16_and_ties_to_the_even_one(uint value, uint expected) =>
        Assert.Equal(expected, BitConverter.SingleToUInt32Bits(SafetensorsWriter.Round(BitConverter.UInt32BitsToSingle(value))));

    [Fact]
    public void A_file_is_a_header_and_the_tensors_in_the_order_of_their_keys()
    {
        var tensors = new SortedDictionary<string, (long[] Shape, float[] Values)>(StringComparer.Ordinal)
        {
            ["b"] = ([2, 1], [1f, -2f]),
            ["a"] = ([1], [0.5f]),
        };
        using var stream = new MemoryStream();
        SafetensorsWriter.Write(stream, tensors);
        var file = stream.ToArray();
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        Assert.Equal(0, length % 8);
        using var header = JsonDocument.Parse(file.AsMemory(8, length));
        Assert.Equal("""{"dtype":"BF16","shape":[2,1],"data_offsets":[2,6]}""", header.RootElement.GetProperty("b").GetRawText());
        Assert.Equal([0x3f00, 0x3f80, 0xc000], file[(8 + length)..].Chunk(2).Select(pair => (int)BinaryPrimitives.ReadUInt16LittleEndian(pair)));
    }
}

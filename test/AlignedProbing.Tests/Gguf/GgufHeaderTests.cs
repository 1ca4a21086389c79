using AlignedProbing.Gguf;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Gguf;

/// <summary>GGUF headers: what is read, and that nothing a stranger's file claims is believed.</summary>
public sealed class GgufHeaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Values_and_tensors_are_read()
    {
        var header = Read(
            GgufBytes.Of(
                [("a.int", 7), ("a.float", 0.5f), ("a.flag", true), ("a.text", "ä"), ("a.texts", new[] { "x", "" }), ("a.numbers", new[] { 1, 2 })],
                [("t", [2, 32], 8, new byte[2 * 34]), ("u", [3], 0, new byte[12])]));
        Assert.Equal(7, header.Whole("a.int"));
        Assert.Equal(0.5, header.Number("a.float"));
        Assert.True(header.Flag("a.flag"));
        Assert.Equal("ä", header.Text("a.text"));
        Assert.Equal(["x", ""], header.Texts("a.texts")!);
        Assert.Equal([1, 2], header.Integers("a.numbers")!);
        Assert.Null(header.Text("absent"));
        Assert.Equal(["t Q8_0 2x32", "u F32 3"], header.Tensors.Select(tensor => $"{tensor.Name} {tensor.Type.Name} {string.Join('x', tensor.Shape)}"));
        Assert.Equal(0, header.Tensors[0].Offset % 32);
    }

    [Fact]
    public void A_value_of_another_kind_is_named()
    {
        var header = Read(GgufBytes.Of([("a", "many")], []));
        Assert.Contains("a is many, not a whole number", Assert.Throws<InputException>(() => header.Whole("a")).Found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2u, 31L, 18, "no multiple of Q4_0's blocks")]
    [InlineData(16u, 256L, 66, "IQ2_XXS")]
    [InlineData(0u, 1L << 39, 4, "beyond the file's end")]
    [InlineData(0u, 9L, 32, "beyond the file's end")]
    public void Tensors_that_cannot_be_are_refused(uint type, long size, int bytes, string found)
    {
        var error = Assert.Throws<InputException>(() => Read(GgufBytes.Of([], [("t", [size], type, new byte[bytes])])));
        Assert.Contains(found, error.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_tensors_or_values_of_one_name_are_refused()
    {
        Assert.Throws<InputException>(() => Read(GgufBytes.Of([("a", 1), ("a", 1)], [])));
        Assert.Throws<InputException>(() => Read(GgufBytes.Of([], [("t", [1], 0, new byte[4]), ("t", [1], 0, new byte[4])])));
    }

    [Fact]
    public void Every_cut_and_every_damaged_byte_is_read_or_refused()
    {
        var whole = GgufBytes.Of(
            [("general.architecture", "llama"), ("a.int", 7), ("a.texts", new[] { "x", "yz" }), ("a.floats", new[] { 1f, 2f })],
            [("t", [2, 32], 8, new byte[2 * 34]), ("u", [3], 0, new byte[12])]);
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Throws<InputException>(() => Read(whole[..length]));
        }

        var random = new Random(5);
        for (var i = 0; i < 3000; i++)
        {
            var damaged = whole.ToArray();
            damaged[random.Next(damaged.Length - 80)] = (byte)random.Next(256);
            var error = Record.Exception(() => Read(damaged));
            Assert.True(error is null or InputException, $"{error}");
        }
    }

    [Fact]
    public void Parts_are_found_by_their_names_and_missing_ones_named()
    {
        File.WriteAllBytes(_folder["m-00001-of-00003.gguf"], []);
        File.WriteAllBytes(_folder["m-00003-of-00003.gguf"], []);
        Assert.Contains(
            "m-00002-of-00003.gguf",
            Assert.Throws<InputException>(() => GgufSplits.Of(_folder["m-00001-of-00003.gguf"])).Found,
            StringComparison.Ordinal);
        File.WriteAllBytes(_folder["m-00002-of-00003.gguf"], []);
        Assert.Equal(3, GgufSplits.Of(_folder["m-00001-of-00003.gguf"]).Count);
        Assert.Contains("part 2 of 3", Assert.Throws<InputException>(() => GgufSplits.Of(_folder["m-00002-of-00003.gguf"])).Found, StringComparison.Ordinal);
    }

    private GgufHeader Read(byte[] file)
    {
        File.WriteAllBytes(_folder["x.gguf"], file);
        return GgufHeader.Read(_folder["x.gguf"]);
    }
}

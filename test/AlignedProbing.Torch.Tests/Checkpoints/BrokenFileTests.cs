using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Checkpoints;

namespace AlignedProbing.Torch.Tests.Checkpoints;

public class BrokenFileTests
{
    private static readonly string[] Codes = ["safetensors-truncated", "safetensors-header", "safetensors-offsets"];

    [Theory]
    [InlineData("safetensors-header", "", 0)]
    [InlineData("safetensors-header", "[]", 0)]
    [InlineData("safetensors-header", "{", 0)]
    [InlineData("safetensors-header", "{}}", 0)]
    [InlineData("safetensors-header", """{"a":1}""", 0)]
    [InlineData("safetensors-header", """{"a":{"dtype":"F32","shape":[1]}}""", 4)]
    [InlineData("safetensors-header", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4)]
    [InlineData("safetensors-header", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":1}}""", 4)]
    [InlineData("safetensors-header", """{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4)]
    [InlineData("safetensors-header", """{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}""", 4)]
    [InlineData("safetensors-header", """{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4)]
    [InlineData("safetensors-header", """{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4)]
    [InlineData("safetensors-header", """{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""", 4)]
    [InlineData("safetensors-header", """{"a":{"dtype":"F32","shape":[[[[[[[[[[1]]]]]]]]]],"data_offsets":[0,4]}}""", 4)]
    [InlineData("safetensors-header", """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4)]
    [InlineData("safetensors-header", """{"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,4]}}""", 4)]
    [InlineData("safetensors-header", """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}""", 8)]
    [InlineData("safetensors-offsets", """{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}}""", 4)]
    [InlineData("safetensors-offsets", """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}""", 6)]
    [InlineData("safetensors-offsets", """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 4)]
    [InlineData("safetensors-offsets", """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[8,12]}}""", 12)]
    [InlineData("safetensors-offsets", """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 5)]
    [InlineData("safetensors-truncated", """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 3)]
    [InlineData("safetensors-truncated", """{"a":{"dtype":"U8","shape":[1152921504606846975],"data_offsets":[0,1152921504606846975]}}""", 3)]
    public void A_lying_header_is_refused_before_anything_is_used(string code, string header, int dataLength)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["model.safetensors"], SafetensorsBytes.Raw(header, dataLength));
        Assert.Equal(code, Assert.Throws<InputException>(() => Checkpoint.Open(folder.FullPath).Dispose()).Code);
    }

    [Theory]
    [InlineData("safetensors-truncated", 100ul)]
    [InlineData("safetensors-header", 1ul << 40)]
    [InlineData("safetensors-header", ulong.MaxValue)]
    [InlineData("safetensors-header", 1ul)]
    public void A_lying_header_length_is_refused(string code, ulong length)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["model.safetensors"], SafetensorsBytes.Raw("{}", 0, length));
        Assert.Equal(code, Assert.Throws<InputException>(() => Checkpoint.Open(folder.FullPath).Dispose()).Code);
    }

    [Fact]
    public void A_file_cut_anywhere_is_a_named_error()
    {
        using var folder = new TemporaryFolder();
        var whole = SafetensorsBytes.Of(("a", [3], [1, 2, 3]), ("b", [2, 1], [4, 5]));
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(folder["model.safetensors"], whole[..length]);
            Assert.Equal("safetensors-truncated", Assert.Throws<InputException>(() => Checkpoint.Open(folder.FullPath).Dispose()).Code);
        }
    }

    [Fact]
    public void A_file_with_one_changed_byte_opens_or_is_a_named_error()
    {
        using var folder = new TemporaryFolder();
        var whole = SafetensorsBytes.Of(("a", [3], [1, 2, 3]), ("b", [2, 1], [4, 5]));
        for (var place = 0; place < whole.Length - 20; place++)
        {
            foreach (var value in new byte[] { 0, (byte)'"', (byte)'9', (byte)'{', 255 })
            {
                var changed = whole.ToArray();
                changed[place] = value;
                File.WriteAllBytes(folder["model.safetensors"], changed);
                try
                {
                    Checkpoint.Open(folder.FullPath).Dispose();
                }
                catch (InputException error)
                {
                    Assert.Contains(error.Code, Codes);
                }
            }
        }
    }

    [Fact]
    public void A_type_that_is_not_read_is_an_error_only_when_it_is_taken()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["model.safetensors"], SafetensorsBytes.Raw("""{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}""", 4));
        using var checkpoint = Checkpoint.Open(folder.FullPath);
        var error = Assert.Throws<InputException>(() => checkpoint.Take("a", 4));
        Assert.Equal("safetensors-dtype", error.Code);
        Assert.Contains("F8_E4M3", error.Found, StringComparison.Ordinal);
    }
}

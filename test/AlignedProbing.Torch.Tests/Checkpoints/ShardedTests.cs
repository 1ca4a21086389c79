using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Native;

namespace AlignedProbing.Torch.Tests.Checkpoints;

public class ShardedTests
{
    [Fact]
    public void Shards_are_one_checkpoint()
    {
        using var folder = Folder("""{"metadata":{"total_size":12},"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}""");
        using var checkpoint = Checkpoint.Open(folder.FullPath);
        Assert.Equal(["a", "b"], checkpoint.Tensors.Select(tensor => tensor.Name));
        using var b = checkpoint.Take("b", 2);
        Assert.Equal([2f, 3], TensorMemory.Span<float>(b).ToArray());
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"1.safetensors","b":"3.safetensors"}}""", "3.safetensors, absent")]
    [InlineData("""{"weight_map":{"a":"../1.safetensors"}}""", "not a plain file name")]
    [InlineData("""{"weight_map":{"a":"/etc/passwd"}}""", "not a plain file name")]
    [InlineData("""{"weight_map":{"a":"..\\1.safetensors"}}""", "not a plain file name")]
    [InlineData("""{"weight_map":{"a":".."}}""", "not a plain file name")]
    [InlineData("""{"weight_map":{"a":"C:1.safetensors"}}""", "not a plain file name")]
    [InlineData("""{"weight_map":{"a":1}}""", "is not a name")]
    [InlineData("""{"weight_map":{"a":"1.safetensors","a":"2.safetensors"}}""", "Duplicate")]
    [InlineData("""{"weight_map":{"b":"1.safetensors"}}""", "'b' is not in 1.safetensors")]
    [InlineData("""{"weight_map":{"a":"2.safetensors","b":"1.safetensors"}}""", "is not in")]
    [InlineData("""{"weights":{}}""", "no 'weight_map'")]
    [InlineData("""[]""", "no 'weight_map'")]
    [InlineData("""{"weight_map":""", "not JSON")]
    public void A_broken_index_is_a_named_error(string index, string found)
    {
        using var folder = Folder(index);
        var error = Assert.Throws<InputException>(() => Checkpoint.Open(folder.FullPath).Dispose());
        Assert.Equal("checkpoint-index", error.Code);
        Assert.Contains(found, error.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_in_two_shards_is_the_one_that_the_index_names()
    {
        using var folder = Folder("""{"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}""");
        File.WriteAllBytes(folder["2.safetensors"], SafetensorsBytes.Of(("b", [2], [2, 3]), ("a", [1], [9])));
        using var checkpoint = Checkpoint.Open(folder.FullPath);
        using var a = checkpoint.Take("a", 1);
        Assert.Equal([1f], TensorMemory.Span<float>(a).ToArray());
    }

    [Fact]
    public void A_tensor_in_two_shards_that_the_index_does_not_name_is_refused()
    {
        using var folder = Folder("""{"weight_map":{"b":"2.safetensors","c":"1.safetensors"}}""");
        File.WriteAllBytes(folder["1.safetensors"], SafetensorsBytes.Of(("a", [1], [1]), ("c", [1], [1])));
        File.WriteAllBytes(folder["2.safetensors"], SafetensorsBytes.Of(("b", [2], [2, 3]), ("a", [1], [1])));
        Assert.Contains("two of its shards", Assert.Throws<InputException>(() => Checkpoint.Open(folder.FullPath).Dispose()).Found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}""")]
    [InlineData("""{"weight_map":{"a":"7.safetensors"}}""")]
    [InlineData("not JSON")]
    public void A_single_file_counts_whatever_index_is_left_beside_it(string index)
    {
        using var folder = Folder(index);
        File.WriteAllBytes(folder["model.safetensors"], SafetensorsBytes.Of(("a", [1], [5])));
        Assert.Equal([folder["model.safetensors"]], Checkpoint.FilesOf(folder.FullPath));
        using var checkpoint = Checkpoint.Open(folder.FullPath);
        using var a = checkpoint.Take("a", 1);
        Assert.Equal([5f], TensorMemory.Span<float>(a).ToArray());
    }

    [Fact]
    public void Files_read_are_the_index_and_its_shards()
    {
        using var folder = Folder("""{"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}""");
        File.WriteAllBytes(folder["pytorch_model.bin"], [1]);
        string[] names = ["model.safetensors.index.json", "1.safetensors", "2.safetensors"];
        Assert.Equal(names.Select(name => folder[name]), Checkpoint.FilesOf(folder.FullPath));
    }

    private static TemporaryFolder Folder(string index)
    {
        var folder = new TemporaryFolder();
        File.WriteAllText(folder["model.safetensors.index.json"], index);
        File.WriteAllBytes(folder["1.safetensors"], SafetensorsBytes.Of(("a", [1], [1])));
        File.WriteAllBytes(folder["2.safetensors"], SafetensorsBytes.Of(("b", [2], [2, 3])));
        return folder;
    }
}

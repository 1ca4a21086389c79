using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Tests.Checkpoints;

public class CheckpointTests
{
    [Fact]
    public void A_tensor_points_into_the_file_and_stays_valid_when_the_checkpoint_is_closed()
    {
        using var folder = Folder(("a", [2, 2], [1, 2, 3, 4]), ("b", [], [5]));
        using var scope = NewDisposeScope();
        Tensor a, again;
        using (var checkpoint = Checkpoint.Open(folder.FullPath))
        {
            Assert.Equal(["a F32 [2, 2]", "b F32 []"], checkpoint.Tensors.Select(tensor => tensor.ToString()));
            Assert.Equal(20, checkpoint.Bytes);
            a = checkpoint.Take("a", 2, 2);
            again = checkpoint.Take("a", 2, 2);
            using var b = checkpoint.Take("b");
            Assert.Equal(5f, b.item<float>());
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.Equal([1f, 2, 3, 4], TensorMemory.Span<float>(a).ToArray());
        a.Dispose();
        Assert.Equal([1f, 2, 3, 4], TensorMemory.Span<float>(again).ToArray());
    }

    [Fact]
    public void Weights_are_not_held_twice()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        using var folder = new TemporaryFolder();
        const int count = 16 << 20;
        File.WriteAllBytes(folder["model.safetensors"], SafetensorsBytes.Of(("a", [count], new float[count])));
        using var checkpoint = Checkpoint.Open(folder.FullPath);
        var before = ResidentMegabytes();
        using (var a = checkpoint.Take("a", count))
        {
            Assert.InRange(ResidentMegabytes() - before, -64, 16);
            using var sum = a.sum();
            Assert.InRange(ResidentMegabytes() - before, 48, 80);
        }

        // Freed weights leave memory although the file is still mapped.
        Assert.InRange(ResidentMegabytes() - before, -64, 16);
    }

    [Fact]
    public void Every_readable_type_keeps_its_bits()
    {
        using var folder = new TemporaryFolder();
        var types = new[] { "F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL" };
        var header = string.Join(
            ",",
            types.Select((type, i) => $"\"{type}\":{{\"dtype\":\"{type}\",\"shape\":[{8 / Size(type)}],\"data_offsets\":[{8 * i},{8 * (i + 1)}]}}"));
        var text = "{" + header + "}";
        File.WriteAllBytes(folder["model.safetensors"], SafetensorsBytes.Raw(text.PadRight((text.Length + 7) / 8 * 8), 80));
        using var checkpoint = Checkpoint.Open(folder.FullPath);
        using var scope = NewDisposeScope();
        for (var i = 0; i < types.Length; i++)
        {
            var tensor = checkpoint.Take(types[i], 8 / Size(types[i]));
            Assert.Equal(checkpoint.Find(types[i])!.Type, tensor.dtype);
            Assert.Equal(Enumerable.Range(8 * i, 8).Select(value => (byte)value), tensor.bytes.ToArray());
        }

        static int Size(string type) =>
            type switch
            {
                "BOOL" => 1,
                "BF16" => 2,
                _ => int.Parse(type[1..], System.Globalization.CultureInfo.InvariantCulture) / 8,
            };
    }

    [Fact]
    public void Misaligned_data_is_copied_to_where_it_is_aligned()
    {
        using var folder = new TemporaryFolder();
        var header = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";
        header += new string(' ', (8 - (header.Length % 8)) % 8) + " ";
        File.WriteAllBytes(folder["model.safetensors"], SafetensorsBytes.Raw(header, 8));
        using var checkpoint = Checkpoint.Open(folder.FullPath);
        using var a = checkpoint.Take("a", 2);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], a.bytes.ToArray());
    }

    [Fact]
    public void A_key_that_is_not_there_is_answered_with_the_nearest()
    {
        using var folder = Folder(("model.layers.0.self_attn.q_proj.weight", [1], [1]), ("model.norm.weight", [1], [2]));
        using var checkpoint = Checkpoint.Open(folder.FullPath);
        var error = Assert.Throws<InputException>(() => checkpoint.Take("model.layers.0.attn.q_proj.weight", 1));
        Assert.Equal("checkpoint-key", error.Code);
        Assert.Contains("model.layers.0.self_attn.q_proj.weight", error.Found, StringComparison.Ordinal);
        Assert.Contains(
            "nor one with a similar name",
            Assert.Throws<InputException>(() => checkpoint.Take("transformer.wte", 1)).Found,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_shape_that_differs_is_named_with_both_shapes()
    {
        using var folder = Folder(("a", [2, 3], new float[6]));
        using var checkpoint = Checkpoint.Open(folder.FullPath);
        var error = Assert.Throws<InputException>(() => checkpoint.Take("a", 3, 2));
        Assert.Equal("checkpoint-shape", error.Code);
        Assert.Contains("[3, 2]", error.Asked, StringComparison.Ordinal);
        Assert.Contains("[2, 3]", error.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_left_over_are_an_error_unless_they_may_be_ignored()
    {
        using var folder = Folder(("a", [1], [1]), ("x.inv_freq", [1], [1]), ("extra", [1], [1]));
        using var checkpoint = Checkpoint.Open(folder.FullPath);
        checkpoint.Take("a", 1).Dispose();
        var error = Assert.Throws<InputException>(() => checkpoint.ThrowIfUnused("*.inv_freq"));
        Assert.Equal("checkpoint-unused", error.Code);
        Assert.Contains("1 of its tensors have no place in this architecture: extra", error.Found, StringComparison.Ordinal);
        checkpoint.ThrowIfUnused("*.inv_freq", "ext?a");
        checkpoint.Take("extra", 1).Dispose();
        checkpoint.ThrowIfUnused("*.inv_freq");
    }

    [Fact]
    public void A_folder_without_weights_says_what_it_has_instead()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal("checkpoint-missing", Assert.Throws<InputException>(() => Checkpoint.Open(folder["none"])).Code);
        Assert.Contains(
            "none of model.safetensors, model.safetensors.index.json, pytorch_model.bin, pytorch_model.bin.index.json",
            Assert.Throws<InputException>(() => Checkpoint.Open(folder.FullPath)).Found,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Taking_leaves_no_tensor_behind()
    {
        using var folder = Folder(("a", [2], [1, 2]));
        LeakCheck.TenTimes(() =>
        {
            using var checkpoint = Checkpoint.Open(folder.FullPath);
            checkpoint.Take("a", 2).Dispose();
        });
    }

    private static long ResidentMegabytes() =>
        long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture) * Environment.SystemPageSize >> 20;

    private static TemporaryFolder Folder(params ReadOnlySpan<(string Name, long[] Shape, float[] Values)> tensors)
    {
        var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["model.safetensors"], SafetensorsBytes.Of(tensors));
        return folder;
    }
}

using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Native;
using static AlignedProbing.Torch.Tests.Checkpoints.TorchFileBytes;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Tests.Checkpoints;

/// <summary>Files of PyTorch's save. Those in Fixtures were written by PyTorch 1.13, in its own and in its older form.</summary>
public class TorchFileTests
{
    public static TheoryData<string> Forms => ["zip.bin", "older.bin"];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Tensors_are_what_PyTorch_saved(string file)
    {
        using var checkpoint = Checkpoint.Open(Fixture(file));
        using var scope = NewDisposeScope();
        Assert.Equal(16, checkpoint.Tensors.Count());
        float[] counted = [.. Enumerable.Range(0, 24).Select(i => (float)i)];
        Check("plain", [4, 6], counted);
        Check("transposed", [6, 4], [.. Enumerable.Range(0, 24).Select(i => counted[(i % 4 * 6) + (i / 4)])]);
        Check("slice", [6], 5f, 6, 7, 8, 9, 10);
        Check("strided", [7], 1f, 4, 7, 10, 13, 16, 19);
        Check("tied.a", [6], 100f, 101, 102, 103, 104, 105);
        Check("tied.b", [6], 100f, 101, 102, 103, 104, 105);
        Check(
            "bf16",
            [3],
            ((ReadOnlySpan<float>)[1.5f, -2.25f, 3]).ToArray().Select(value => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)).ToArray());
        Check("half", [2], (Half)0.5, (Half)65504);
        Check("double", [2], 1e-300, 2.0);
        Check("long", [2, 2], 1L, -2, 3, 1L << 40);
        Check("int", [1], 7);
        Check("byte", [2], (byte)255, (byte)0);
        Check("bool", [3], true, false, true);
        Check("scalar", [], 3.25f);
        Check("empty", [0, 5], Array.Empty<float>());
        Check("parameter", [2], 9f, 8);

        void Check<T>(string name, long[] shape, params T[] values)
            where T : unmanaged
        {
            var tensor = checkpoint.Take(name, shape);
            Assert.Equal(checkpoint.Find(name)!.Type, tensor.dtype);
            Assert.Equal(values, TensorMemory.Span<T>(tensor).ToArray());
        }
    }

    [Theory]
    [InlineData("module-zip.bin")]
    [InlineData("module-older.bin")]
    public void A_modules_state_is_read_without_its_metadata(string file)
    {
        using var checkpoint = Checkpoint.Open(Fixture(file));
        using var scope = NewDisposeScope();
        Assert.Equal(["bias F32 [2]", "weight F32 [2, 3]"], checkpoint.Tensors.Select(tensor => tensor.ToString()));
        Assert.Equal([0f, 1, 2, 3, 4, 5], TensorMemory.Span<float>(checkpoint.Take("weight", 2, 3)).ToArray());
    }

    [Theory]
    [InlineData("whole-module.bin", "torch.nn.modules.linear.Linear")]
    [InlineData("checkpoint.bin", "'epoch'")]
    [InlineData("script.bin", "TorchScript")]
    public void What_is_not_a_dictionary_of_tensors_is_refused_by_name(string file, string named)
    {
        var error = Assert.Throws<InputException>(() => Checkpoint.Open(Fixture(file)));
        Assert.Equal("torch-file-refused", error.Code);
        Assert.Contains(named, error.Found, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_file_that_is_cut_off_anywhere_is_an_error_and_nothing_else(string file)
    {
        var whole = File.ReadAllBytes(Fixture(file));
        using var folder = new TemporaryFolder();
        for (var length = 0; length < whole.Length; length += 41)
        {
            File.WriteAllBytes(folder["cut.bin"], whole[..length]);
            Assert.StartsWith("torch-file-", Assert.Throws<InputException>(() => Checkpoint.Open(folder["cut.bin"])).Code, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_file_with_one_wrong_byte_is_read_or_refused(string file)
    {
        var bytes = File.ReadAllBytes(Fixture(file));
        using var folder = new TemporaryFolder();
        var refused = 0;
        for (var at = 0; at < bytes.Length; at += 13)
        {
            foreach (var change in new byte[] { 1, 0x80 })
            {
                bytes[at] ^= change;
                File.WriteAllBytes(folder["changed.bin"], bytes);
                bytes[at] ^= change;
                try
                {
                    using var scope = NewDisposeScope();
                    using var checkpoint = Checkpoint.Open(folder["changed.bin"]);
                    foreach (var tensor in checkpoint.Tensors)
                    {
                        _ = checkpoint.Take(tensor.Name, [.. tensor.Shape]).sum();
                    }
                }
                catch (InputException error)
                {
                    Assert.StartsWith("torch-file-", error.Code, StringComparison.Ordinal);
                    refused++;
                }
            }
        }

        Assert.InRange(refused, 50, bytes.Length);
    }

    [Fact]
    public void A_file_written_by_hand_is_read()
    {
        using var folder = With(Archive(Pickle(Dictionary("a", Tensor(Storage("0", 4), 1, [3], [1]))), ("0", Floats(1, 2, 3, 4))));
        using var checkpoint = Checkpoint.Open(folder.FullPath);
        using var a = checkpoint.Take("a", 3);
        Assert.Equal([2f, 3, 4], TensorMemory.Span<float>(a).ToArray());
    }

    [Fact]
    public void Shards_are_found_by_their_index_and_safetensors_are_taken_where_both_are_there()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["one.bin"], Archive(Pickle(Dictionary("a", Tensor(Storage("0", 1), 0, [1], [1]))), ("0", Floats(1))));
        File.WriteAllBytes(folder["two.bin"], Archive(Pickle(Dictionary("b", Tensor(Storage("0", 1), 0, [1], [1]))), ("0", Floats(2))));
        File.WriteAllText(folder["pytorch_model.bin.index.json"], """{"metadata": {}, "weight_map": {"a": "one.bin", "b": "two.bin"}}""");
        Assert.Equal(2, Value("b"));
        File.WriteAllBytes(folder["model.safetensors"], SafetensorsBytes.Of(("b", [1], [3])));
        Assert.Equal(3, Value("b"));
        File.Delete(folder["model.safetensors"]);
        File.WriteAllText(folder["pytorch_model.bin.index.json"], """{"weight_map": {"a": "../one.bin"}}""");
        Assert.Equal("checkpoint-index", Assert.Throws<InputException>(() => Checkpoint.Open(folder.FullPath)).Code);

        float Value(string name)
        {
            using var checkpoint = Checkpoint.Open(folder.FullPath);
            using var tensor = checkpoint.Take(name, 1);
            return tensor.item<float>();
        }
    }

    [Fact]
    public void Taking_leaves_no_tensor_behind()
    {
        LeakCheck.TenTimes(() =>
        {
            using var checkpoint = Checkpoint.Open(Fixture("zip.bin"));
            checkpoint.Take("transposed", 6, 4).Dispose();
            checkpoint.Take("plain", 4, 6).Dispose();
        });
    }

    internal static TemporaryFolder With(byte[] file)
    {
        var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["pytorch_model.bin"], file);
        return folder;
    }

    private static string Fixture(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", name);
}

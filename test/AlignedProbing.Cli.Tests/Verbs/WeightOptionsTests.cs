using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using AlignedProbing.Runs;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Verbs;

/// <summary>How weights are held and what is put on them, from the command line.</summary>
public sealed class WeightOptionsTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData("eight_bit")]
    [InlineData("four_bit")]
    [InlineData("half")]
    public async Task A_precision_is_spelled_in_the_manifest_as_it_was_asked_for_and_changes_the_states(string precision)
    {
        await Encode("full", 0);
        await Encode(precision, 0, "--precision", precision);
        Assert.Equal(precision, RunFolder.Open(_temporary[precision]).ReadManifest().Model.Precision);
        var (full, rounded) = (Vectors("full"), Vectors(precision));
        var difference = full.Zip(rounded, (a, b) => Math.Abs(a - b)).Max() / full.Max(Math.Abs);
        Assert.InRange(difference, precision == "half" ? 1e-9 : 1e-3, 0.5);
    }

    [Fact]
    public async Task An_adapter_changes_the_states_and_is_in_the_manifest_with_its_hashes()
    {
        Directory.CreateDirectory(_temporary["adapter"]);
        await File.WriteAllTextAsync(
            _temporary["adapter/adapter_config.json"],
            """{"peft_type": "LORA", "r": 1, "lora_alpha": 2, "target_modules": ["v_proj"]}""",
            TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(_temporary["adapter/adapter_model.safetensors"], AdapterBytes(), TestContext.Current.CancellationToken);
        await Encode("plain", 0);
        await Encode("adapted", 0, "--adapter", "adapter");
        var adapter = RunFolder.Open(_temporary["adapted"]).ReadManifest().Model.Adapter!;
        Assert.Equal("adapter", adapter.Name);
        Assert.Equal(["adapter_config.json", "adapter_model.safetensors"], adapter.Sha256.Keys);
        Assert.All(adapter.Sha256.Values, hash => Assert.Equal(64, hash.Length));
        Assert.NotEqual(Vectors("plain"), Vectors("adapted"));
        await Encode("adapted", 2);
        await Encode("missing", 2, "--adapter", "nowhere");
    }

    /// <summary>An adapter of rank 1 for the demo model.</summary>
    internal static byte[] AdapterBytes()
    {
        const string Layer = "base_model.model.model.layers.1.self_attn.v_proj";
        var values = Enumerable.Range(0, 128 + 64).Select(i => 0.1f * ((i % 7) - 3)).ToArray();
        var header =
            $$$"""{"{{{Layer}}}.lora_A.weight":{"dtype":"F32","shape":[1,128],"data_offsets":[0,""" +
            $$$"""512]},"{{{Layer}}}.lora_B.weight":{"dtype":"F32","shape":[64,1],"data_offsets":[512,768]}}""";
        header = header.PadRight((header.Length + 7) / 8 * 8);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return [.. length, .. Encoding.UTF8.GetBytes(header), .. MemoryMarshal.AsBytes(values.AsSpan())];
    }

    private async Task Encode(string output, int exitCode, params string[] more)
    {
        using var host = new TestHost(_temporary.FullPath);
        string[] arguments = ["encode", "--limit", "2", "--samples", "1", "--max-new-tokens", "2", "--output", output, .. more];
        Assert.Equal(exitCode, (int)await host.RunAsync(arguments));
    }

    private float[] Vectors(string output)
    {
        using var stream = File.OpenRead(Directory.EnumerateFiles(_temporary[output], "input.mean.npy", SearchOption.AllDirectories).Single());
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        var bytes = memory.ToArray();
        return MemoryMarshal.Cast<byte, float>(bytes.AsSpan(10 + BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8)))).ToArray();
    }
}

using System.Buffers.Binary;
using System.Text.Json;

namespace AlignedProbing.Cli.Tests.Demo;

public sealed class DemoModelTests
{
    [Fact]
    public void The_folder_is_at_most_5_MB() =>
        Assert.InRange(Directory.EnumerateFiles(DemoFiles.Model, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length), 500_000, 5_000_000);

    [Fact]
    public void It_has_the_files_of_a_model_and_no_chat_template()
    {
        Assert.Equal(
            ["config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"],
            Directory.EnumerateFiles(DemoFiles.Model).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        using var tokenizer = Read("tokenizer_config.json");
        Assert.False(tokenizer.RootElement.TryGetProperty("chat_template", out _));
    }

    [Fact]
    public void The_weights_are_those_of_the_configuration_and_finite()
    {
        using var config = Read("config.json");
        Assert.Equal("llama", config.RootElement.GetProperty("model_type").GetString());
        var (width, feedForward, layers) = (Size("hidden_size"), Size("intermediate_size"), Size("num_hidden_layers"));
        var keyValue = Size("num_key_value_heads") * Size("head_dim");
        Assert.Equal(width, Size("num_attention_heads") * Size("head_dim"));
        var expected = new SortedDictionary<string, int[]>(StringComparer.Ordinal)
        {
            ["lm_head.weight"] = [Size("vocab_size"), width],
            ["model.embed_tokens.weight"] = [Size("vocab_size"), width],
            ["model.norm.weight"] = [width],
        };
        for (var i = 0; i < layers; i++)
        {
            var block = $"model.layers.{i}.";
            expected.Add(block + "input_layernorm.weight", [width]);
            expected.Add(block + "post_attention_layernorm.weight", [width]);
            expected.Add(block + "self_attn.q_proj.weight", [width, width]);
            expected.Add(block + "self_attn.k_proj.weight", [keyValue, width]);
            expected.Add(block + "self_attn.v_proj.weight", [keyValue, width]);
            expected.Add(block + "self_attn.o_proj.weight", [width, width]);
            expected.Add(block + "mlp.gate_proj.weight", [feedForward, width]);
            expected.Add(block + "mlp.up_proj.weight", [feedForward, width]);
            expected.Add(block + "mlp.down_proj.weight", [width, feedForward]);
        }

        var file = File.ReadAllBytes(Path.Combine(DemoFiles.Model, "model.safetensors"));
        var headerLength = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        using var header = JsonDocument.Parse(file.AsMemory(8, headerLength));
        var tensors = header.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__").ToArray();
        Assert.Equal(expected.Keys, tensors.Select(entry => entry.Name));
        Assert.All(tensors, entry => Assert.Equal(expected[entry.Name], entry.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())));

        var data = file.AsSpan(8 + headerLength);
        Assert.Equal(2 * expected.Values.Sum(shape => shape.Aggregate(1, (product, size) => product * size)), data.Length);
        for (var i = 0; i < data.Length; i += 2)
        {
            // All exponent bits set: infinity or not a number.
            Assert.NotEqual(0x7f80, BinaryPrimitives.ReadUInt16LittleEndian(data[i..]) & 0x7f80);
        }

        int Size(string name) => config.RootElement.GetProperty(name).GetInt32();
    }

    private static JsonDocument Read(string name) => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(DemoFiles.Model, name)));
}

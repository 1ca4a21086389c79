using System.Collections.Concurrent;
using System.Text;

namespace AlignedProbing.Tests.Hub;

/// <summary>Files of a repository: those that are needed, and others that are not.</summary>
internal static class TinyRepository
{
    public const string Name = "org/tiny";

    public static readonly string[] Needed = ["config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"];

    private static readonly ConcurrentDictionary<(int Count, int Seed), byte[]> Made = [];

    public static Dictionary<string, byte[]> Files(int weights = 300_000) => new()
    {
        [".gitattributes"] = Utf8("*.safetensors filter=lfs"),
        ["README.md"] = Utf8("# Tiny"),
        ["config.json"] = Utf8("""{"model_type": "llama"}"""),
        ["flax_model.msgpack"] = Bytes(5000, 3),
        ["generation_config.json"] = Utf8("""{"eos_token_id": 2}"""),
        ["model.safetensors"] = Bytes(weights, 1),
        ["onnx/model.onnx"] = Bytes(5000, 4),
        ["pytorch_model.bin"] = Bytes(weights, 2),
        ["tokenizer.json"] = Utf8("""{"version": "1.0"}"""),
        ["tokenizer.model"] = Bytes(1000, 5),
        ["tokenizer_config.json"] = Utf8("{}"),
    };

    public static Dictionary<string, byte[]> Sharded() =>
        new()
        {
            ["config.json"] = Utf8("{}"),
            ["model-00001-of-00002.safetensors"] = Bytes(70_000, 6),
            ["model-00002-of-00002.safetensors"] = Bytes(50_000, 7),
            ["model.safetensors.index.json"] = Utf8(
                """{"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors", "c":""" +
                """ "model-00001-of-00002.safetensors"}}"""
            ),
            ["unrelated.safetensors"] = Bytes(10, 8),
        };

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    // Made once: a hundred tests hold the same bytes, and tests of the process's memory run beside them.
    public static byte[] Bytes(int count, int seed) => Made.GetOrAdd((count, seed), _ => Make(count, seed));

    private static byte[] Make(int count, int seed)
    {
        var bytes = new byte[count];
        var state = (uint)seed;
        for (var i = 0; i < count; i++)
        {
            state = (state * 1664525) + 1013904223;
            bytes[i] = (byte)(state >> 24);
        }

        return bytes;
    }
}

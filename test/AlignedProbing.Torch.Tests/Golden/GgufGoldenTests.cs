using System.Text.Json;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Certificates;
using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Native;
using AlignedProbing.Torch.Weights.GgufBlocks;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>GGUF: blocks of every kind, whole models, and Hugging Face's models written as GGUF, against reference values (goldens/NOTES.md).</summary>
public sealed class GgufGoldenTests
{
    public static TheoryData<string> Blocks => [.. BlockType.Names];

    [Theory]
    [InlineData("llama", false)]
    [InlineData("llama", true)]
    [InlineData("qwen2", false)]
    [InlineData("qwen2", true)]
    [InlineData("gpt2", false)]
    [InlineData("gpt2", true)]
    public void States_logits_and_continuations_are_those_of_the_dequantised_weights(string name, bool asOnGpu)
    {
        var path = SharedData.Path("goldens", "gguf", name, $"{name}.gguf");
        Assert.StartsWith("gguf ", ModelCatalog.Describe(path).WeightFormat, StringComparison.Ordinal);
        var before = LeakCheck.Baseline();
        var options = new ModelLoadOptions { Kernels = asOnGpu ? TorchKernels.Instance : null };
        using (var golden = new CausalModelGolden(path, SharedData.Path("goldens", "gguf", name, "expected.safetensors")[..^".safetensors".Length], options))
        {
            golden.Check(2e-5);
        }

        Assert.Equal(before, LiveTensors.Count);
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public unsafe void Blocks_of_every_kind_are_those_of_the_reference(string name)
    {
        using var file = Checkpoint.Open(SharedData.Path("goldens", "gguf", "blocks.safetensors"));
        using var scope = NewDisposeScope();
        var bytes = file.Take($"{name}.raw", [.. file.Find($"{name}.raw")!.Shape]);
        using var weight = new BlockWeight(BlockType.Of(name)!, 512, bytes.clone());
        var expected = TensorMemory.Span<float>(file.Take($"{name}.values", 3, 512)).ToArray();
        Assert.Equal(expected, TensorMemory.Span<float>(weight.Dequantise()).ToArray());
        using var panels = weight.ToPanels([2, 0, 1]);
        using var part = empty([64, 64], ScalarType.Float32);
        for (var first = 0; first < 512; first += 64)
        {
            panels.Unpack(0, first, 64, TensorMemory.Pointer<float>(part));
            var found = TensorMemory.Span<float>(part);
            for (var i = 0; i < 64 * 64; i++)
            {
                Assert.Equal(i % 64 < 3 ? expected[((((i % 64) + 2) % 3) * 512) + first + (i / 64)] : 0f, found[i]);
            }
        }
    }

    /// <summary>Models that Hugging Face has values of, written as the converters of llama.cpp write them, in float32 and in two parts.</summary>
    [Theory]
    [InlineData("gemma")]
    [InlineData("qwen3")]
    [InlineData("llama-mha")]
    [InlineData("llama-linear")]
    public void A_model_written_as_GGUF_is_the_same_model(string name)
    {
        var folder = SharedData.Path("goldens", "models", name);
        using var temporary = new TemporaryFolder();
        Write(folder, temporary.FullPath);
        var json = Path.Combine(folder, "expected.json");
        using var golden = new CausalModelGolden(temporary["m-00001-of-00002.gguf"], Path.Combine(folder, "expected"), new ModelLoadOptions(), json);
        Assert.Equal(["m-00001-of-00002.gguf", "m-00002-of-00002.gguf"], Checkpoint.FilesOf(temporary["m-00001-of-00002.gguf"]).Select(Path.GetFileName));
        golden.Check(2e-5);
    }

    [Fact]
    public void Ids_that_end_a_text_are_the_metadatas() =>
        Assert.Equal([151], GenerationSettings.FromFolder(SharedData.Path("goldens", "gguf", "llama", "llama.gguf")).EndOfText);

    [Fact]
    public void A_published_file_is_the_model_that_was_unpacked_from_it()
    {
        var path = SharedData.Path("models", "SmolLM2-135M-Instruct", "SmolLM2-135M-Instruct.Q4_1.gguf");
        using var unpacked = ModelCatalog.Load(SmolLM2.Folder(), new ModelLoadOptions());
        using var packed = ModelCatalog.Load(path, new ModelLoadOptions());
        Assert.Equal("gguf Q4_1, Q8_0", ModelCatalog.Describe(path).WeightFormat);
        Assert.Equal(unpacked.Sizes.Parameters, packed.Sizes.Parameters);

        // The folder's weights are rounded to bfloat16, which changes logits by some hundredths of their size.
        var (expected, found) = (Logits(unpacked), Logits(packed));
        Assert.InRange(Difference.Of(expected, found, expected.Length).Value, 0, 0.2);
        Assert.Equal(Array.IndexOf(expected, expected.Max()), Array.IndexOf(found, found.Max()));
    }

    private static float[] Logits(CausalModel model)
    {
        using var cache = new KeyValueCache(CacheLayout.Uniform([8], 0, 0));
        var recorder = new StateRecorder();
        model.Forward(new TokenBatch(cache, [new TokenSegment(0, -1, new[] { 504, 2365, 13125, 281, 260, 1142, 314, 260 })], [7]), cache, recorder);
        return [.. recorder.Logits];
    }

    private static void Write(string from, string to)
    {
        using var config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(from, "config.json")));
        var root = config.RootElement;
        var type = root.GetProperty("model_type").GetString()!;
        int Size(string name) => root.GetProperty(name).GetInt32();
        var (heads, keys) = (Size("num_attention_heads"), Size("num_key_value_heads"));
        var values = new List<(string, object)>
        {
            ("general.architecture", type),
            ($"{type}.block_count", Size("num_hidden_layers")),
            ($"{type}.context_length", Size("max_position_embeddings")),
            ($"{type}.embedding_length", Size("hidden_size")),
            ($"{type}.feed_forward_length", Size("intermediate_size")),
            ($"{type}.attention.head_count", heads),
            ($"{type}.attention.head_count_kv", keys),
            ($"{type}.attention.key_length", Size("head_dim")),
            ($"{type}.attention.value_length", Size("head_dim")),
            ($"{type}.attention.layer_norm_rms_epsilon", root.GetProperty("rms_norm_eps").GetSingle()),
            ($"{type}.rope.freq_base", root.GetProperty("rope_theta").GetSingle()),
            ("split.count", 2),
        };
        if (root.TryGetProperty("rope_scaling", out var scaling) && scaling.ValueKind == JsonValueKind.Object)
        {
            values.AddRange([($"{type}.rope.scaling.type", "linear"), ($"{type}.rope.scaling.factor", scaling.GetProperty("factor").GetSingle())]);
        }

        using var checkpoint = Checkpoint.Open(from);
        using var scope = NewDisposeScope();
        var tensors = checkpoint.Tensors.Select(tensor =>
        {
            var stored = checkpoint.Take(tensor.Name, [.. tensor.Shape]).to(ScalarType.Float32);
            var rows = tensor.Name.Contains("q_proj", StringComparison.Ordinal) ? heads : tensor.Name.Contains("k_proj", StringComparison.Ordinal) ? keys : 0;

            // convert_hf_to_gguf.py: Llama's permute, and Gemma's norms with 1 added.
            stored = type == "llama" && rows > 0 ? stored.reshape([rows, 2, -1, .. tensor.Shape.Skip(1)]).transpose(1, 2).reshape([.. tensor.Shape]) : stored;
            stored = type == "gemma" && tensor.Name.EndsWith("norm.weight", StringComparison.Ordinal) ? Ops.Add(stored, 1) : stored;
            var bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(TensorMemory.Span<float>(stored.contiguous())).ToArray();
            return (Renamed(tensor.Name), tensor.Shape.ToArray(), 0u, bytes);
        }).ToArray();
        File.WriteAllBytes(Path.Combine(to, "m-00001-of-00002.gguf"), GgufBytes.Of(values, tensors[..5]));
        File.WriteAllBytes(Path.Combine(to, "m-00002-of-00002.gguf"), GgufBytes.Of([("split.no", 1)], tensors[5..]));
    }

    private static string Renamed(string name)
    {
        (string From, string To)[] names =
        [
            ("model.embed_tokens", "token_embd"), ("model.norm", "output_norm"), ("lm_head", "output"), ("model.layers.", "blk."),
            ("self_attn.q_proj", "attn_q"), ("self_attn.k_proj", "attn_k"), ("self_attn.v_proj", "attn_v"), ("self_attn.o_proj", "attn_output"),
            ("self_attn.q_norm", "attn_q_norm"), ("self_attn.k_norm", "attn_k_norm"), ("input_layernorm", "attn_norm"),
            ("post_attention_layernorm", "ffn_norm"), ("mlp.gate_proj", "ffn_gate"), ("mlp.up_proj", "ffn_up"), ("mlp.down_proj", "ffn_down"),
        ];
        return names.Aggregate(name, (renamed, pair) => renamed.Replace(pair.From, pair.To, StringComparison.Ordinal));
    }
}

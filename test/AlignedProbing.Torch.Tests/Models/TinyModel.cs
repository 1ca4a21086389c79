using System.Globalization;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Checkpoints;

namespace AlignedProbing.Torch.Tests.Models;

/// <summary>Models of a few thousand random weights, of any number of blocks: what golden models are not.</summary>
internal static class TinyModel
{
    public const int Vocabulary = 96;
    private const int Width = 32;
    private const int Inner = 48;
    private const int Window = 6;

    /// <summary>Architectures: plain; with two rotary embeddings and windows; with experts and windows; with learned positions.</summary>
    public static TheoryData<string> Types => ["llama", "gemma3_text", "mixtral", "gpt2"];

    /// <summary>Loads such a model.</summary>
    public static CausalModel Load(string type, int blocks, ModelLoadOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("tiny-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "config.json"), Config(type, blocks));
            var tensors = Tensors(type, blocks)
                .Select((tensor, index) => (tensor.Name, tensor.Shape, Values((ulong)index + 1, tensor.Name, tensor.Shape)))
                .ToArray();
            File.WriteAllBytes(Path.Combine(folder, "model.safetensors"), SafetensorsBytes.Of(tensors));
            return ModelCatalog.Load(folder, options);
        }
        finally
        {
            // Tables stay mapped; the name of the file is not needed for that.
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Config(string type, int blocks)
    {
        if (type == "gpt2")
        {
            return $$"""{"model_type": "gpt2", "vocab_size": {{Vocabulary}}, "n_embd": {{Width}}, "n_inner": {{Inner}}, "n_layer": {{blocks}}, "n_head":""" +
                $$""" 4, "n_positions": 400}""";
        }

        var more = type switch
        {
            "mixtral" => string.Create(CultureInfo.InvariantCulture, $", \"num_local_experts\": 4, \"num_experts_per_tok\": 2, \"sliding_window\": {Window}"),
            "gemma3_text" => string.Create(
                CultureInfo.InvariantCulture,
                $", \"sliding_window\": {Window}, \"tie_word_embeddings\": true, \"query_pre_attn_scalar\": 8, \"layer_types\": " +
                $"[{string.Join(", ", Enumerable.Range(0, blocks).Select(block => block % 2 == 0 ? "\"sliding_attention\"" : "\"full_attention\""))}]"),
            _ => "",
        };
        return $$"""
            {"model_type": "{{type}}", "vocab_size": {{Vocabulary}}, "hidden_size": {{Width}}, "intermediate_size": {{Inner}}, "num_hidden_layers": {{blocks}},
             "num_attention_heads": 4,
            "num_key_value_heads": 2, "head_dim": 8, "{{(
                type == "gemma3_text" ? "hidden_activation\": \"gelu_pytorch_tanh" : "hidden_act\": \"silu"
            )}}", "max_position_embeddings": 400, "rms_norm_eps": 1e-5{{more}}}
            """;
    }

    private static IEnumerable<(string Name, long[] Shape)> Tensors(string type, int blocks)
    {
        if (type == "gpt2")
        {
            return
            [
                ("wte.weight", [Vocabulary, Width]), ("wpe.weight", [400, Width]), .. Norm("ln_f"),
                .. Enumerable.Range(0, blocks).SelectMany(block => (IEnumerable<(string, long[])>)
                [
                    .. Norm($"h.{block}.ln_1"), .. Norm($"h.{block}.ln_2"),
                    .. Turned($"h.{block}.attn.c_attn", Width, 3 * Width), .. Turned($"h.{block}.attn.c_proj", Width, Width),
                    .. Turned($"h.{block}.mlp.c_fc", Width, Inner), .. Turned($"h.{block}.mlp.c_proj", Inner, Width),
                ]),
            ];
        }

        string[] norms =
            type == "gemma3_text"
                ? ["input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm", "post_feedforward_layernorm"]
                : ["input_layernorm", "post_attention_layernorm"];
        return
        [
            ("model.embed_tokens.weight", [Vocabulary, Width]), ("model.norm.weight", [Width]),
            .. type == "gemma3_text" ? [] : new[] { ("lm_head.weight", new long[] { Vocabulary, Width }) },
            .. Enumerable
                .Range(0, blocks)
                .Select(block => $"model.layers.{block}")
                .SelectMany(block =>
                    (IEnumerable<(string, long[])>)
                        [
                            .. norms.Select(norm => ($"{block}.{norm}.weight", new long[] { Width })),
                            ($"{block}.self_attn.q_proj.weight", [Width, Width]),
                            ($"{block}.self_attn.k_proj.weight", [16, Width]),
                            ($"{block}.self_attn.v_proj.weight", [16, Width]),
                            ($"{block}.self_attn.o_proj.weight", [Width, Width]),
                            .. type == "gemma3_text"
                                ? new[] { ($"{block}.self_attn.q_norm.weight", new long[] { 8 }), ($"{block}.self_attn.k_norm.weight", [8]) }
                                : [],
                            .. type == "mixtral"
                                ?
                                [
                                    ($"{block}.block_sparse_moe.gate.weight", [4, Width]),
                                    .. Enumerable.Range(0, 4).SelectMany(expert => Gated($"{block}.block_sparse_moe.experts.{expert}", "w1", "w3", "w2")),
                                ]
                                : Gated($"{block}.mlp", "gate_proj", "up_proj", "down_proj"),
                        ]),
        ];

        static IEnumerable<(string, long[])> Norm(string name) => [($"{name}.weight", [Width]), ($"{name}.bias", [Width])];
        static IEnumerable<(string, long[])> Turned(string name, int inputs, int outputs) =>
            [($"{name}.weight", [inputs, outputs]), ($"{name}.bias", [outputs])];
        static IEnumerable<(string, long[])> Gated(string name, string gate, string up, string down) =>
            [($"{name}.{gate}.weight", [Inner, Width]), ($"{name}.{up}.weight", [Inner, Width]), ($"{name}.{down}.weight", [Width, Inner])];
    }

    private static float[] Values(ulong seed, string name, long[] shape)
    {
        TorchRuntime.EnsureLoaded();
        using var random = KernelTests.Random(seed, shape);
        var scale = name.Contains("wpe", StringComparison.Ordinal) ? 0.05f : 0.15f;
        return Array.ConvertAll(KernelTests.Floats(random), value => scale * value);
    }
}

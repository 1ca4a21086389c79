namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>The golden rows: folders of small models whose values Hugging Face has written down. Each architecture of the catalog has one or more.</summary>
internal static class GoldenModels
{
    public static TheoryData<string> Folders =>
    [
        "afmoe", "apertus", "arcee", "bitnet", "bloom", "cohere", "cohere2", "deepseek_v2", "deepseek_v3", "deepseek_v32", "ernie4_5", "ernie4_5_moe",
        "exaone4", "exaone_moe", "falcon", "falcon-new", "falcon_h1", "falcon_mamba", "flex_olmo", "gemma", "gemma2", "gemma3_text", "gemma3n_text",
        "gemma4-ple", "gemma4_text", "glm4", "glm4_moe", "glm4_moe_lite", "gpt2", "gpt_bigcode", "gpt_neo", "gpt_neox", "gpt_neox-seq", "gpt_oss", "gptj",
        "granite", "granite4-dense", "granitemoe", "granitemoehybrid", "helium", "hunyuan_v1_dense", "hunyuan_v1_moe", "kimi_linear", "lfm2", "lfm2_moe",
        "llama", "llama-dynamic", "llama-linear", "llama-mha", "llama-yarn", "llama4_text", "mamba", "mamba2", "minimax_m2", "ministral", "ministral3",
        "mistral", "mixtral", "mpt", "nemotron", "nemotron_h", "olmo", "olmo2", "olmo3", "olmo_hybrid", "olmoe", "opt", "persimmon", "phi", "phi3", "phimoe",
        "qwen2", "qwen2_moe", "qwen3", "qwen3_5_moe", "qwen3_5_text", "qwen3_moe", "qwen3_next", "recurrent_gemma", "seed_oss", "smollm3", "stablelm",
        "stablelm-parallel", "starcoder2", "xglm",
    ];

    /// <summary>Those each of whose blocks is one mixer, without a feed-forward part.</summary>
    public static IReadOnlyList<string> OfMixers => ["falcon_mamba", "mamba", "mamba2", "nemotron_h"];

    /// <summary>Those whose blocks make more of the stream than adding their two parts: they multiply it, or add what a token has for the layer.</summary>
    public static IReadOnlyList<string> WithMoreThanParts => ["gemma3n_text", "gemma4-ple", "gemma4_text"];

    /// <summary>Those some of whose blocks keep a state of each sequence.</summary>
    public static TheoryData<string, bool> WithStates =>
        Twice(
        [
            "falcon_h1", "falcon_mamba", "granitemoehybrid", "kimi_linear", "lfm2", "lfm2_moe", "mamba", "mamba2", "nemotron_h", "olmo_hybrid",
            "qwen3_5_moe", "qwen3_5_text", "qwen3_next", "recurrent_gemma", "deepseek_v32",
        ]);

    /// <summary>Folders, and whether the model computes with the operators that it has on a GPU.</summary>
    public static TheoryData<string, bool> Runs => Twice(Folders.Select(row => row.Data));

    private static TheoryData<string, bool> Twice(IEnumerable<string> folders)
    {
        var runs = new TheoryData<string, bool>();
        foreach (var folder in folders)
        {
            runs.Add(folder, false);
            runs.Add(folder, true);
        }

        return runs;
    }
}

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>The golden rows: folders of small models whose values Hugging Face has written down. Each architecture of the catalog has one or more.</summary>
internal static class GoldenModels
{
    public static TheoryData<string> Folders =>
    [
        "afmoe", "apertus", "arcee", "bitnet", "bloom", "cohere", "cohere2", "deepseek_v2", "deepseek_v3", "ernie4_5", "ernie4_5_moe", "exaone4",
        "exaone_moe", "falcon", "falcon-new", "flex_olmo", "gemma", "gemma2", "gemma3_text", "glm4", "glm4_moe", "glm4_moe_lite", "gpt2", "gpt_bigcode",
        "gpt_neo", "gpt_neox", "gpt_neox-seq", "gpt_oss", "gptj", "granite", "granitemoe", "helium", "hunyuan_v1_dense", "hunyuan_v1_moe", "llama",
        "llama-dynamic", "llama-linear", "llama-mha", "llama-yarn", "llama4_text", "minimax_m2", "ministral", "ministral3", "mistral", "mixtral", "mpt",
        "nemotron", "olmo", "olmo2", "olmo3", "olmoe", "opt", "persimmon", "phi", "phi3", "phimoe", "qwen2", "qwen2_moe", "qwen3", "qwen3_moe", "seed_oss",
        "smollm3", "stablelm", "stablelm-parallel", "starcoder2", "xglm",
    ];

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

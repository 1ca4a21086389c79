namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>The golden rows: folders of small models whose values Hugging Face has written down. Each architecture of the catalog has one or more.</summary>
internal static class GoldenModels
{
    public static TheoryData<string> Folders =>
    [
        "gemma", "gemma2", "gemma3_text",
        "gpt2",
        "gpt_neox", "gpt_neox-seq",
        "granite",
        "llama", "llama-mha", "llama-linear", "llama-dynamic", "llama-yarn",
        "mistral",
        "mixtral",
        "olmo", "olmo2", "olmo3",
        "olmoe",
        "opt",
        "phi3",
        "qwen2", "qwen3",
        "smollm3",
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

using System.Text.Json.Nodes;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>Checkpoints as they are published, which differ from what Hugging Face saves now: the same model must come of them.</summary>
public sealed class PublishedFormGoldenTests
{
    private static readonly string[] Untied = ["llama", "mistral", "olmo", "olmo2", "olmo3", "phi3", "qwen2"];

    public static TheoryData<string> Tied => ["gemma", "gemma2", "gemma3_text", "granite", "qwen3", "smollm3", "llama-mha"];

    public static TheoryData<string> WithInverseFrequencies => [.. Tied.Select(row => row.Data), .. Untied];

    [Theory]
    [InlineData("language_model.model.", "vision_tower.embeddings.weight", "multi_modal_projector.weight")]
    [InlineData("model.language_model.", "model.vision_tower.embeddings.weight", "model.multi_modal_projector.weight", "lm_head.weight")]
    public void The_language_model_of_a_multimodal_file_is_read_alone(string prefix, params string[] besides) => Check(
        "gemma3_text",
        name => prefix + name["model.".Length..],
        config => new JsonObject { ["model_type"] = "gemma3", ["text_config"] = config, ["vision_config"] = new JsonObject { ["hidden_size"] = 7 }, ["mm_tokens_per_image"] = 256, ["dtype"] = "float32" },
        besides);

    [Theory]
    [MemberData(nameof(Tied))]
    public void A_body_saved_alone_goes_without_the_prefix(string folder) => Check(folder, name => name["model.".Length..], config => config);

    [Theory]
    [MemberData(nameof(WithInverseFrequencies))]
    public void Older_files_carry_inverse_frequencies_and_the_other_name_of_the_dtype(string folder) => Check(
        folder,
        name => name,
        config =>
        {
            config.Remove("dtype");
            config["torch_dtype"] = "float32";
            return config;
        },
        "model.layers.0.self_attn.rotary_emb.inv_freq");

    [Theory]
    [MemberData(nameof(Tied))]
    public void A_head_beside_a_tied_embedding_is_not_read(string folder) => Check(folder, name => name, config => config, "lm_head.weight");

    [Fact]
    public void A_head_that_is_not_tied_must_be_there()
    {
        using var copy = new GoldenCopies("llama", name => name == "lm_head.weight" ? null : name, config => config);
        var refused = Assert.Throws<InputException>(() => Load("llama", copy));
        Assert.Equal("checkpoint-key", refused.Code);
    }

    private static CausalModelGolden Load(string folder, GoldenCopies copy) => new(copy.Folder, Path.Combine(SharedData.Path("goldens", "models", folder), "expected"), new ModelLoadOptions());

    private static void Check(string folder, Func<string, string?> rename, Func<JsonObject, JsonObject> config, params string[] besides)
    {
        using var copy = new GoldenCopies(folder, rename, config, besides);
        using var golden = Load(folder, copy);
        golden.CheckPrompts([0, 3], golden.RunPrompts([0, 3]));
    }
}

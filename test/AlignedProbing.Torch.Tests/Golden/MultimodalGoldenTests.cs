using System.Text.Json.Nodes;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>Language models within files of models that also see or hear: the same model as alone, and the other parts are left alone.</summary>
public sealed class MultimodalGoldenTests
{
    private static readonly string[] OtherParts = ["vision_tower.patch.weight", "multi_modal_projector.linear_1.bias", "model.visual.merger.weight"];

    [Theory]
    [InlineData("ministral3", "mistral3", "language_model.")]
    [InlineData("mistral", "mistral3", "language_model.")]
    [InlineData("llama", "llava", "language_model.")]
    [InlineData("llama4_text", "llama4", "language_model.")]
    [InlineData("cohere2", "aya_vision", "model.language_model.")]
    [InlineData("qwen3_5_text", "qwen3_5", "model.language_model.")]
    [InlineData("gemma4_text", "gemma4", "model.language_model.")]
    public void A_language_model_is_what_it_is_alone(string folder, string type, string prefix)
    {
        using var copy = Nested(folder, type, prefix, whole => whole);
        using var golden = Load(folder, copy);
        golden.Check();
        var described = ModelCatalog.Describe(copy.Folder);
        Assert.Equal(type, described.Architecture);
        Assert.Equal(golden.Model.Sizes with { Shapes = null }, described.Sizes with { Shapes = null });
    }

    [Theory]
    [InlineData("qwen2", "qwen2_5_vl", "qwen2_5_vl_text", "language_model.")]
    [InlineData("qwen2", "qwen2_vl", "qwen2_vl_text", "model.language_model.")]
    [InlineData("qwen3", "qwen3_vl", "qwen3_vl_text", "model.language_model.")]
    public void Three_positions_of_an_image_are_one_in_a_text(string folder, string type, string textType, string prefix)
    {
        using var copy = Nested(folder, type, prefix, whole =>
        {
            var text = whole["text_config"]!.AsObject();
            text["model_type"] = textType;
            text["rope_scaling"] = new JsonObject { ["type"] = "mrope", ["rope_type"] = "default", ["mrope_section"] = new JsonArray(2, 3, 3) };
            return whole;
        });
        using var golden = Load(folder, copy);
        golden.Check();
    }

    [Fact]
    public void Older_files_have_the_language_models_fields_beside_the_others()
    {
        using var copy = new GoldenCopies(
            "qwen2",
            name => name,
            config =>
            {
                (config["model_type"], config["vision_config"], config["vision_token_id"]) = ("qwen2_5_vl", new JsonObject { ["depth"] = 3 }, 11);
                config["rope_scaling"] = new JsonObject { ["type"] = "mrope", ["mrope_section"] = new JsonArray(2, 3, 3) };
                return config;
            },
            "visual.merger.mlp.0.weight");
        using var golden = Load("qwen2", copy);
        golden.Check();
    }

    [Fact]
    public void A_language_model_that_such_files_do_not_have_is_refused_by_name()
    {
        using var copy = Nested("qwen3", "mistral3", "language_model.", whole => whole);
        AssertRefused(copy, "config-unsupported", "qwen3");
    }

    [Fact]
    public void What_the_whole_says_of_tied_embeddings_is_not_gone_against()
    {
        using var copy = Nested("llama", "llava", "language_model.", whole =>
        {
            whole["tie_word_embeddings"] = true;
            return whole;
        });
        AssertRefused(copy, "config-unsupported", "tie_word_embeddings is true for the whole and false in text_config");
    }

    [Fact]
    public void A_field_of_the_whole_that_nobody_knows_is_refused_by_name()
    {
        using var copy = Nested("llama", "llava", "language_model.", whole =>
        {
            whole["twist_images"] = 3;
            return whole;
        });
        AssertRefused(copy, "config-unsupported", "twist_images");
    }

    [Fact]
    public void A_tensor_that_belongs_to_no_part_is_an_error()
    {
        using var copy = new GoldenCopies("llama", name => $"language_model.{name}", config => Whole(config, "llava"), "hearing_tower.weight");
        AssertRefused(copy, "checkpoint-unused", "hearing_tower.weight");
    }

    private static GoldenCopies Nested(string folder, string type, string prefix, Func<JsonObject, JsonObject> change) => new(
        folder,
        name => prefix == "language_model." ? prefix + name
            : name.StartsWith("model.", StringComparison.Ordinal) ? prefix + name["model.".Length..]
            : name,
        config => change(Whole(config, type)),
        OtherParts);

    private static JsonObject Whole(JsonObject text, string type) => new()
    {
        ["model_type"] = type,
        ["image_token_index"] = 10,
        ["vision_config"] = new JsonObject { ["hidden_size"] = 16 },
        ["text_config"] = text.DeepClone(),
    };

    private static void AssertRefused(GoldenCopies copy, string code, string text)
    {
        var error = Assert.Throws<InputException>(() => ModelCatalog.Load(copy.Folder, new ModelLoadOptions()).Dispose());
        Assert.Equal(code, error.Code);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    private static CausalModelGolden Load(string folder, GoldenCopies copy) =>
        new(copy.Folder, Path.Combine(SharedData.Path("goldens", "models", folder), "expected"), new ModelLoadOptions());
}

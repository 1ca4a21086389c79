using System.Text.Json;

namespace AlignedProbing.Torch.Models;

/// <summary>
/// Files of models that also see or hear: their language model is read as if it had been saved alone, and the rest is left alone, as text never reaches it.
/// </summary>
internal static class MultimodalModels
{
    private const string TextConfig = "text_config";

    /// <summary>The language models that a kind of file can have.</summary>
    private static readonly Dictionary<string, string[]> TextTypes = new(StringComparer.Ordinal)
    {
        ["aya_vision"] = ["cohere2"],
        ["gemma3n"] = ["gemma3n_text"],
        ["gemma4"] = ["gemma4_text"],
        ["llama4"] = ["llama4_text"],
        ["llava"] = ["llama", "mistral", "qwen2"],
        ["llava_next"] = ["llama", "mistral", "qwen2"],
        ["mistral3"] = ["mistral", "ministral3"],
        ["qwen2_5_vl"] = ["qwen2_5_vl", "qwen2_5_vl_text"],
        ["qwen2_vl"] = ["qwen2_vl", "qwen2_vl_text"],
        ["qwen3_5"] = ["qwen3_5_text"],
        ["qwen3_5_moe"] = ["qwen3_5_moe_text"],
        ["qwen3_vl"] = ["qwen3_vl_text"],
    };

    /// <summary>
    /// Language models that are another one to texts: they divide a rotation among the three positions of an image's token, which are one where there is no
    /// image.
    /// </summary>
    private static readonly Dictionary<string, string> Same = new(StringComparer.Ordinal)
    {
        ["qwen2_5_vl"] = "qwen2",
        ["qwen2_5_vl_text"] = "qwen2",
        ["qwen2_vl"] = "qwen2",
        ["qwen2_vl_text"] = "qwen2",
        ["qwen3_vl_text"] = "qwen3",
    };

    /// <summary>Fields of the whole that its language model has too.</summary>
    private static readonly string[] OfAll = ["tie_word_embeddings", "quantization_config"];

    /// <summary>Fields of the parts that see and hear, and of the tokens that stand for what they make.</summary>
    private static readonly string[] OfOtherParts =
    [
        "adapter_layer_norm_eps",
        "alignment_intermediate_size",
        "audio_config",
        "audio_soft_tokens_per_image",
        "audio_token_id",
        "boa_token_id",
        "boa_token_index",
        "boi_token_id",
        "boi_token_index",
        "downsample_factor",
        "eoa_token_id",
        "eoa_token_index",
        "eoi_token_id",
        "eoi_token_index",
        "ignore_index",
        "image_grid_pinpoints",
        "image_seq_length",
        "image_token_id",
        "image_token_index",
        "mm_tokens_per_image",
        "multimodal_projector_bias",
        "projector_hidden_act",
        "spatial_merge_size",
        "use_image_newline_parameter",
        "video_token_id",
        "vision_config",
        "vision_end_token_id",
        "vision_feature_layer",
        "vision_feature_select_strategy",
        "vision_soft_tokens_per_image",
        "vision_start_token_id",
        "vision_token_id",
    ];

    /// <summary>What names of their tensors begin with.</summary>
    private static readonly string[] TensorsOfOtherParts =
    [
        "audio_tower.",
        "image_newline",
        "model.audio_tower.",
        "model.embed_audio.",
        "model.embed_vision.",
        "model.image_newline",
        "model.multi_modal_projector.",
        "model.vision_model.",
        "model.vision_tower.",
        "model.visual.",
        "multi_modal_projector.",
        "vision_model.",
        "vision_tower.",
        "visual.",
    ];

    /// <summary>What a language model's names begin with in such files, and alone.</summary>
    private static readonly (string Here, string Alone)[] Prefixes =
    [
        ("model.language_model.", "model."),
        ("language_model.model.", "model."),
        ("language_model.lm_head.", "lm_head."),
    ];

    /// <summary>The kinds of files.</summary>
    public static IReadOnlyCollection<string> Types => TextTypes.Keys;

    /// <summary>The configuration of a file's language model; null where the file is of that model alone.</summary>
    /// <exception cref="InputException">It has none, or another one than such files can have here.</exception>
    public static ModelConfig? TextOf(ModelConfig config)
    {
        if (!TextTypes.TryGetValue(config.ModelType, out var types))
        {
            return null;
        }

        config.Ignore(OfOtherParts);
        var text = Fields(config, alone: types.Contains(config.ModelType));
        var type = text.TryGetValue("model_type", out var named) && named.ValueKind == JsonValueKind.String ? named.GetString()! : "";
        if (!types.Contains(type))
        {
            throw config.Unsupported($"the model_type of its text_config is '{type}'; implemented: {string.Join(", ", types)}");
        }

        if (Same.TryGetValue(type, out var other))
        {
            text["model_type"] = JsonSerializer.SerializeToElement(other);
            OnePosition(text, "rope_scaling");
            OnePosition(text, "rope_parameters");
        }

        return config.Made(TextConfig, text);
    }

    /// <summary>The name that a tensor of such a file has where the language model is saved alone; null: it belongs to another part.</summary>
    public static string? Rename(string name)
    {
        foreach (var (here, alone) in Prefixes)
        {
            if (name.StartsWith(here, StringComparison.Ordinal))
            {
                return alone + name[here.Length..];
            }
        }

        return TensorsOfOtherParts.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)) ? null : name;
    }

    /// <summary>The fields of the language model, with what the file says of the whole where they do not.</summary>
    private static Dictionary<string, JsonElement> Fields(ModelConfig config, bool alone)
    {
        var whole = config.Fields();
        if (config.Section(TextConfig) is not { } section)
        {
            // Older files have the fields of the language model beside those of the other parts.
            var own = whole.Where(field => !OfOtherParts.Contains(field.Key)).ToDictionary();
            config.Ignore([.. own.Keys]);
            return alone ? own : throw config.Broken($"it has no {TextConfig}");
        }

        var fields = section.EnumerateObject().ToDictionary(field => field.Name, field => field.Value);
        config.Ignore(OfAll);
        foreach (var name in OfAll.Where(name => whole.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null))
        {
            var said = whole[name].GetRawText();
            fields[name] = !fields.TryGetValue(name, out var own) || own.ValueKind == JsonValueKind.Null || own.GetRawText() == said
                ? whole[name]
                : throw config.Unsupported($"{name} is {ModelConfig.Short(said)} for the whole and {ModelConfig.Short(own.GetRawText())} in {TextConfig}");
        }

        return fields;
    }

    private static void OnePosition(Dictionary<string, JsonElement> text, string name)
    {
        if (!text.TryGetValue(name, out var section) || section.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        var fields = section.EnumerateObject()
            .Where(field => field.Name is not ("mrope_section" or "mrope_interleaved"))
            .ToDictionary(field => field.Name, field => field.Value);
        foreach (var kind in ((string[])["type", "rope_type"]).Where(kind => fields.TryGetValue(kind, out var value) && value.ToString() == "mrope"))
        {
            fields[kind] = JsonSerializer.SerializeToElement("default");
        }

        text[name] = JsonSerializer.SerializeToElement(fields);
    }
}

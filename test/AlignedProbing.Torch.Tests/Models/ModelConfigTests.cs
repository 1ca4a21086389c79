using System.Text.Json.Nodes;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Models.Decoders;
using AlignedProbing.Torch.Tests.Encoding;

namespace AlignedProbing.Torch.Tests.Models;

public sealed class ModelConfigTests
{
    public static TheoryData<string> Published => [.. PublishedConfigs.All.Keys];

    [Theory]
    [InlineData("SmolLM2-135M", 30, 576, 9, 3, 64, 8192)]
    [InlineData("Llama-2-70b", 80, 8192, 64, 8, 128, 4096)]
    [InlineData("Llama-3.1-8B", 32, 4096, 32, 8, 128, 131072)]
    [InlineData("Mistral-7B-v0.1", 32, 4096, 32, 8, 128, 32768)]
    [InlineData("Mistral-7B-v0.3", 32, 4096, 32, 8, 128, 32768)]
    [InlineData("Qwen2.5-7B", 28, 3584, 28, 4, 128, 131072)]
    [InlineData("Qwen3-8B", 36, 4096, 32, 8, 128, 40960)]
    [InlineData("Phi-3-mini-4k", 32, 3072, 32, 32, 96, 4096)]
    [InlineData("Phi-3-mini-128k", 32, 3072, 32, 32, 96, 131072)]
    [InlineData("Phi-4-mini", 32, 3072, 24, 8, 128, 131072)]
    [InlineData("gemma-2b", 18, 2048, 8, 1, 256, 8192)]
    [InlineData("gemma-2-9b", 42, 3584, 16, 8, 256, 8192)]
    [InlineData("gemma-3-1b", 26, 1152, 4, 1, 256, 32768)]
    [InlineData("gemma-3-12b", 48, 3840, 16, 8, 256, 131072)]
    [InlineData("granite-3.1-2b", 40, 2048, 32, 8, 64, 131072)]
    [InlineData("SmolLM3-3B", 36, 2048, 16, 4, 128, 65536)]
    [InlineData("gpt2", 12, 768, 12, 12, 64, 1024)]
    [InlineData("pythia-1b", 16, 2048, 8, 8, 256, 2048)]
    [InlineData("gpt-neox-20b", 44, 6144, 64, 64, 96, 2048)]
    [InlineData("opt-1.3b", 24, 2048, 32, 32, 64, 2048)]
    [InlineData("Mixtral-8x7B", 32, 4096, 32, 8, 128, 32768)]
    [InlineData("OLMoE-1B-7B", 16, 2048, 16, 16, 128, 4096)]
    [InlineData("OLMo-7B", 32, 4096, 32, 32, 128, 2048)]
    [InlineData("OLMo-2-7B", 32, 4096, 32, 32, 128, 4096)]
    [InlineData("Olmo-3-7B", 32, 4096, 32, 32, 128, 65536)]
    public void Published_configurations_are_read_whole(string name, int blocks, int width, int heads, int keyValueHeads, int headSize, int context)
    {
        var sizes = ModelCatalog.Sizes(Parse(name));
        Assert.Equal(
            (blocks, width, heads, keyValueHeads, headSize, context),
            (sizes.Blocks, sizes.Width, sizes.QueryHeads, sizes.KeyValueHeads, sizes.HeadSize, sizes.Context));
    }

    [Theory]
    [MemberData(nameof(Published))]
    public void Fields_that_change_nothing_are_read_over(string name)
    {
        var fields = JsonNode.Parse(PublishedConfigs.All[name])!.AsObject();
        fields["neftune_noise_alpha"] = 5.0;
        fields["max_sequence_length"] = 2048;
        fields["task_specific_params"] = "THE_NUMBER";
        // Where the older name says another share, the two disagree and are refused.
        if (!fields.ContainsKey("partial_rotary_factor") && !fields.ContainsKey("rotary_pct"))
        {
            fields["partial_rotary_factor"] = 1.0;
        }

        foreach (var number in (string[])["NaN", "Infinity", "-Infinity"])
        {
            ModelCatalog.Sizes(ModelConfig.Parse(fields.ToJsonString().Replace("\"THE_NUMBER\"", number, StringComparison.Ordinal), "config.json"));
        }
    }

    [Fact]
    public void A_factor_that_changes_something_is_refused_and_a_number_that_is_none_as_well()
    {
        var fields = JsonNode.Parse(PublishedConfigs.All["pythia-1b"])!.AsObject();
        fields["logit_scale"] = 0.5;
        var refused = Assert.Throws<InputException>(() => ModelCatalog.Sizes(ModelConfig.Parse(fields.ToJsonString(), "config.json")));
        Assert.Contains("logit_scale", refused.Message, StringComparison.Ordinal);
        var none = PublishedConfigs.All["pythia-1b"].Replace("\"hidden_size\": 2048", "\"hidden_size\": NaN", StringComparison.Ordinal);
        var broken = Assert.Throws<InputException>(() => ModelCatalog.Sizes(ModelConfig.Parse(none, "config.json")));
        Assert.Contains("hidden_size is \"NaN\"", broken.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Published))]
    public void A_field_that_nobody_knows_is_refused_by_name_unless_it_is_null(string name)
    {
        var fields = JsonNode.Parse(PublishedConfigs.All[name])!.AsObject();
        foreach (var value in (string[])["true", "false", "0", "3.5", "\"on\"", "[1]", "{\"a\": 1}"])
        {
            fields["rotate_twice"] = JsonNode.Parse(value);
            var refused = Assert.Throws<InputException>(() => ModelCatalog.Sizes(ModelConfig.Parse(fields.ToJsonString(), "config.json")));
            Assert.Equal("config-unsupported", refused.Code);
            Assert.Contains("rotate_twice", refused.Message, StringComparison.Ordinal);
        }

        fields["rotate_twice"] = null;
        ModelCatalog.Sizes(ModelConfig.Parse(fields.ToJsonString(), "config.json"));
    }

    [Theory]
    [InlineData("SmolLM2-135M", "hidden_act", "\"gelu\"")]
    [InlineData("SmolLM2-135M", "rope_interleaved", "true")]
    [InlineData("SmolLM2-135M", "sliding_window", "64")]
    [InlineData("SmolLM2-135M", "layer_types", "[\"full_attention\"]")]
    [InlineData("SmolLM2-135M", "partial_rotary_factor", "0.5")]
    [InlineData("SmolLM2-135M", "rope_parameters", "{\"rope_type\": \"default\", \"partial_rotary_factor\": 0.5}")]
    [InlineData("SmolLM2-135M", "rope_scaling", "{\"type\": \"linear\", \"factor\": 2, \"low_freq_factor\": 1}")]
    [InlineData("SmolLM2-135M", "rope_scaling", "{\"type\": \"spiral\", \"factor\": 2}")]
    [InlineData("SmolLM2-135M", "rope_scaling", "{\"type\": \"yarn\", \"factor\": 2, \"mscale\": 0.7}")]
    [InlineData("SmolLM2-135M", "quantization_config", "{\"quant_method\": \"quip\"}")]
    [InlineData("Mistral-7B-v0.1", "attention_bias", "true")]
    [InlineData("Mistral-7B-v0.1", "layer_types", "[\"sliding_attention\"]")]
    [InlineData("Qwen2.5-7B", "use_mrope", "true")]
    [InlineData("Qwen2.5-7B", "layer_types", "[\"chunked_attention\"]", 1)]
    [InlineData("Phi-4-mini", "lm_head_bias", "true")]
    [InlineData("Phi-4-mini", "full_attn_mod", "2")]
    [InlineData("Phi-3-mini-4k", "rope_scaling", "{\"type\": \"yarn\", \"factor\": 2, \"long_factor\": [1]}")]
    [InlineData("gemma-2b", "hidden_activation", "\"relu\"")]
    [InlineData("gemma-2-9b", "use_bidirectional_attention", "true")]
    [InlineData("gemma-3-1b", "hidden_act", "\"gelu\"")]
    [InlineData("gemma-3-1b", "rope_parameters", "{\"chunked_attention\": {\"rope_type\": \"default\"}}")]
    [InlineData("gemma-3-12b", "tie_word_embeddings", "false")]
    [InlineData("gemma-3-12b", "audio_config", "{\"hidden_size\": 3}")]
    [InlineData("granite-3.1-2b", "shared_intermediate_size", "64")]
    [InlineData("gpt2", "activation_function", "\"mish\"")]
    [InlineData("gpt2", "add_cross_attention", "true")]
    [InlineData("pythia-1b", "hidden_act", "\"elu\"")]
    [InlineData("pythia-1b", "rope_scaling", "{\"type\": \"spiral\", \"factor\": 2}")]
    [InlineData("opt-1.3b", "word_embed_proj_dim", "512")]
    [InlineData("opt-1.3b", "do_layer_norm_before", "false")]
    [InlineData("opt-1.3b", "_remove_final_layer_norm", "true")]
    [InlineData("opt-1.3b", "layer_norm_elementwise_affine", "false")]
    [InlineData("Mixtral-8x7B", "hidden_act", "\"gelu\"")]
    [InlineData("Mixtral-8x7B", "num_shared_experts", "1")]
    [InlineData("OLMoE-1B-7B", "hidden_act", "\"relu\"")]
    [InlineData("OLMo-7B", "rms_norm_eps", "1e-6")]
    [InlineData("Olmo-3-7B", "clip_qkv", "0.5")]
    public void A_field_that_is_not_implemented_is_refused_by_name(string name, string field, string value, int? layers = null)
    {
        var fields = JsonNode.Parse(PublishedConfigs.All[name])!.AsObject();
        fields[field] = JsonNode.Parse(value);
        if (layers is { } count)
        {
            fields["num_hidden_layers"] = count;
        }

        var refused = Assert.Throws<InputException>(() => ModelCatalog.Sizes(ModelConfig.Parse(fields.ToJsonString(), "config.json")));
        Assert.Equal("config-unsupported", refused.Code);
        Assert.Contains(field == "rope_scaling" ? "rope scaling" : field, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Qwen2.5-7B", "layer_types", "[\"full_attention\"]")]
    [InlineData("SmolLM3-3B", "no_rope_layers", "[1, 0]")]
    [InlineData("SmolLM3-3B", "no_rope_layers", "[true]")]
    [InlineData("granite-3.1-2b", "attention_multiplier", "0")]
    [InlineData("gemma-2-9b", "attn_logit_softcapping", "-1")]
    [InlineData("Phi-4-mini", "partial_rotary_factor", "1.5")]
    [InlineData("Phi-4-mini", "partial_rotary_factor", "0.5")]
    [InlineData("Llama-3.1-8B", "rope_theta", "0")]
    [InlineData("Llama-3.1-8B", "num_key_value_heads", "5")]
    [InlineData("Mistral-7B-v0.1", "sliding_window", "0")]
    public void A_field_that_cannot_be_is_broken(string name, string field, string value)
    {
        var fields = JsonNode.Parse(PublishedConfigs.All[name])!.AsObject();
        fields[field] = JsonNode.Parse(value);
        var broken = Assert.Throws<InputException>(() => ModelCatalog.Sizes(ModelConfig.Parse(fields.ToJsonString(), "config.json")));
        Assert.Equal("config-broken", broken.Code);
    }

    [Fact]
    public void A_part_of_a_multimodal_file_is_read_to_the_end_as_well()
    {
        var fields = JsonNode.Parse(PublishedConfigs.All["gemma-3-12b"])!.AsObject();
        fields["text_config"]!["rotate_twice"] = true;
        var refused = Assert.Throws<InputException>(() => ModelCatalog.Sizes(ModelConfig.Parse(fields.ToJsonString(), "config.json")));
        Assert.Contains("rotate_twice", refused.Message, StringComparison.Ordinal);
        Assert.Contains("text_config", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Windows_are_those_of_the_layers_that_slide()
    {
        Assert.All(Qwen2Config.Read(Parse("Qwen2.5-7B")).windows, window => Assert.Null(window));
        Assert.Equal(
            [null, null, 64, 64],
            Qwen2Config
                .Read(With("Qwen2.5-7B", ("use_sliding_window", "true"), ("sliding_window", "64"), ("max_window_layers", "2"), ("num_hidden_layers", "4")))
                .windows);
        Assert.Equal(
            [7, null],
            Qwen3Config
                .Read(
                    With(
                        "Qwen3-8B",
                        ("use_sliding_window", "true"),
                        ("sliding_window", "7"),
                        ("num_hidden_layers", "2"),
                        ("layer_types", "[\"sliding_attention\", \"full_attention\"]")))
                .windows);
        Assert.Equal([4096, null, 4096], Gemma2Config.Read(Parse("gemma-2-9b")).windows.Take(3));
        Assert.Equal([512, 512, 512, 512, 512, null, 512], Gemma3Config.Read(Parse("gemma-3-1b")).windows.Take(7));
        Assert.Equal([4096, 4096, 4096, null], Olmo3Config.Read(Parse("Olmo-3-7B")).windows.Take(4));
        Assert.Equal(
            (4096, null, 2047),
            (
                MistralConfig.Read(Parse("Mistral-7B-v0.1")).sliding_window,
                MistralConfig.Read(Parse("Mistral-7B-v0.3")).sliding_window,
                Phi3Config.Read(Parse("Phi-3-mini-4k")).sliding_window));
        Assert.Equal([true, true, true, false], SmolLM3Config.Read(Parse("SmolLM3-3B")).rotates.Take(4));
    }

    [Fact]
    public void What_a_file_leaves_out_is_not_what_it_sets_to_null()
    {
        Assert.Equal(4096, MistralConfig.Read(With("Mistral-7B-v0.3", ("sliding_window", null))).sliding_window);
        var gemma = Gemma2Config.Read(With("gemma-2-9b", ("attn_logit_softcapping", null), ("final_logit_softcapping", "null")));
        Assert.Equal((50f, null), (gemma.attn_logit_softcapping, gemma.final_logit_softcapping));
    }

    [Fact]
    public void A_checked_configuration_needs_no_weights()
    {
        ModelCatalog.CheckConfig(DemoRun.ModelFolder);
        var folder = Directory.CreateTempSubdirectory("config-").FullName;
        try
        {
            File.WriteAllText(
                Path.Combine(folder, "config.json"),
                PublishedConfigs.All["Qwen3-8B"].Replace("\"use_cache\"", "\"use_crash\"", StringComparison.Ordinal));
            Assert.Contains("use_crash", Assert.Throws<InputException>(() => ModelCatalog.CheckConfig(folder)).Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    internal static ModelConfig Parse(string name) => ModelConfig.Parse(PublishedConfigs.All[name], "config.json");

    /// <summary>A published configuration with other fields; null takes one out.</summary>
    internal static ModelConfig With(string name, params (string Field, string? Value)[] changes)
    {
        var fields = JsonNode.Parse(PublishedConfigs.All[name])!.AsObject();
        foreach (var (field, value) in changes)
        {
            fields.Remove(field);
            if (value is not null)
            {
                fields.Add(field, JsonNode.Parse(value));
            }
        }

        return ModelConfig.Parse(fields.ToJsonString(), "config.json");
    }
}

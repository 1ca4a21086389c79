using System.Text.Json.Nodes;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>Checkpoints as they are published, which differ from what Hugging Face saves now: the same model must come of them.</summary>
public sealed class PublishedFormGoldenTests
{
    private static readonly string[] Untied = ["llama", "mistral", "mixtral", "olmoe", "olmo", "olmo2", "olmo3", "phi3", "qwen2"];

    public static TheoryData<string> Tied => ["gemma", "gemma2", "gemma3_text", "granite", "qwen3", "smollm3", "llama-mha"];

    public static TheoryData<string> WithInverseFrequencies => [.. Tied.Select(row => row.Data), .. Untied];

    [Theory]
    [InlineData("language_model.model.", "vision_tower.embeddings.weight", "multi_modal_projector.weight")]
    [InlineData("model.language_model.", "model.vision_tower.embeddings.weight", "model.multi_modal_projector.weight", "lm_head.weight")]
    public void The_language_model_of_a_multimodal_file_is_read_alone(string prefix, params string[] besides) =>
        Check(
            "gemma3_text",
            name => prefix + name["model.".Length..],
            config => new JsonObject
            {
                ["model_type"] = "gemma3",
                ["text_config"] = config,
                ["vision_config"] = new JsonObject { ["hidden_size"] = 7 },
                ["mm_tokens_per_image"] = 256,
                ["dtype"] = "float32",
            },
            besides);

    [Fact]
    public void A_soft_cap_of_Gemma_3s_scores_is_read_and_bends_none() => Check("gemma3_text", name => name, config =>
    {
        config["attn_logit_softcapping"] = 0.5;
        return config;
    });

    [Theory]
    [InlineData("falcon", "alibi", "true")]
    [InlineData("falcon-new", "parallel_attn", "false")]
    [InlineData("bloom", "n_inner_other", "3")]
    [InlineData("mpt", "no_bias", "false")]
    [InlineData("gptj", "scale_attn_weights", "false")]
    [InlineData("gpt_neo", "attention_types", "[[[\"global\", \"far\"], 2]]")]
    [InlineData("phi", "hidden_act", "\"elu\"")]
    [InlineData("stablelm", "rotary_scaling_factor", "2")]
    [InlineData("starcoder2", "norm_type", "\"rms_norm\"")]
    [InlineData("cohere", "use_parallel_residual", "true")]
    [InlineData("cohere2", "position_embedding_type", "\"alibi\"")]
    [InlineData("gpt_oss", "swiglu_limit", "5")]
    [InlineData("qwen2_moe", "use_sliding_window", "true")]
    [InlineData("qwen3_moe", "shared_expert_intermediate_size", "8")]
    [InlineData("glm4_moe", "moe_layer_freq", "2")]
    [InlineData("deepseek_v2", "topk_method", "\"noaux_tc\"")]
    [InlineData("deepseek_v3", "scoring_func", "\"softmax\"")]
    [InlineData("llama4_text", "no_rope_layers", "[1, 0, 0, 1]")]
    [InlineData("granitemoe", "position_embedding_type", "\"nope\"")]
    [InlineData("phimoe", "num_experts_per_tok", "3")]
    [InlineData("apertus", "post_norm", "true")]
    [InlineData("ernie4_5_moe", "moe_gate_act", "\"softmax\"")]
    [InlineData("mamba", "hidden_act", "\"gelu\"")]
    [InlineData("mamba", "use_rope", "true")]
    [InlineData("mamba2", "rms_norm", "false")]
    [InlineData("granitemoehybrid", "layer_types", "[\"attention\"]")]
    [InlineData("granitemoehybrid", "position_embedding_type", "\"alibi\"")]
    [InlineData("qwen3_5_text", "attn_output_gate", "false")]
    [InlineData("qwen3_5_text", "attention_bias", "true")]
    [InlineData("qwen3_next", "layer_types", "[\"linear_attention\"]")]
    [InlineData("qwen3_next", "attention_bias", "true")]
    [InlineData("gemma4_text", "use_bidirectional_attention", "\"all\"")]
    [InlineData("gemma4_text", "hidden_activation", "\"silu\"")]
    [InlineData("lfm2", "layer_types", "[\"conv\"]")]
    [InlineData("lfm2", "theta", "5000")]
    [InlineData("olmo_hybrid", "layer_types", "null")]
    [InlineData("olmo_hybrid", "linear_use_gate", "true")]
    [InlineData("falcon_h1", "mamba_use_mlp", "false")]
    [InlineData("falcon_h1", "time_step_limit", "[0.1, 1.0]")]
    [InlineData("nemotron_h", "hybrid_override_pattern", "\"ME*-X\"")]
    [InlineData("nemotron_h", "mlp_hidden_act", "\"silu\"")]
    [InlineData("nemotron_h", "sliding_window", "8")]
    [InlineData("nemotron_h", "norm_eps", "0.1")]
    [InlineData("recurrent_gemma", "partial_rotary_factor", "1.0")]
    [InlineData("recurrent_gemma", "block_types", "[\"sliding\"]")]
    [InlineData("gemma3n_text", "altup_active_idx", "1")]
    [InlineData("gemma3n_text", "hidden_activation", "\"silu\"")]
    [InlineData("deepseek_v32", "q_lora_rank", "null")]
    [InlineData("deepseek_v32", "mlp_layer_types", "[\"dense\"]")]
    [InlineData("kimi_linear", "mla_use_nope", "false")]
    [InlineData("kimi_linear", "moe_router_activation_func", "\"softmax\"")]
    [InlineData("kimi_linear", "q_lora_rank", "8")]
    public void What_an_architecture_does_not_do_is_refused_by_name(string folder, string field, string value)
    {
        var config = JsonNode.Parse(File.ReadAllBytes(Path.Combine(SharedData.Path("goldens", "models", folder), "config.json")))!.AsObject();
        config[field] = JsonNode.Parse(value);
        var error = Assert.Throws<InputException>(() => ModelCatalog.Sizes(ModelConfig.Parse(config.ToJsonString(), "config.json")));
        Assert.Equal("config-unsupported", error.Code);
        Assert.Contains(field, error.Message, StringComparison.Ordinal);
    }

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

    [Theory]
    [InlineData("gpt2", "transformer.", "", "h.0.attn.bias", "h.2.attn.masked_bias")]
    [InlineData("gpt2", "transformer.", "transformer.", "transformer.h.0.attn.bias", "lm_head.weight")]
    [InlineData(
        "gpt_neox",
        "",
        "",
        "gpt_neox.layers.0.attention.bias",
        "gpt_neox.layers.1.attention.masked_bias",
        "gpt_neox.layers.0.attention.rotary_emb.inv_freq"
    )]
    [InlineData("gpt_neox-seq", "gpt_neox.", "", "layers.0.attention.bias")]
    [InlineData("bloom", "transformer.", "", "lm_head.weight")]
    [InlineData("falcon", "transformer.", "", "lm_head.weight")]
    [InlineData("gpt_bigcode", "transformer.", "transformer.", "transformer.h.0.attn.bias")]
    [InlineData("gpt_neo", "transformer.", "", "h.0.attn.attention.bias", "h.1.attn.attention.masked_bias")]
    [InlineData("gptj", "transformer.", "transformer.", "transformer.h.0.attn.bias", "transformer.h.2.attn.masked_bias")]
    [InlineData("deepseek_v3", "model.", "model.", "model.layers.3.eh_proj.weight", "model.layers.3.mlp.experts.0.up_proj.weight")]
    [InlineData("opt", "model.", "", "lm_head.weight")]
    [InlineData("opt", "model.", "model.", "model.decoder.version")]
    public void Bodies_without_their_prefix_and_buffers_of_older_files_make_the_same_model(
        string folder,
        string prefix,
        string published,
        params string[] besides
    ) => Check(folder, name => name.StartsWith(prefix, StringComparison.Ordinal) ? published + name[prefix.Length..] : name, config => config, besides);

    [Theory]
    [InlineData("gpt_neox", "partial_rotary_factor", "rope_theta")]
    [InlineData("gpt_neox", "rotary_pct", "rotary_emb_base")]
    [InlineData("gpt_neox-seq", "rotary_pct", "rope_theta")]
    public void Rotary_fields_of_a_GPT_NeoX_go_by_their_older_or_their_newer_names(string folder, params string[] removed) => Check(
        folder,
        name => name,
        config =>
        {
            Array.ForEach(removed, field => config.Remove(field));
            return config;
        });

    [Fact]
    public void Two_names_of_one_rotary_field_that_differ_are_refused()
    {
        using var copy = new GoldenCopies("gpt_neox", name => name, config =>
        {
            config["rotary_pct"] = 0.5;
            return config;
        });
        var refused = Assert.Throws<InputException>(() => Load("gpt_neox", copy));
        Assert.Equal("config-broken", refused.Code);
        Assert.Contains("rotary_pct is 0.5 and partial_rotary_factor, its newer name, is 0.25", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[0.0, Infinity]", true)]
    [InlineData("[1e9, Infinity]", false)]
    public void Infinite_numbers_of_Python_are_read_and_bounds_of_steps_are_kept(string limits, bool same)
    {
        using var copy = new GoldenCopies("nemotron_h", name => name, config =>
        {
            config["time_step_limit"] = "LIMITS";
            config["_name_or_path"] = "to Infinity \"and\" beyond";
            return config;
        });
        var path = Path.Combine(copy.Folder, "config.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"LIMITS\"", limits, StringComparison.Ordinal));
        using var golden = Load("nemotron_h", copy);
        Assert.Equal(same, golden.Compare().Within);
    }

    [Fact]
    public void A_head_that_is_not_tied_must_be_there()
    {
        using var copy = new GoldenCopies("llama", name => name == "lm_head.weight" ? null : name, config => config);
        var refused = Assert.Throws<InputException>(() => Load("llama", copy));
        Assert.Equal("checkpoint-key", refused.Code);
    }

    private static CausalModelGolden Load(string folder, GoldenCopies copy) =>
        new(copy.Folder, Path.Combine(SharedData.Path("goldens", "models", folder), "expected"), new ModelLoadOptions());

    private static void Check(string folder, Func<string, string?> rename, Func<JsonObject, JsonObject> config, params string[] besides)
    {
        using var copy = new GoldenCopies(folder, rename, config, besides);
        using var golden = Load(folder, copy);
        golden.Check();
    }
}

using System.Text.Json.Nodes;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Checkpoints.Adapters;
using AlignedProbing.Torch.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Tests.Checkpoints;

public class LoraAdapterTests
{
    private const string Layer = "model.layers.0.self_attn.q_proj";

    private static readonly (string, long[], float[]) Down = ($"base_model.model.{Layer}.lora_A.weight", [2, 3], [1, 2, 3, 4, 5, 6]);
    private static readonly (string, long[], float[]) Up = ($"base_model.model.{Layer}.lora_B.weight", [4, 2], [1, 0, 0, 1, 1, 1, 2, 2]);

    [Fact]
    public void An_update_is_read_with_its_scale()
    {
        using var folder = Folder("{}", Down, Up);
        using var adapter = LoraAdapter.Open(folder.FullPath);
        using var scope = NewDisposeScope();
        Assert.Null(adapter.FindUpdate("model.layers.0.self_attn.k_proj", 4, 3));
        var update = adapter.FindUpdate(Layer, 4, 3)!;
        Assert.Equal([1f, 2, 3, 4, 5, 6], TensorMemory.Span<float>(update.A).ToArray());
        Assert.Equal([1f, 0, 0, 1, 1, 1, 2, 2], TensorMemory.Span<float>(update.B).ToArray());
        Assert.Equal(8, update.Scale);
        Assert.Null(update.Magnitude);
        adapter.ThrowIfUnused();
    }

    [Theory]
    [InlineData("""{"use_rslora": true}""", 2, 11.3137)]
    [InlineData("""{"r": 3, "rank_pattern": {"q_proj": 2}}""", 2, 8)]
    [InlineData("""{"r": 3, "rank_pattern": {"layers\\.\\d+\\.self_attn\\.q_proj": 2}, "alpha_pattern": {"q_proj": 5}}""", 2, 2.5)]
    [InlineData("""{"alpha_pattern": {"proj": 5}}""", 2, 8)]
    [InlineData("""{"lora_alpha": 3.5, "target_modules": ".*\\.q_proj"}""", 2, 1.75)]
    [InlineData("""{"target_modules": "^(?!.*vision).*(?:q|v)_proj(?<!k_proj)$"}""", 2, 8)]
    [InlineData("""{"target_modules": "all-linear", "loftq_config": {}, "layers_to_transform": [0], "init_lora_weights": "gaussian", "bias": "all"}""", 2, 8)]
    public void Ranks_and_scales_follow_the_patterns(string fields, int rank, double scale)
    {
        using var folder = Folder(fields, Down, Up);
        using var adapter = LoraAdapter.Open(folder.FullPath);
        using var scope = NewDisposeScope();
        var update = adapter.FindUpdate(Layer, 4, 3)!;
        Assert.Equal(rank, update.A.size(0));
        Assert.Equal(scale, update.Scale, 4);
    }

    [Fact]
    public void Keys_of_older_versions_mean_the_same()
    {
        using var folder = Folder(
            """{"use_dora": true, "modules_to_save": ["lm_head"]}""",
            ($"base_model.model.{Layer}.lora_A.default.weight", Down.Item2, Down.Item3),
            ($"base_model.model.{Layer}.lora_B.default.weight", Up.Item2, Up.Item3),
            ($"base_model.model.{Layer}.lora_magnitude_vector.default.weight", [4], [1, 2, 3, 4]),
            ($"base_model.model.{Layer}.base_layer.bias", [4], [5, 6, 7, 8]),
            ("base_model.model.lm_head.modules_to_save.default.weight", [1, 2], [9, 10]));
        using var adapter = LoraAdapter.Open(folder.FullPath);
        using var scope = NewDisposeScope();
        Assert.Equal([1f, 2, 3, 4], TensorMemory.Span<float>(adapter.FindUpdate(Layer, 4, 3)!.Magnitude!).ToArray());
        Assert.Equal([5f, 6, 7, 8], TensorMemory.Span<float>(adapter.FindParameter($"{Layer}.bias", 4)!).ToArray());
        Assert.Equal([9f, 10], TensorMemory.Span<float>(adapter.FindParameter("lm_head.weight", 1, 2)!).ToArray());
        adapter.ThrowIfUnused();
    }

    [Fact]
    public void An_update_of_an_embedding_is_that_of_a_layer_from_words_to_width()
    {
        using var folder = Folder(
            """{"target_modules": ["embed_tokens"]}""",
            ("base_model.model.model.embed_tokens.lora_embedding_A", [2, 5], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
            ("base_model.model.model.embed_tokens.lora_embedding_B", [3, 2], [1, 0, 0, 1, 1, 1]));
        using var adapter = LoraAdapter.Open(folder.FullPath);
        using var scope = NewDisposeScope();
        var update = adapter.FindUpdate("model.embed_tokens", 3, 5)!;

        // PEFT: the row of word i is W[i] + scale * (B A)[:, i].
        var change = Ops.MatrixProduct(update.B, update.A);
        Assert.Equal([3L, 5], change.shape);
        Assert.Equal([1f, 6, 7], TensorMemory.Span<float>(change.t().contiguous())[..3].ToArray());
    }

    [Theory]
    [InlineData("""{"peft_type": "IA3"}""", "adapter-unsupported", "IA3")]
    [InlineData("""{"peft_type": null}""", "adapter-config", "peft_type")]
    [InlineData("""{"layer_replication": [[0, 2]]}""", "adapter-unsupported", "layer_replication: [[0,2]]")]
    [InlineData("""{"use_qalora": true, "alora_invocation_tokens": [1]}""", "adapter-unsupported", "alora_invocation_tokens: [1]")]
    [InlineData("""{"trainable_token_indices": [1, 2]}""", "adapter-unsupported", "trainable_token_indices")]
    [InlineData("""{"target_parameters": ["experts"]}""", "adapter-unsupported", "target_parameters")]
    [InlineData("""{"something_new": 1}""", "adapter-unsupported", "something_new")]
    [InlineData("""{"init_lora_weights": "pissa"}""", "adapter-unsupported", "pissa")]
    [InlineData("""{"r": 0}""", "adapter-config", "r is 0")]
    [InlineData("""{"r": 2.5}""", "adapter-config", "2.5")]
    [InlineData("""{"lora_alpha": "x"}""", "adapter-config", "lora_alpha")]
    [InlineData("""{"use_rslora": 1}""", "adapter-config", "use_rslora")]
    [InlineData("""{"rank_pattern": [1]}""", "adapter-config", "rank_pattern")]
    [InlineData("""{"rank_pattern": {"(": 2}}""", "adapter-config", "rank_pattern")]
    [InlineData("""{"target_modules": "(a)\\1"}""", "adapter-key", "target_modules")]
    [InlineData("""{"target_modules": "((\\w+|\\.)+)+\\d"}""", "adapter-config", "takes more than 1 s")]
    [InlineData("""{"target_modules": ["v_proj"]}""", "adapter-key", "q_proj")]
    [InlineData("""{"use_dora": true}""", "adapter-key", "lora_magnitude_vector")]
    [InlineData("""{"modules_to_save": ["lm_head"]}""", "adapter-key", "lm_head")]
    public void A_configuration_that_is_broken_or_not_implemented_is_refused_by_name(string fields, string code, string named)
    {
        using var folder = Folder(fields, Down, Up);
        var error = Assert.Throws<InputException>(() => LoraAdapter.Open(folder.FullPath));
        Assert.Equal(code, error.Code);
        Assert.Contains(named, error.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void Shapes_that_disagree_are_named_with_both()
    {
        using var folder = Folder("""{"r": 3}""", Down, Up);
        using var adapter = LoraAdapter.Open(folder.FullPath);
        var error = Assert.Throws<InputException>(() => adapter.FindUpdate(Layer, 4, 3));
        Assert.Equal("adapter-shape", error.Code);
        Assert.Contains("[2, 3]", error.Found, StringComparison.Ordinal);
        Assert.Contains("[3, 3]", error.Found, StringComparison.Ordinal);
        using var right = Folder("{}", Down, Up);
        using var other = LoraAdapter.Open(right.FullPath);
        Assert.Equal("adapter-shape", Assert.Throws<InputException>(() => other.FindUpdate(Layer, 5, 3)).Code);
        Assert.Equal("adapter-shape", Assert.Throws<InputException>(() => other.FindUpdate(Layer, 4, 2)).Code);
    }

    [Fact]
    public void What_has_no_place_in_the_model_is_an_error_with_its_key()
    {
        using var folder = Folder("{}", Down, Up);
        using var adapter = LoraAdapter.Open(folder.FullPath);
        var error = Assert.Throws<InputException>(adapter.ThrowIfUnused);
        Assert.Equal("adapter-key", error.Code);
        Assert.Contains(Up.Item1, error.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_without_its_other_half_is_an_error()
    {
        using var folder = Folder("{}", Down);
        Assert.Equal("adapter-key", Assert.Throws<InputException>(() => LoraAdapter.Open(folder.FullPath)).Code);
        using var strange = Folder("{}", Down, Up, ($"base_model.model.{Layer}.lora_E", [1], [1]));
        Assert.Contains("lora_E", Assert.Throws<InputException>(() => LoraAdapter.Open(strange.FullPath)).Found, StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_that_hold_no_adapter_say_what_is_missing()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal("adapter-missing", Assert.Throws<InputException>(() => LoraAdapter.Open(folder["none"])).Code);
        Assert.Contains("adapter_config.json", Assert.Throws<InputException>(() => LoraAdapter.Open(folder.FullPath)).Found, StringComparison.Ordinal);
        Directory.CreateDirectory(folder["second"]);
        File.WriteAllText(Path.Combine(folder["second"], "adapter_config.json"), """{"peft_type": "LORA"}""");
        Assert.Contains(folder["second"], Assert.Throws<InputException>(() => LoraAdapter.Open(folder.FullPath)).Found, StringComparison.Ordinal);
        File.WriteAllText(folder["adapter_config.json"], """{"peft_type": "LORA"}""");
        Assert.Contains("adapter_model.bin", Assert.Throws<InputException>(() => LoraAdapter.Open(folder.FullPath)).Found, StringComparison.Ordinal);
        File.WriteAllText(folder["adapter_config.json"], "{");
        Assert.Equal("adapter-config", Assert.Throws<InputException>(() => LoraAdapter.Open(folder.FullPath)).Code);
    }

    private static TemporaryFolder Folder(string fields, params ReadOnlySpan<(string, long[], float[])> tensors)
    {
        var config = new JsonObject { ["peft_type"] = "LORA", ["r"] = 2, ["lora_alpha"] = 16, ["target_modules"] = new JsonArray("q_proj") };
        foreach (var (name, value) in JsonNode.Parse(fields)!.AsObject())
        {
            config[name] = value?.DeepClone();
        }

        var folder = new TemporaryFolder();
        File.WriteAllText(folder["adapter_config.json"], config.ToJsonString());
        File.WriteAllBytes(folder["adapter_model.safetensors"], SafetensorsBytes.Of(tensors));
        return folder;
    }
}

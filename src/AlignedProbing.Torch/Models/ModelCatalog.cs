using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Checkpoints.Adapters;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models.Decoders;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Models;

/// <summary>The architectures that can be run, by <c>model_type</c>.</summary>
public static class ModelCatalog
{
    private static readonly SortedDictionary<string, Architecture> Known = new(StringComparer.Ordinal)
    {
        ["afmoe"] = new(
            static (config, parameters) => new AfmoeConfig(config).Sizes(parameters),
            static (config, weights) => new AfmoeForCausalLM(config, weights)),
        ["apertus"] = new(
            static (config, parameters) => new ApertusConfig(config).Sizes(parameters),
            static (config, weights) => new ApertusForCausalLM(config, weights)),
        ["arcee"] = new(
            static (config, parameters) => new ArceeConfig(config).Sizes(parameters),
            static (config, weights) => new ArceeForCausalLM(config, weights)),
        ["bitnet"] = new(
            static (config, parameters) => new BitNetConfig(config).Sizes(parameters),
            static (config, weights) => new BitNetForCausalLM(config, weights)),
        ["bloom"] = new(
            static (config, parameters) => new BloomConfig(config).Sizes(parameters),
            static (config, weights) => new BloomForCausalLM(config, weights)),
        ["cohere"] = new(
            static (config, parameters) => new CohereConfig(config).Sizes(parameters),
            static (config, weights) => new CohereForCausalLM(config, weights)),
        ["cohere2"] = new(
            static (config, parameters) => new Cohere2Config(config).Sizes(parameters),
            static (config, weights) => new Cohere2ForCausalLM(config, weights)),
        ["deepseek_v2"] = new(
            static (config, parameters) => new DeepseekV2Config(config).Sizes(parameters),
            static (config, weights) => new DeepseekV2ForCausalLM(config, weights)),
        ["deepseek_v3"] = new(
            static (config, parameters) => new DeepseekV3Config(config).Sizes(parameters),
            static (config, weights) => new DeepseekV3ForCausalLM(config, weights)),
        ["deepseek_v32"] = new(
            static (config, parameters) => new DeepseekV32Config(config).Sizes(parameters),
            static (config, weights) => new DeepseekV32ForCausalLM(config, weights)),
        ["ernie4_5"] = new(
            static (config, parameters) => new Ernie4_5Config(config).Sizes(parameters),
            static (config, weights) => new Ernie4_5ForCausalLM(config, weights)),
        ["ernie4_5_moe"] = new(
            static (config, parameters) => new Ernie4_5MoeConfig(config).Sizes(parameters),
            static (config, weights) => new Ernie4_5MoeForCausalLM(config, weights)),
        ["exaone4"] = new(
            static (config, parameters) => new Exaone4Config(config).Sizes(parameters),
            static (config, weights) => new Exaone4ForCausalLM(config, weights)),
        ["exaone_moe"] = new(
            static (config, parameters) => new ExaoneMoeConfig(config).Sizes(parameters),
            static (config, weights) => new ExaoneMoeForCausalLM(config, weights)),
        ["falcon"] = new(
            static (config, parameters) => new FalconConfig(config).Sizes(parameters),
            static (config, weights) => new FalconForCausalLM(config, weights)),
        ["falcon_h1"] = new(
            static (config, parameters) => new FalconH1Config(config).Sizes(parameters),
            static (config, weights) => new FalconH1ForCausalLM(config, weights)),
        ["falcon_mamba"] = new(
            static (config, parameters) => new FalconMambaConfig(config).Sizes(parameters),
            static (config, weights) => new FalconMambaForCausalLM(config, weights)),
        ["flex_olmo"] = new(
            static (config, parameters) => new FlexOlmoConfig(config).Sizes(parameters),
            static (config, weights) => new FlexOlmoForCausalLM(config, weights)),
        ["gemma"] = new(
            static (config, parameters) => GemmaConfig.Read(config).Sizes(parameters),
            static (config, weights) => new GemmaForCausalLM(config, weights)),
        ["gemma2"] = new(
            static (config, parameters) => Gemma2Config.Read(config).Sizes(parameters),
            static (config, weights) => new Gemma2ForCausalLM(config, weights)),
        ["gemma3"] = new(
            static (config, parameters) => Gemma3Config.Read(config).Sizes(parameters),
            static (config, weights) => new Gemma3ForCausalLM(config, weights)),
        ["gemma3_text"] = new(
            static (config, parameters) => Gemma3Config.Read(config).Sizes(parameters),
            static (config, weights) => new Gemma3ForCausalLM(config, weights)),
        ["gemma3n_text"] = new(
            static (config, parameters) => new Gemma3nTextConfig(config).Sizes(parameters),
            static (config, weights) => new Gemma3nTextForCausalLM(config, weights)),
        ["gemma4_text"] = new(
            static (config, parameters) => new Gemma4TextConfig(config).Sizes(parameters),
            static (config, weights) => new Gemma4TextForCausalLM(config, weights)),
        ["glm4"] = new(
            static (config, parameters) => new Glm4Config(config).Sizes(parameters),
            static (config, weights) => new Glm4ForCausalLM(config, weights)),
        ["glm4_moe"] = new(
            static (config, parameters) => new Glm4MoeConfig(config).Sizes(parameters),
            static (config, weights) => new Glm4MoeForCausalLM(config, weights)),
        ["glm4_moe_lite"] = new(
            static (config, parameters) => new Glm4MoeLiteConfig(config).Sizes(parameters),
            static (config, weights) => new Glm4MoeLiteForCausalLM(config, weights)),
        ["gpt2"] = new(
            static (config, parameters) => GPT2Config.Read(config).Sizes(parameters),
            static (config, weights) => new GPT2LMHeadModel(config, weights)),
        ["gpt_bigcode"] = new(
            static (config, parameters) => new GPTBigCodeConfig(config).Sizes(parameters),
            static (config, weights) => new GPTBigCodeForCausalLM(config, weights)),
        ["gpt_neo"] = new(
            static (config, parameters) => new GPTNeoConfig(config).Sizes(parameters),
            static (config, weights) => new GPTNeoForCausalLM(config, weights)),
        ["gpt_neox"] = new(
            static (config, parameters) => GPTNeoXConfig.Read(config).Sizes(parameters),
            static (config, weights) => new GPTNeoXForCausalLM(config, weights)),
        ["gpt_oss"] = new(
            static (config, parameters) => new GptOssConfig(config).Sizes(parameters),
            static (config, weights) => new GptOssForCausalLM(config, weights)),
        ["gptj"] = new(
            static (config, parameters) => new GPTJConfig(config).Sizes(parameters),
            static (config, weights) => new GPTJForCausalLM(config, weights)),
        ["granite"] = new(
            static (config, parameters) => GraniteConfig.Read(config).Sizes(parameters),
            static (config, weights) => new GraniteForCausalLM(config, weights)),
        ["granitemoe"] = new(
            static (config, parameters) => new GraniteMoeConfig(config).Sizes(parameters),
            static (config, weights) => new GraniteMoeForCausalLM(config, weights)),
        ["granitemoehybrid"] = new(
            static (config, parameters) => new GraniteMoeHybridConfig(config).Sizes(parameters),
            static (config, weights) => new GraniteMoeHybridForCausalLM(config, weights)),
        ["helium"] = new(
            static (config, parameters) => new HeliumConfig(config).Sizes(parameters),
            static (config, weights) => new HeliumForCausalLM(config, weights)),
        ["hunyuan_v1_dense"] = new(
            static (config, parameters) => new HunYuanDenseV1Config(config).Sizes(parameters),
            static (config, weights) => new HunYuanDenseV1ForCausalLM(config, weights)),
        ["hunyuan_v1_moe"] = new(
            static (config, parameters) => new HunYuanMoEV1Config(config).Sizes(parameters),
            static (config, weights) => new HunYuanMoEV1ForCausalLM(config, weights)),
        ["kimi_linear"] = new(
            static (config, parameters) => new KimiLinearConfig(config).Sizes(parameters),
            static (config, weights) => new KimiLinearForCausalLM(config, weights)),
        ["lfm2"] = new(
            static (config, parameters) => new Lfm2Config(config).Sizes(parameters),
            static (config, weights) => new Lfm2ForCausalLM(config, weights)),
        ["lfm2_moe"] = new(
            static (config, parameters) => new Lfm2MoeConfig(config).Sizes(parameters),
            static (config, weights) => new Lfm2MoeForCausalLM(config, weights)),
        ["llama"] = new(
            static (config, parameters) => LlamaConfig.Read(config).Sizes(parameters),
            static (config, weights) => new LlamaForCausalLM(config, weights)),
        ["llama4_text"] = new(
            static (config, parameters) => new Llama4TextConfig(config).Sizes(parameters),
            static (config, weights) => new Llama4ForCausalLM(config, weights)),
        ["mamba"] = new(
            static (config, parameters) => new MambaConfig(config).Sizes(parameters),
            static (config, weights) => new MambaForCausalLM(config, weights)),
        ["mamba2"] = new(
            static (config, parameters) => new Mamba2Config(config).Sizes(parameters),
            static (config, weights) => new Mamba2ForCausalLM(config, weights)),
        ["minimax_m2"] = new(
            static (config, parameters) => new MiniMaxM2Config(config).Sizes(parameters),
            static (config, weights) => new MiniMaxM2ForCausalLM(config, weights)),
        ["ministral"] = new(
            static (config, parameters) => new MinistralConfig(config).Sizes(parameters),
            static (config, weights) => new MinistralForCausalLM(config, weights)),
        ["ministral3"] = new(
            static (config, parameters) => new Ministral3Config(config).Sizes(parameters),
            static (config, weights) => new Ministral3ForCausalLM(config, weights)),
        ["mistral"] = new(
            static (config, parameters) => MistralConfig.Read(config).Sizes(parameters),
            static (config, weights) => new MistralForCausalLM(config, weights)),
        ["mixtral"] = new(
            static (config, parameters) => MixtralConfig.Read(config).Sizes(parameters),
            static (config, weights) => new MixtralForCausalLM(config, weights)),
        ["mpt"] = new(
            static (config, parameters) => new MptConfig(config).Sizes(parameters),
            static (config, weights) => new MptForCausalLM(config, weights)),
        ["nemotron"] = new(
            static (config, parameters) => new NemotronConfig(config).Sizes(parameters),
            static (config, weights) => new NemotronForCausalLM(config, weights)),
        ["nemotron_h"] = new(
            static (config, parameters) => new NemotronHConfig(config).Sizes(parameters),
            static (config, weights) => new NemotronHForCausalLM(config, weights)),
        ["olmo"] = new(
            static (config, parameters) => OlmoConfig.Read(config).Sizes(parameters),
            static (config, weights) => new OlmoForCausalLM(config, weights)),
        ["olmo2"] = new(
            static (config, parameters) => Olmo2Config.Read(config).Sizes(parameters),
            static (config, weights) => new Olmo2ForCausalLM(config, weights)),
        ["olmo3"] = new(
            static (config, parameters) => Olmo3Config.Read(config).Sizes(parameters),
            static (config, weights) => new Olmo3ForCausalLM(config, weights)),
        ["olmo_hybrid"] = new(
            static (config, parameters) => new OlmoHybridConfig(config).Sizes(parameters),
            static (config, weights) => new OlmoHybridForCausalLM(config, weights)),
        ["olmoe"] = new(
            static (config, parameters) => OlmoeConfig.Read(config).Sizes(parameters),
            static (config, weights) => new OlmoeForCausalLM(config, weights)),
        ["opt"] = new(static (config, parameters) => OPTConfig.Read(config).Sizes(parameters), static (config, weights) => new OPTForCausalLM(config, weights)),
        ["persimmon"] = new(
            static (config, parameters) => new PersimmonConfig(config).Sizes(parameters),
            static (config, weights) => new PersimmonForCausalLM(config, weights)),
        ["phi"] = new(
            static (config, parameters) => new PhiConfig(config).Sizes(parameters),
            static (config, weights) => new PhiForCausalLM(config, weights)),
        ["phi3"] = new(
            static (config, parameters) => Phi3Config.Read(config).Sizes(parameters),
            static (config, weights) => new Phi3ForCausalLM(config, weights)),
        ["phimoe"] = new(
            static (config, parameters) => new PhiMoeConfig(config).Sizes(parameters),
            static (config, weights) => new PhiMoeForCausalLM(config, weights)),
        ["qwen2"] = new(
            static (config, parameters) => Qwen2Config.Read(config).Sizes(parameters),
            static (config, weights) => new Qwen2ForCausalLM(config, weights)),
        ["qwen2_moe"] = new(
            static (config, parameters) => new Qwen2MoeConfig(config).Sizes(parameters),
            static (config, weights) => new Qwen2MoeForCausalLM(config, weights)),
        ["qwen3"] = new(
            static (config, parameters) => Qwen3Config.Read(config).Sizes(parameters),
            static (config, weights) => new Qwen3ForCausalLM(config, weights)),
        ["qwen3_5_moe_text"] = new(
            static (config, parameters) => new Qwen3_5MoeConfig(config).Sizes(parameters),
            static (config, weights) => new Qwen3_5MoeForCausalLM(config, weights)),
        ["qwen3_5_text"] = new(
            static (config, parameters) => new Qwen3_5Config(config).Sizes(parameters),
            static (config, weights) => new Qwen3_5ForCausalLM(config, weights)),
        ["qwen3_moe"] = new(
            static (config, parameters) => new Qwen3MoeConfig(config).Sizes(parameters),
            static (config, weights) => new Qwen3MoeForCausalLM(config, weights)),
        ["qwen3_next"] = new(
            static (config, parameters) => new Qwen3NextConfig(config).Sizes(parameters),
            static (config, weights) => new Qwen3NextForCausalLM(config, weights)),
        ["recurrent_gemma"] = new(
            static (config, parameters) => new RecurrentGemmaConfig(config).Sizes(parameters),
            static (config, weights) => new RecurrentGemmaForCausalLM(config, weights)),
        ["seed_oss"] = new(
            static (config, parameters) => new SeedOssConfig(config).Sizes(parameters),
            static (config, weights) => new SeedOssForCausalLM(config, weights)),
        ["smollm3"] = new(
            static (config, parameters) => SmolLM3Config.Read(config).Sizes(parameters),
            static (config, weights) => new SmolLM3ForCausalLM(config, weights)),
        ["stablelm"] = new(
            static (config, parameters) => new StableLmConfig(config).Sizes(parameters),
            static (config, weights) => new StableLmForCausalLM(config, weights)),
        ["starcoder2"] = new(
            static (config, parameters) => new Starcoder2Config(config).Sizes(parameters),
            static (config, weights) => new Starcoder2ForCausalLM(config, weights)),
        ["xglm"] = new(
            static (config, parameters) => new XglmConfig(config).Sizes(parameters),
            static (config, weights) => new XglmForCausalLM(config, weights)),
    };

    /// <summary>Names of the architectures.</summary>
    public static IReadOnlyCollection<string> Architectures => Known.Keys;

    /// <summary>What a folder holds, from its configuration and the headers of its weights; needs no tensor library and reads no weight.</summary>
    /// <exception cref="InputException">As for <see cref="Load"/>, of the configuration; the weights' keys are checked when they are loaded.</exception>
    public static ModelDescription Describe(string folder)
    {
        var file = ModelConfig.FromFolder(folder);
        var (config, architecture) = Of(file, folder);
        using var checkpoint = Open(file, config, folder);
        var format = QuantizationConfig.Read(config);
        var parameters = checkpoint.Tensors.Sum(tensor => format?.Parameters(checkpoint, tensor) ?? StoredParts.Elements(tensor));
        return new ModelDescription(file.ModelType, architecture.Sizes(config, parameters)) { WeightFormat = format?.Name };
    }

    /// <summary>
    /// Throws where a folder's configuration is one that cannot be run; reads <c>config.json</c> alone, so that it can be asked before weights are downloaded.
    /// </summary>
    /// <exception cref="InputException">As for <see cref="Load"/>, of the configuration.</exception>
    public static void CheckConfig(string folder) => Of(ModelConfig.FromFolder(folder), folder);

    /// <summary>The sizes that a configuration names.</summary>
    /// <exception cref="InputException">As for <see cref="Load"/>, of the configuration.</exception>
    internal static ModelSizes Sizes(ModelConfig config)
    {
        var (own, architecture) = Of(config, config.Path);
        return architecture.Sizes(own, 0);
    }

    /// <summary>Loads a model from a folder with <c>config.json</c> and weights.</summary>
    /// <param name="folder">The folder, as Hugging Face writes it.</param>
    /// <param name="options">How its weights are held, and where.</param>
    /// <exception cref="InputException"> <c>config-missing</c>, <c>config-broken</c>; <c>model-type-unknown</c>: the architecture is not implemented;
    /// <c>config-unsupported</c>: a field of it is not; and the errors of reading weights. </exception>
    public static CausalModel Load(string folder, ModelLoadOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var file = ModelConfig.FromFolder(folder);
        var (config, architecture) = Of(file, folder);
        var stored = QuantizationConfig.Read(config);
        if (stored is not null && stored.Precision != options.Precision && options.Precision != WeightPrecision.Full)
        {
            throw config.Unsupported($"its weights are quantised already ({stored.Name}), and the precision {options.Precision} was asked for");
        }

        if (stored is not null && options.RandomWeights is not null)
        {
            throw config.Unsupported("its weights are quantised, and random ones were asked for in their place: take the checkpoint that it was made from");
        }

        TorchRuntime.EnsureLoaded();
        using var checkpoint = Open(file, config, folder);
        // An untrained model has no adapter either.
        using var adapter = options.Adapter is null || options.RandomWeights is not null ? null : LoraAdapter.Open(options.Adapter);
        using var scope = torch.NewDisposeScope();
        var device = options.TorchDevice ?? TorchRuntime.Device(options.Device);
        var kernels = options.Kernels ?? ModelKernels.For(device);
        var precision = stored is null ? options.Precision : stored.Precision ?? WeightPrecision.Full;
        var linear = new LinearOptions { Precision = precision, Device = device, Packed = kernels is ManagedKernels };
        var random = options.RandomWeights is { } seed ? new RandomWeights(seed, config.Number("initializer_range", 0.02)) : null;
        var weights = new ModelWeights(checkpoint, linear, kernels, stored, random, adapter);
        try
        {
            var model = architecture.Construct(config, weights);
            (model.Weights, model.ReducesOn) = (weights, kernels.OnDevice ? device : null);
            model.Device = options.TorchDevice?.ToString() ?? options.Device;
            return model;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>The weights of the model that a configuration is of; those of a file's other parts are left alone.</summary>
    private static Checkpoint Open(ModelConfig file, ModelConfig config, string folder)
    {
        var checkpoint = Checkpoint.Open(folder);
        try
        {
            if (!ReferenceEquals(file, config))
            {
                checkpoint.Rename(MultimodalModels.Rename);
            }

            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>The configuration of a file's language model, all of whose fields its architecture knows, and that architecture.</summary>
    private static (ModelConfig Config, Architecture Architecture) Of(ModelConfig file, string folder)
    {
        var config = MultimodalModels.TextOf(file) ?? file;
        if (!Known.TryGetValue(config.ModelType, out var architecture))
        {
            throw new InputException(
                "model-type-unknown",
                $"loading the model '{folder}'",
                $"its model_type is '{config.ModelType}', which is not implemented",
                $"Choose a model of one of these types: {string.Join(", ", Architectures.Concat(MultimodalModels.Types).Order(StringComparer.Ordinal))}");
        }

        _ = QuantizationConfig.Read(config);
        _ = architecture.Sizes(config, 0);
        file.RefuseTheRest();
        return (config, architecture);
    }

    private sealed record Architecture(Func<ModelConfig, long, ModelSizes> Sizes, Func<ModelConfig, ModelWeights, CausalModel> Construct);
}

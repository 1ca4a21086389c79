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
        ["gpt2"] = new(
            static (config, parameters) => GPT2Config.Read(config).Sizes(parameters),
            static (config, weights) => new GPT2LMHeadModel(config, weights)),
        ["gpt_neox"] = new(
            static (config, parameters) => GPTNeoXConfig.Read(config).Sizes(parameters),
            static (config, weights) => new GPTNeoXForCausalLM(config, weights)),
        ["granite"] = new(
            static (config, parameters) => GraniteConfig.Read(config).Sizes(parameters),
            static (config, weights) => new GraniteForCausalLM(config, weights)),
        ["llama"] = new(
            static (config, parameters) => LlamaConfig.Read(config).Sizes(parameters),
            static (config, weights) => new LlamaForCausalLM(config, weights)),
        ["mistral"] = new(
            static (config, parameters) => MistralConfig.Read(config).Sizes(parameters),
            static (config, weights) => new MistralForCausalLM(config, weights)),
        ["mixtral"] = new(
            static (config, parameters) => MixtralConfig.Read(config).Sizes(parameters),
            static (config, weights) => new MixtralForCausalLM(config, weights)),
        ["olmo"] = new(
            static (config, parameters) => OlmoConfig.Read(config).Sizes(parameters),
            static (config, weights) => new OlmoForCausalLM(config, weights)),
        ["olmo2"] = new(
            static (config, parameters) => Olmo2Config.Read(config).Sizes(parameters),
            static (config, weights) => new Olmo2ForCausalLM(config, weights)),
        ["olmo3"] = new(
            static (config, parameters) => Olmo3Config.Read(config).Sizes(parameters),
            static (config, weights) => new Olmo3ForCausalLM(config, weights)),
        ["olmoe"] = new(
            static (config, parameters) => OlmoeConfig.Read(config).Sizes(parameters),
            static (config, weights) => new OlmoeForCausalLM(config, weights)),
        ["opt"] = new(static (config, parameters) => OPTConfig.Read(config).Sizes(parameters), static (config, weights) => new OPTForCausalLM(config, weights)),
        ["phi3"] = new(
            static (config, parameters) => Phi3Config.Read(config).Sizes(parameters),
            static (config, weights) => new Phi3ForCausalLM(config, weights)),
        ["qwen2"] = new(
            static (config, parameters) => Qwen2Config.Read(config).Sizes(parameters),
            static (config, weights) => new Qwen2ForCausalLM(config, weights)),
        ["qwen3"] = new(
            static (config, parameters) => Qwen3Config.Read(config).Sizes(parameters),
            static (config, weights) => new Qwen3ForCausalLM(config, weights)),
        ["smollm3"] = new(
            static (config, parameters) => SmolLM3Config.Read(config).Sizes(parameters),
            static (config, weights) => new SmolLM3ForCausalLM(config, weights)),
    };

    /// <summary>Names of the architectures.</summary>
    public static IReadOnlyCollection<string> Architectures => Known.Keys;

    /// <summary>What a folder holds, from its configuration and the headers of its weights; needs no tensor library and reads no weight.</summary>
    /// <exception cref="InputException">As for <see cref="Load"/>, of the configuration; the weights' keys are checked when they are loaded.</exception>
    public static ModelDescription Describe(string folder)
    {
        var config = ModelConfig.FromFolder(folder);
        var architecture = Of(config, folder);
        using var checkpoint = Checkpoint.Open(folder);
        return new ModelDescription(config.ModelType, architecture.Sizes(config, QuantisedTensors.Parameters(checkpoint)));
    }

    /// <summary>
    /// Throws where a folder's configuration is one that cannot be run; reads <c>config.json</c> alone, so that it can be asked before weights are downloaded.
    /// </summary>
    /// <exception cref="InputException">As for <see cref="Load"/>, of the configuration.</exception>
    public static void CheckConfig(string folder) => Of(ModelConfig.FromFolder(folder), folder);

    /// <summary>The sizes that a configuration names.</summary>
    /// <exception cref="InputException">As for <see cref="Load"/>, of the configuration.</exception>
    internal static ModelSizes Sizes(ModelConfig config) => Of(config, config.Path).Sizes(config, 0);

    /// <summary>Loads a model from a folder with <c>config.json</c> and weights.</summary>
    /// <param name="folder">The folder, as Hugging Face writes it.</param>
    /// <param name="options">How its weights are held, and where.</param>
    /// <exception cref="InputException">
    /// <c>config-missing</c>, <c>config-broken</c>; <c>model-type-unknown</c>: the architecture is not implemented; <c>config-unsupported</c>: a field of it is
    /// not;
    /// and the errors of reading weights.
    /// </exception>
    public static CausalModel Load(string folder, ModelLoadOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var config = ModelConfig.FromFolder(folder);
        var architecture = Of(config, folder);
        var stored = QuantizationConfig.Read(config);
        if (stored is not null && stored != options.Precision && options.Precision != WeightPrecision.Full)
        {
            throw config.Unsupported($"its weights are quantised already ({stored}), and the precision {options.Precision} was asked for");
        }

        if (stored is not null && options.RandomWeights is not null)
        {
            throw config.Unsupported("its weights are quantised, and random ones were asked for in their place: take the checkpoint that it was made from");
        }

        TorchRuntime.EnsureLoaded();
        using var checkpoint = Checkpoint.Open(folder);
        // An untrained model has no adapter either.
        using var adapter = options.Adapter is null || options.RandomWeights is not null ? null : LoraAdapter.Open(options.Adapter);
        using var scope = torch.NewDisposeScope();
        var device = options.TorchDevice ?? TorchRuntime.Device(options.Device);
        var kernels = options.Kernels ?? ModelKernels.For(device);
        var linear = new LinearOptions { Precision = stored ?? options.Precision, Device = device, Packed = kernels is ManagedKernels };
        var random = options.RandomWeights is { } seed ? new RandomWeights(seed, config.Number("initializer_range", 0.02)) : null;
        var weights = new ModelWeights(checkpoint, linear, kernels, quantised: stored is not null, random, adapter);
        try
        {
            var model = architecture.Construct(config, weights);
            (model.Weights, model.ReducesOn) = (weights, kernels.OnDevice ? device : null);
            return model;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>The architecture of a configuration all of whose fields it knows.</summary>
    private static Architecture Of(ModelConfig config, string folder)
    {
        if (!Known.TryGetValue(config.ModelType, out var architecture))
        {
            throw new InputException(
                "model-type-unknown",
                $"loading the model '{folder}'",
                $"its model_type is '{config.ModelType}', which is not implemented",
                $"Choose a model of one of these types: {string.Join(", ", Architectures)}");
        }

        _ = QuantizationConfig.Read(config);
        _ = architecture.Sizes(config, 0);
        config.RefuseTheRest();
        return architecture;
    }

    private sealed record Architecture(Func<ModelConfig, long, ModelSizes> Sizes, Func<ModelConfig, ModelWeights, CausalModel> Construct);
}

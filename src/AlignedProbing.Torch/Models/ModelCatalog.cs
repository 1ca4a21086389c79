using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Precision;
using TorchSharp;

namespace AlignedProbing.Torch.Models;

/// <summary>The architectures that can be run, by <c>model_type</c>.</summary>
public static class ModelCatalog
{
    private static readonly SortedDictionary<string, Func<ModelConfig, ModelWeights, CausalModel>> Constructors = new(StringComparer.Ordinal)
    {
        ["llama"] = static (config, weights) => new LlamaForCausalLM(config, weights),
    };

    /// <summary>Names of the architectures.</summary>
    public static IReadOnlyCollection<string> Architectures => Constructors.Keys;

    /// <summary>Loads a model from a folder with <c>config.json</c> and weights.</summary>
    /// <param name="folder">The folder, as Hugging Face writes it.</param>
    /// <param name="options">How its weights are held, and where.</param>
    /// <exception cref="InputException">
    /// <c>config-missing</c>, <c>config-broken</c>; <c>model-type-unknown</c>: the architecture is not implemented; <c>config-unsupported</c>: a field of it is not;
    /// and the errors of reading weights.
    /// </exception>
    public static CausalModel Load(string folder, ModelLoadOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var config = ModelConfig.FromFolder(folder);
        var type = config.ModelType;
        if (!Constructors.TryGetValue(type, out var construct))
        {
            throw new InputException("model-type-unknown", $"loading the model '{folder}'", $"its model_type is '{type}', which is not implemented", $"Choose a model of one of these types: {string.Join(", ", Architectures)}");
        }

        TorchRuntime.EnsureLoaded();
        using var checkpoint = Checkpoint.Open(folder);
        using var scope = torch.NewDisposeScope();
        return construct(config, new ModelWeights(checkpoint, new LinearOptions { Precision = options.Precision, Device = torch.device(options.Device) }));
    }
}

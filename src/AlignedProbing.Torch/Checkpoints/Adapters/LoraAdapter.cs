using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Checkpoints.Adapters;

/// <summary>
/// A LoRA adapter as PEFT saves it: for some layers a low-rank update of the weight, for others a weight of its own. Sources: Hu et al. 2021 (LoRA), Liu et al.
/// 2024 (DoRA), PEFT's file format. Each of its tensors is to be used; what is left over is an error, since an adapter for another model would otherwise change
/// nothing, unseen.
/// </summary>
public sealed class LoraAdapter : IDisposable
{
    /// <summary>The file that says how the adapter is put on.</summary>
    public const string ConfigFile = "adapter_config.json";

    private const string Prefix = "base_model.model.";

    private static readonly string[] WeightFiles = ["adapter_model.safetensors", "adapter_model.bin"];

    private readonly string _folder;
    private readonly AdapterConfig _config;
    private readonly Checkpoint _checkpoint;

    // Name in the model -> key in the file.
    private readonly Dictionary<string, string> _keys = new(StringComparer.Ordinal);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    private LoraAdapter(string folder, AdapterConfig config, Checkpoint checkpoint)
    {
        (_folder, _config, _checkpoint) = (folder, config, checkpoint);
        foreach (var tensor in checkpoint.Tensors)
        {
            var name = Normalise(tensor.Name);
            if (!_keys.TryAdd(name, tensor.Name))
            {
                throw AdapterErrors.Key(folder, $"'{tensor.Name}' and '{_keys[name]}' mean the same");
            }
        }
    }

    /// <summary>The file with its weights.</summary>
    public string WeightFile => _checkpoint.Files.Single();

    /// <summary>Opens a folder that PEFT wrote.</summary>
    /// <param name="folder">With <c>adapter_config.json</c> and <c>adapter_model.safetensors</c> or <c>adapter_model.bin</c>.</param>
    /// <exception cref="InputException"><c>adapter-missing</c>, <c>adapter-config</c>, <c>adapter-unsupported</c>, <c>adapter-key</c>, and the errors of
    /// reading weights.</exception>
    public static LoraAdapter Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var config = ReadConfig(folder);
        var file = WeightFiles.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
            ?? throw AdapterErrors.Missing(folder, "the folder has neither adapter_model.safetensors nor adapter_model.bin");
        var checkpoint = Checkpoint.Open(file);
        try
        {
            var adapter = new LoraAdapter(folder, config, checkpoint);
            adapter.CheckKeys();
            return adapter;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>Reads a folder's configuration alone, before weights are there.</summary>
    /// <exception cref="InputException"><c>adapter-missing</c>, <c>adapter-config</c>, <c>adapter-unsupported</c>.</exception>
    public static void CheckConfig(string folder) => ReadConfig(folder);

    /// <summary>
    /// The update of a layer; null where the adapter has none. An embedding [words, width] is a layer from words to width, its weight transposed.
    /// </summary>
    /// <param name="module">The layer's name in the model: <c>model.layers.0.self_attn.q_proj</c>.</param>
    /// <param name="outputs">Rows of its weight.</param>
    /// <param name="inputs">Columns of its weight.</param>
    /// <returns>Its tensors, float32, owned by the caller's scope.</returns>
    /// <exception cref="InputException"><c>adapter-shape</c>: another rank than the configuration says, or another shape than the layer has.</exception>
    public LoraUpdate? FindUpdate(string module, int outputs, int inputs)
    {
        var embedding = _keys.ContainsKey($"{module}.lora_embedding_A");
        var (nameA, nameB) = embedding ? ($"{module}.lora_embedding_A", $"{module}.lora_embedding_B") : ($"{module}.lora_A.weight", $"{module}.lora_B.weight");
        if (!_keys.ContainsKey(nameA))
        {
            return null;
        }

        var rank = _config.Rank(module);
        return new LoraUpdate(
            Take(nameA, rank, inputs),
            Take(nameB, outputs, rank),
            _config.Scale(module),
            _keys.ContainsKey($"{module}.lora_magnitude_vector") ? Take($"{module}.lora_magnitude_vector", outputs) : null,
            _keys.ContainsKey($"{module}.lora_B.bias") ? Take($"{module}.lora_B.bias", outputs) : null);
    }

    /// <summary>A parameter that the adapter has in place of the base model's; null where it has none.</summary>
    /// <param name="name">Its name in the model: <c>lm_head.weight</c>.</param>
    /// <param name="shape">The shape it must have.</param>
    /// <returns>As it is stored, owned by the caller's scope.</returns>
    /// <exception cref="InputException"><c>adapter-shape</c>: it has another.</exception>
    public torch.Tensor? FindParameter(string name, params ReadOnlySpan<long> shape)
    {
        if (!_keys.TryGetValue(name, out var key))
        {
            return null;
        }

        CheckShape(key, shape);
        _used.Add(name);
        return _checkpoint.Take(key, shape);
    }

    /// <summary>Makes it an error that tensors have not been used.</summary>
    /// <exception cref="InputException"><c>adapter-key</c>, with the names.</exception>
    public void ThrowIfUnused()
    {
        var unused = _keys.Where(pair => !_used.Contains(pair.Key)).Select(pair => pair.Value).Order(StringComparer.Ordinal).ToArray();
        if (unused.Length > 0)
        {
            throw AdapterErrors.Key(
                _folder,
                $"{unused.Length} of its {_keys.Count} tensors have no place in the model: " +
                $"{string.Join(", ", unused.Take(5))}{(unused.Length > 5 ? ", ..." : "")}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _checkpoint.Dispose();

    private static AdapterConfig ReadConfig(string folder)
    {
        var path = Path.Combine(folder, ConfigFile);
        return File.Exists(path)
            ? AdapterConfig.Read(path)
            : throw AdapterErrors.Missing(
                folder,
                Directory.Exists(folder) ? $"the folder has no adapter_config.json{Named(folder)}" : "there is no such folder");
    }

    // PEFT saves several adapters of a model in folders of their names.
    private static string Named(string folder)
    {
        var names = Directory.EnumerateDirectories(folder)
            .Where(inner => File.Exists(Path.Combine(inner, ConfigFile)))
            .Select(inner => Path.Combine(folder, Path.GetFileName(inner)))
            .Order(StringComparer.Ordinal)
            .Take(10)
            .ToArray();
        return names.Length == 0 ? "" : $"; adapters are in {string.Join(", ", names)}: give one of them";
    }

    /// <summary>Older versions of PEFT keep the adapter's name and their own modules' names in the keys.</summary>
    private static string Normalise(string key)
    {
        var name = key.StartsWith(Prefix, StringComparison.Ordinal) ? key[Prefix.Length..] : key;
        return name.Replace(".modules_to_save.default.", ".", StringComparison.Ordinal)
            .Replace(".modules_to_save.", ".", StringComparison.Ordinal)
            .Replace(".base_layer.", ".", StringComparison.Ordinal)
            .Replace(".lora_A.default.", ".lora_A.", StringComparison.Ordinal)
            .Replace(".lora_B.default.", ".lora_B.", StringComparison.Ordinal)
            .Replace(".lora_embedding_A.default", ".lora_embedding_A", StringComparison.Ordinal)
            .Replace(".lora_embedding_B.default", ".lora_embedding_B", StringComparison.Ordinal)
            .Replace(".lora_magnitude_vector.default.weight", ".lora_magnitude_vector", StringComparison.Ordinal)
            .Replace(".lora_magnitude_vector.weight", ".lora_magnitude_vector", StringComparison.Ordinal);
    }

    private void CheckKeys()
    {
        foreach (var (name, key) in _keys)
        {
            var at = name.IndexOf(".lora_", StringComparison.Ordinal);
            if (at < 0)
            {
                continue;
            }

            var (module, part) = (name[..at], name[(at + 1)..]);
            var other = part switch
            {
                "lora_A.weight" => "lora_B.weight",
                "lora_B.weight" or "lora_B.bias" or "lora_magnitude_vector" => "lora_A.weight",
                "lora_embedding_A" => "lora_embedding_B",
                "lora_embedding_B" => "lora_embedding_A",
                _ => throw AdapterErrors.Key(_folder, $"'{key}' is none of LoRA's tensors"),
            };
            if (!_keys.ContainsKey($"{module}.{other}"))
            {
                throw AdapterErrors.Key(_folder, $"'{key}' is there and its {other} is not");
            }

            if (!_config.IsTarget(module))
            {
                throw AdapterErrors.Key(_folder, $"'{key}' belongs to a layer that target_modules of adapter_config.json does not name");
            }

            if (part == "lora_A.weight" && _config.UsesMagnitudes != _keys.ContainsKey($"{module}.lora_magnitude_vector"))
            {
                throw AdapterErrors.Key(
                    _folder,
                    $"use_dora is {(_config.UsesMagnitudes ? "true" : "false")} and '{module}' has {(_config.UsesMagnitudes ? "no" : "a")} " +
                    "lora_magnitude_vector");
            }

            if (part == "lora_embedding_A" && _config.UsesMagnitudes)
            {
                throw AdapterErrors.Unsupported(_folder, $"use_dora with an update of the embedding '{module}': not implemented");
            }
        }

        foreach (var module in _config.SavedModules)
        {
            if (!_keys.Keys.Any(name => name.StartsWith($"{module}.", StringComparison.Ordinal) || name.Contains($".{module}.", StringComparison.Ordinal)))
            {
                throw AdapterErrors.Key(_folder, $"modules_to_save names '{module}', and no tensor of that name is there");
            }
        }
    }

    private torch.Tensor Take(string name, params ReadOnlySpan<long> shape)
    {
        var key = _keys[name];
        CheckShape(key, shape);
        _used.Add(name);
        var tensor = _checkpoint.Take(key, shape);
        var wide = tensor.to(torch.ScalarType.Float32);
        return Ops.Same(wide, wide) ? wide : throw AdapterErrors.Shape(_folder, $"'{key}' holds NaN");
    }

    private void CheckShape(string key, ReadOnlySpan<long> shape)
    {
        var found = _checkpoint.Find(key)!.Shape;
        if (!found.SequenceEqual(shape.ToArray()))
        {
            throw AdapterErrors.Shape(
                _folder,
                $"'{key}' has the shape [{string.Join(", ", found)}]; the model and the rank in adapter_config.json make it " +
                $"[{string.Join(", ", shape.ToArray())}]");
        }
    }
}

/// <summary>A low-rank update of a weight W [outputs, inputs]: W + scale * B A; with magnitudes m each row of that is then given the length m (DoRA).</summary>
/// <param name="A">[rank, inputs] float32.</param>
/// <param name="B">[outputs, rank] float32.</param>
/// <param name="Scale">What B A is multiplied by.</param>
/// <param name="Magnitude">[outputs] float32, or null.</param>
/// <param name="Bias">[outputs] float32 that is added, scaled too; or null.</param>
public sealed record LoraUpdate(torch.Tensor A, torch.Tensor B, double Scale, torch.Tensor? Magnitude, torch.Tensor? Bias);

using System.IO.Enumeration;
using AlignedProbing.Gguf;
using AlignedProbing.Torch.Checkpoints.Gguf;
using AlignedProbing.Torch.Checkpoints.Pickles;
using AlignedProbing.Torch.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Checkpoints;

/// <summary>
/// The weights of a model on disk: <c>model.safetensors</c>, else the shards that <c>model.safetensors.index.json</c> lists; without them
/// <c>pytorch_model.bin</c>, whole or in shards. Files are mapped, not read; a tensor taken from here points into the file and may not be written to. Tensors
/// stay valid after the checkpoint is disposed of. Each key is to be taken; what is left over can be made an error.
/// </summary>
public sealed class Checkpoint : IDisposable
{
    private readonly string _source;
    private readonly List<IWeightFile> _files;
    private readonly Dictionary<string, (StoredTensor Tensor, IWeightFile File)> _tensors;
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    private Checkpoint(string source, List<IWeightFile> files, Dictionary<string, (StoredTensor, IWeightFile)> tensors)
    {
        _source = source;
        _files = files;
        _tensors = tensors;
    }

    /// <summary>All tensors by name, in the order of their names.</summary>
    public IEnumerable<StoredTensor> Tensors =>
        _tensors.Select(pair => pair.Value.Tensor with { Name = pair.Key }).OrderBy(tensor => tensor.Name, StringComparer.Ordinal);

    /// <summary>The files, in the order in which they were opened.</summary>
    public IEnumerable<string> Files => _files.Select(file => file.Path);

    /// <summary>Sum of the tensors' bytes.</summary>
    public long Bytes => _tensors.Values.Sum(pair => pair.Tensor.Bytes);

    /// <summary>Opens the weights of a model folder, or one file of weights; of a GGUF model in several files the first.</summary>
    /// <param name="path">The folder or the file.</param>
    /// <exception cref="InputException"><c>checkpoint-missing</c>, <c>checkpoint-index</c>, <c>safetensors-truncated</c>, <c>safetensors-header</c>,
    /// <c>safetensors-offsets</c>, <c>torch-file-broken</c>, <c>torch-file-refused</c>; <c>torch-missing</c>, <c>torch-unloadable</c>.</exception>
    public static Checkpoint Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        TorchRuntime.EnsureLoaded();
        var first = First(path);
        var index = IsIndex(first) ? ShardIndex.Read(first) : null;
        var paths = index is null ? [first] : Shards(first, index);

        var files = new List<IWeightFile>();
        try
        {
            if (GgufHeader.Is(first))
            {
                files.AddRange(GgufFile.OpenAll(first));
                paths = [];
            }

            foreach (var file in paths)
            {
                files.Add(IsTorchFile(file) ? TorchFile.Open(file) : SafetensorsFile.Open(file));
            }

            return new Checkpoint(path, files, Join(files, index, first));
        }
        catch
        {
            files.ForEach(file => file.Dispose());
            throw;
        }
    }

    /// <summary>The files that <see cref="Open"/> reads of a model folder: weights, and the index that lists them. Needs no tensor library.</summary>
    /// <param name="path">The folder, or one file of weights.</param>
    /// <exception cref="InputException"><c>checkpoint-missing</c>, <c>checkpoint-index</c>.</exception>
    public static IReadOnlyList<string> FilesOf(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var first = First(path);
        return GgufHeader.Is(first) ? GgufSplits.Of(first)
            : IsIndex(first) ? [first, .. Shards(first, ShardIndex.Read(first))]
            : [first];
    }

    /// <summary>Whether a tensor of that name is there.</summary>
    public bool Contains(string name) => _tensors.ContainsKey(name);

    /// <summary>What is known of a tensor; null where it is not there.</summary>
    public StoredTensor? Find(string name) => _tensors.TryGetValue(name, out var found) ? found.Tensor with { Name = name } : null;

    /// <summary>Gives tensors other names, and leaves some alone, as if they were not there.</summary>
    /// <param name="rename">The name that a tensor goes by; null: it is left alone.</param>
    /// <exception cref="InputException"><c>checkpoint-key</c>: two tensors would go by one name.</exception>
    internal void Rename(Func<string, string?> rename)
    {
        var old = _tensors.ToArray();
        _tensors.Clear();
        foreach (var (name, found) in old)
        {
            if (rename(name) is { } other && !_tensors.TryAdd(other, found))
            {
                throw new InputException(
                    "checkpoint-key",
                    $"reading '{name}' from '{_source}'",
                    $"another tensor of the file stands for '{other}' too",
                    "Download the file again, or take one that one program wrote");
            }
        }
    }

    /// <summary>
    /// Takes a tensor as it is stored, in CPU memory, without a copy; owned by the caller's scope. When the last tensor over its bytes is freed, they leave
    /// memory. Read-only.
    /// </summary>
    /// <param name="name">Its key.</param>
    /// <param name="shape">The shape it must have.</param>
    /// <exception cref="InputException"><c>checkpoint-key</c>: there is none, with the nearest names; <c>checkpoint-shape</c>;
    /// <c>safetensors-dtype</c>.</exception>
    public Tensor Take(string name, params ReadOnlySpan<long> shape)
    {
        if (!_tensors.TryGetValue(name, out var found))
        {
            var nearest = NearestNames.Of(name, _tensors.Keys);
            throw new InputException(
                "checkpoint-key",
                $"reading '{name}' from '{_source}'",
                nearest.Count > 0
                    ? $"there is no such tensor; the nearest names are {string.Join(", ", nearest)}"
                    : "there is no such tensor, nor one with a similar name",
                "Check that config.json and the weights belong to the same model");
        }

        if (!found.Tensor.Shape.SequenceEqual(shape.ToArray()))
        {
            throw new InputException(
                "checkpoint-shape",
                $"reading '{name}' as [{string.Join(", ", shape.ToArray())}] from '{found.File.Path}'",
                $"it has the shape [{string.Join(", ", found.Tensor.Shape)}]",
                "Check that config.json and the weights belong to the same model");
        }

        _taken.Add(name);
        return found.File.Take(found.Tensor);
    }

    /// <summary>Takes a tensor of any type as its bytes, in CPU memory, without a copy where it can be; owned by the caller's scope. Read-only.</summary>
    /// <param name="name">Its key; it is there.</param>
    /// <param name="shape">The shape the bytes are given; its product is their number.</param>
    /// <returns>uint8.</returns>
    internal Tensor TakeBytes(string name, params ReadOnlySpan<long> shape)
    {
        var (tensor, file) = _tensors[name];
        _taken.Add(name);
        using var scope = NewDisposeScope();
        return file.TakeBytes(tensor).view(shape.ToArray()).MoveToOuterDisposeScope();
    }

    /// <summary>Makes it an error that tensors have not been taken: a model that leaves weights aside is another model.</summary>
    /// <param name="ignorable">Patterns of names that may stay, with <c>*</c> and <c>?</c>, for example <c>*.rotary_emb.inv_freq</c>.</param>
    /// <exception cref="InputException"><c>checkpoint-unused</c>, with the names.</exception>
    public void ThrowIfUnused(params ReadOnlySpan<string> ignorable)
    {
        var patterns = ignorable.ToArray();
        var unused = _tensors.Keys
            .Where(name => !_taken.Contains(name) && !patterns.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false)))
            .Order(StringComparer.Ordinal)
            .ToArray();
        if (unused.Length > 0)
        {
            throw new InputException(
                "checkpoint-unused",
                $"loading the model in '{_source}'",
                $"{unused.Length} of its tensors have no place in this architecture: {string.Join(", ", unused.Take(8))}{(unused.Length > 8 ? ", ..." : "")}",
                "Check that config.json names the right architecture; an adapter or a quantised model must be loaded as such");
        }
    }

    /// <summary>Closes the files; tensors that were taken stay valid.</summary>
    public void Dispose() => _files.ForEach(file => file.Dispose());

    private static Dictionary<string, (StoredTensor, IWeightFile)> Join(List<IWeightFile> files, IReadOnlyDictionary<string, string>? index, string indexPath)
    {
        var tensors = new Dictionary<string, (StoredTensor, IWeightFile)>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            foreach (var tensor in file.Tensors)
            {
                // Where a tensor stands in several shards, the index says which one counts.
                if (index is not null && index.TryGetValue(tensor.Name, out var shard) && shard != Path.GetFileName(file.Path))
                {
                    continue;
                }

                if (!tensors.TryAdd(tensor.Name, (tensor, file)))
                {
                    throw ShardIndex.Broken(indexPath, $"two of its shards hold '{tensor.Name}', which it does not list");
                }
            }
        }

        foreach (var (name, file) in index ?? new Dictionary<string, string>())
        {
            if (!tensors.ContainsKey(name))
            {
                throw ShardIndex.Broken(indexPath, $"'{name}' is not in {file}, where it should be");
            }
        }

        return tensors;
    }

    private static string First(string path) => File.Exists(path)
        ? path
        : ShardIndex.Names.Select(name => Path.Combine(path, name)).FirstOrDefault(File.Exists) ?? throw Missing(path);

    private static bool IsIndex(string path) => path.EndsWith(".index.json", StringComparison.Ordinal);

    private static string[] Shards(string path, IReadOnlyDictionary<string, string> index)
    {
        var folder = Path.GetDirectoryName(path)!;
        return [.. index.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(file => Path.Combine(folder, file))];
    }

    private static bool IsTorchFile(string path) => Path.GetExtension(path) is ".bin" or ".pt" or ".pth";

    private static InputException Missing(string path)
    {
        var found = !Directory.Exists(path) ? "there is no such folder or file"
            : $"the folder has none of {string.Join(", ", ShardIndex.Names)}";
        return new InputException(
            "checkpoint-missing",
            $"reading weights from '{path}'",
            found,
            "Give the folder that holds config.json and the weights, as model.save_pretrained(...) writes them");
    }
}

using AlignedProbing.Gguf;
using AlignedProbing.Torch.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Checkpoints.Gguf;

/// <summary>
/// One GGUF file, mapped, under Hugging Face's names. Where its writer changed tensors, they are changed back: rows of Llama's queries and keys are put in
/// Hugging Face's order, and 1 is subtracted from Gemma's norms.
/// </summary>
internal sealed class GgufFile : IWeightFile
{
    private readonly MappedFile _mapped;
    private readonly string _architecture;
    private readonly (int Queries, int Keys) _heads;
    private readonly Dictionary<string, string> _stored = new(StringComparer.Ordinal);

    private GgufFile(GgufHeader header, MappedFile mapped, string architecture, (int, int) heads)
    {
        (Path, _mapped, _architecture, _heads) = (header.Path, mapped, architecture, heads);
        var tensors = new List<StoredTensor>();
        foreach (var tensor in header.Tensors.Where(tensor => tensor.Name != GgufConfig.RotaryFactors))
        {
            var name = GgufNames.Of(architecture, tensor.Name);
            _stored.Add(name, tensor.Name);
            tensors.Add(new StoredTensor(name, tensor.Type.Name, tensor.Shape, tensor.Offset, tensor.Bytes));
        }

        Tensors = tensors;
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>Maps a model's files.</summary>
    /// <param name="path">Its file, of several the first.</param>
    /// <exception cref="InputException"><c>gguf-broken</c>, <c>gguf-unsupported</c>.</exception>
    public static IReadOnlyList<GgufFile> OpenAll(string path)
    {
        var model = GgufModel.Open(path);
        var architecture = GgufConfig.Architecture(model.Header);
        using var config = ForeignJson.Parse(model.Config());
        var heads = (Heads("num_attention_heads"), Heads("num_key_value_heads"));
        var files = new List<GgufFile>();
        try
        {
            foreach (var header in model.Files)
            {
                files.Add(MappedFile.Read(
                    header.Path,
                    1,
                    _ => GgufErrors.Broken(header.Path, "it is empty"),
                    mapped => new GgufFile(header, mapped, architecture, heads)));
            }

            return files;
        }
        catch
        {
            files.ForEach(file => file.Dispose());
            throw;
        }

        int Heads(string name) => config.RootElement.TryGetProperty(name, out var value) ? value.GetInt32() : 1;
    }

    /// <inheritdoc/>
    public Tensor Take(StoredTensor tensor)
    {
        using var scope = NewDisposeScope();
        var type = tensor.Type ?? throw SafetensorsErrors.Type(Path, tensor);
        var stored = Sorted(tensor, _mapped.Tensor(tensor.Offset, tensor.Bytes, type, [.. tensor.Shape]));
        return (IsShifted(tensor) ? Ops.Add(stored, -1) : stored).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor TakeBytes(StoredTensor tensor)
    {
        using var scope = NewDisposeScope();
        var rows = tensor.Shape.Count == 0 ? 1 : tensor.Shape[0];
        var bytes = _mapped.Tensor(tensor.Offset, tensor.Bytes, ScalarType.Byte, [rows, tensor.Bytes / rows]);
        return Sorted(tensor, bytes).flatten().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => _mapped.Dispose();

    // Of each head's rows the file has 0, half, 1, half + 1 and so on, so that the two of a rotary pair are neighbours.
    private Tensor Sorted(StoredTensor tensor, Tensor stored)
    {
        var name = _stored[tensor.Name];
        var heads = name.Contains(".attn_q.", StringComparison.Ordinal) ? _heads.Queries
            : name.Contains(".attn_k.", StringComparison.Ordinal) ? _heads.Keys
            : 0;
        if (_architecture != "llama" || heads == 0)
        {
            return stored;
        }

        var rows = (int)stored.size(0);
        var size = rows / heads;
        if (rows != heads * size || size % 2 != 0)
        {
            throw GgufErrors.Broken(Path, $"'{name}' has {rows} rows, which do not make {heads} heads of pairs");
        }

        var order = new long[rows];
        for (var row = 0; row < rows; row++)
        {
            var (head, half, pair) = (row / size, row % size / (size / 2), row % (size / 2));
            order[row] = (head * size) + (2 * pair) + half;
        }

        return stored.index_select(0, TorchSharp.torch.tensor(order));
    }

    private bool IsShifted(StoredTensor tensor) =>
        _architecture == "gemma" && _stored[tensor.Name].EndsWith("norm.weight", StringComparison.Ordinal);
}

using System.Text.Json;

namespace AlignedProbing.Torch.Checkpoints;

/// <summary>The file that says which shard holds which tensor.</summary>
internal static class ShardIndex
{
    /// <summary>
    /// Names of a model in one file and of an index of several, in the order in which transformers looks for them: a single file before an index, which may be
    /// left over from an older version of the model.
    /// </summary>
    public static readonly string[] Names =
    [
        "model.safetensors",
        "model.safetensors.index.json",
        "pytorch_model.bin",
        "pytorch_model.bin.index.json",
    ];

    private const long LargestIndex = 100_000_000;

    /// <summary>Reads the index: tensor name -> file name, a plain name of a file beside the index that is there.</summary>
    /// <exception cref="InputException"><c>checkpoint-index</c>.</exception>
    public static IReadOnlyDictionary<string, string> Read(string path)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            if (new FileInfo(path).Length is var length && length > LargestIndex)
            {
                throw Broken(path, $"it has {length} bytes");
            }

            using var document = ForeignJson.ParsePython(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 16 });
            if (
                document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("weight_map", out var weights)
                || weights.ValueKind != JsonValueKind.Object)
            {
                throw Broken(path, "it has no 'weight_map'");
            }

            foreach (var entry in weights.EnumerateObject())
            {
                var file =
                    entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : throw Broken(path, $"the file of '{entry.Name}' is not a name");
                if (!map.TryAdd(entry.Name, file))
                {
                    throw Broken(path, $"'{entry.Name}' stands there twice");
                }
            }
        }
        catch (JsonException error)
        {
            throw Broken(path, $"it is not JSON ({error.Message.TrimEnd('.')})", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw SafetensorsErrors.Unreadable(path, error);
        }

        CheckFiles(path, map);
        return map;
    }

    public static InputException Broken(string path, string found, Exception? inner = null) =>
        new("checkpoint-index", $"reading the list of shards '{path}'", found, "Download the model again, all its files", inner);

    private static void CheckFiles(string path, Dictionary<string, string> map)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var absent = new List<string>();
        foreach (var file in map.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            // An index comes from a stranger: it may name files beside itself and none elsewhere.
            if (file.IndexOfAny(['/', '\\', ':', '\0']) >= 0 || file is "" or "." or "..")
            {
                throw Broken(path, $"it names '{file}', which is not a plain file name");
            }

            if (!File.Exists(Path.Combine(folder, file)))
            {
                absent.Add(file);
            }
        }

        if (absent.Count > 0)
        {
            throw Broken(
                path,
                $"it names {string.Join(", ", absent.Take(5))}{(absent.Count > 5 ? $" and {absent.Count - 5} more" : "")}, absent from the folder");
        }
    }
}

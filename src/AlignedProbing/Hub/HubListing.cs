using System.Text.Json;

namespace AlignedProbing.Hub;

/// <summary>A file as the Hub lists it.</summary>
/// <param name="Name">Its path in the repository.</param>
/// <param name="Size">Its bytes; null where the list does not say.</param>
/// <param name="Hash">SHA-256 (64 digits) of a large file, git's SHA-1 (40) of another: the name of its blob. Null where the list does not say.</param>
internal sealed record HubFile(string Name, long? Size, string? Hash);

/// <summary>What the Hub says of one revision of a repository.</summary>
/// <param name="Commit">The commit.</param>
/// <param name="Files">Its files, by name.</param>
internal sealed record HubListing(string Commit, IReadOnlyDictionary<string, HubFile> Files)
{
    /// <summary>Reads the answer of <c>/api/models/{name}/revision/{revision}?blobs=true</c>.</summary>
    /// <param name="json">The answer.</param>
    /// <param name="inFolders">Whether files in folders below count: those of data sets do, and nothing that a model needs lies there.</param>
    /// <exception cref="FormatException">It is not what it should be; the message says how.</exception>
    public static HubListing Parse(ReadOnlyMemory<byte> json, bool inFolders = false)
    {
        try
        {
            using var document = ForeignJson.Parse(json);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || Text(root, "sha") is not { } commit || !HubName.IsCommit(commit))
            {
                throw new FormatException("it names no commit");
            }

            if (!root.TryGetProperty("siblings", out var siblings) || siblings.ValueKind != JsonValueKind.Array)
            {
                throw new FormatException("it lists no files");
            }

            var files = new Dictionary<string, HubFile>(StringComparer.Ordinal);
            foreach (var sibling in siblings.EnumerateArray())
            {
                if (
                    sibling.ValueKind == JsonValueKind.Object
                    && Text(sibling, "rfilename") is { } name
                    && (inFolders ? HubName.IsRelativeFile(name) : HubName.IsPlainFile(name)))
                {
                    files[name] = File(name, sibling);
                }
            }

            return new HubListing(commit, files);
        }
        catch (JsonException error)
        {
            throw new FormatException($"it is not JSON ({error.Message.TrimEnd('.')})", error);
        }
    }

    private static HubFile File(string name, JsonElement sibling)
    {
        var large = sibling.TryGetProperty("lfs", out var lfs) && lfs.ValueKind == JsonValueKind.Object;
        var size = (large ? Number(lfs, "size") : null) ?? Number(sibling, "size");
        var hash = large ? Text(lfs, "sha256") : Text(sibling, "blobId");
        return new HubFile(name, size, BlobHash.IsKnown(hash) ? hash : null);
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static long? Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= 0
            ? number
            : null;
}

using System.Text;
using System.Text.Json.Nodes;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Fuzz.Targets;

/// <summary>Whole files to begin with: the goldens and the cases beside the repository where they are there, samples of the repository otherwise.</summary>
internal static class Corpus
{
    private const int LargestFile = 1_500_000;

    /// <summary>The repository's own file.</summary>
    public static string Own(params string[] parts) => Path.Combine([SharedData.RepositoryRoot, .. parts]);

    /// <summary>A text as a file.</summary>
    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>Files below <c>../shared</c> of a name or an ending; none where the folder is not there.</summary>
    public static IEnumerable<byte[]> Shared(string folder, string pattern)
    {
        var path = Path.GetFullPath(Path.Combine(SharedData.RepositoryRoot, "..", "shared", folder));
        return Directory.Exists(path)
            ? Directory
                .EnumerateFiles(path, pattern, SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Where(file => new FileInfo(file).Length <= LargestFile)
                .Select(File.ReadAllBytes)
            : [];
    }

    /// <summary>A folder below <c>../shared</c>; null where it is not there.</summary>
    public static string? SharedFolder(string folder)
    {
        var path = Path.GetFullPath(Path.Combine(SharedData.RepositoryRoot, "..", "shared", folder));
        return Directory.Exists(path) ? path : null;
    }

    /// <summary>The golden tokenizers with small vocabularies: their stages are what is of interest, and are kept whole.</summary>
    public static IEnumerable<byte[]> Tokenizers()
    {
        var path = Path.GetFullPath(Path.Combine(SharedData.RepositoryRoot, "..", "shared", "goldens", "tokenizers"));
        string[] files = Directory.Exists(path) ? Directory.GetFiles(path, "tokenizer.json", SearchOption.AllDirectories) : [];
        Array.Sort(files, StringComparer.Ordinal);
        foreach (var file in files.Prepend(Own("src", "AlignedProbing.Cli", "Demo", "model", "tokenizer.json")))
        {
            yield return Smaller(File.ReadAllBytes(file));
        }
    }

    private static byte[] Smaller(byte[] tokenizer)
    {
        const int Kept = 300;
        var root = JsonNode.Parse(tokenizer)!.AsObject();
        var model = root["model"]!.AsObject();
        if (model["vocab"] is JsonArray pieces)
        {
            model["vocab"] = new JsonArray([.. pieces.Take(Kept).Select(piece => piece!.DeepClone())]);
        }
        else
        {
            var vocabulary = model["vocab"]!.AsObject().OrderBy(pair => pair.Value!.GetValue<int>()).Take(Kept).ToArray();
            var names = vocabulary.Select(pair => pair.Key).ToHashSet(StringComparer.Ordinal);
            model["vocab"] = new JsonObject(vocabulary.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value!.DeepClone())));
            if (model["merges"] is JsonArray merges)
            {
                model["merges"] = new JsonArray(
                [
                    .. merges
                        .Where(merge => Pair(merge!) is [var left, var right] && names.Contains(left) && names.Contains(right) && names.Contains(left + right))
                        .Take(Kept)
                        .Select(merge => merge!.DeepClone()),
                ]);
            }
        }

        return Encoding.UTF8.GetBytes(root.ToJsonString());

        static string[] Pair(JsonNode merge) => merge is JsonArray two ? [.. two.Select(part => (string)part!)] : ((string)merge!).Split(' ');
    }
}

using AlignedProbing.Files;
using System.Text.Json;
using System.Text.Json.Nodes;
using AlignedProbing.Settings;

namespace AlignedProbing.Runs;

/// <summary>Compares what was asked before with what is asked now.</summary>
public static class ManifestComparison
{
    /// <summary>Every difference, by option where one is its source: "--seed: 42 there, 43 asked".</summary>
    public static IReadOnlyList<string> Differences<T>(T there, T asked)
        where T : notnull
    {
        var differences = new List<string>();
        Compare("", JsonSerializer.SerializeToNode(there, RecordJson.Line), JsonSerializer.SerializeToNode(asked, RecordJson.Line), differences);
        return differences;
    }

    /// <summary>Throws where the two differ.</summary>
    /// <exception cref="InputException">They do; every difference is named.</exception>
    public static void ThrowIfDifferent<T>(string folder, T there, T asked)
        where T : notnull
    {
        var differences = Differences(there, asked);
        if (differences.Count > 0)
        {
            throw new InputException(
                "options-differ",
                $"going on in '{folder}'",
                $"it was made with other options ({string.Join("; ", differences)})",
                "Use the same options to go on, or another --output to start anew");
        }
    }

    private static void Compare(string path, JsonNode? there, JsonNode? asked, List<string> differences)
    {
        if (there is JsonObject left && asked is JsonObject right)
        {
            foreach (var name in left.Select(pair => pair.Key).Union(right.Select(pair => pair.Key)))
            {
                Compare(path.Length == 0 ? name : $"{path}.{name}", left[name], right[name], differences);
            }
        }
        else if (!JsonNode.DeepEquals(there, asked))
        {
            differences.Add($"{SettingCatalog.OptionOf(path) ?? path}: {Show(there)} there, {Show(asked)} asked");
        }
    }

    private static string Show(JsonNode? node) => node?.ToJsonString(RecordJson.Line) ?? "nothing";
}

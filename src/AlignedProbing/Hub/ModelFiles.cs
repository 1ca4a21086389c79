using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace AlignedProbing.Hub;

/// <summary>Which of a repository's files running it needs.</summary>
internal static partial class ModelFiles
{
    public const string Config = "config.json";
    public const string AdapterConfig = "adapter_config.json";

    private const int MostParts = 9999;

    private const long LargestIndex = 100_000_000;

    private static readonly string[] Text = ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "chat_template.jinja"];

    // Read only where there is no tokenizer.json.
    private static readonly string[] OlderText = ["vocab.json", "merges.txt", "vocab.txt", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model"];

    // The first that is there is taken; in transformers' order.
    private static readonly string[] Weights = ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"];
    private static readonly string[] AdapterWeights = ["adapter_model.safetensors", "adapter_model.bin"];

    /// <summary>The files other than weights that are there, the configuration first; an index of weights is among them.</summary>
    /// <param name="set">What is needed.</param>
    /// <param name="isThere">Whether there is a file of that name.</param>
    public static IReadOnlyList<string> Small(HubFileSet set, Func<string, bool> isThere)
    {
        IEnumerable<string> wanted = set switch
        {
            HubFileSet.Adapter => [AdapterConfig],
            HubFileSet.Tokenizer => [Config, .. Text, .. Older()],
            _ =>
            [
                Config,
                "generation_config.json",
                .. Text,
                .. Older(),
                .. WeightsName(set, isThere) is { } name && IsIndex(name) ? [name] : Array.Empty<string>(),
            ],
        };
        return [.. wanted.Where(isThere)];

        string[] Older() => isThere(Text[0]) ? [] : OlderText;
    }

    /// <summary>The file that holds the weights, or the index of those that do; null where there is neither.</summary>
    public static string? WeightsName(HubFileSet set, Func<string, bool> isThere) =>
        Array.Find(set == HubFileSet.Adapter ? AdapterWeights : Weights, name => isThere(name));

    /// <summary>The files of a model that is one file, or some whose names count them: <c>name-00001-of-00003.gguf</c>.</summary>
    public static IReadOnlyList<string> Parts(string file)
    {
        var match = Part().Match(file);
        var count = match.Success ? int.Parse(match.Groups["count"].ValueSpan, CultureInfo.InvariantCulture) : 0;
        return count is > 0 and <= MostParts
            ? [.. Enumerable.Range(1, count).Select(Name)]
            : [file];

        string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"{match.Groups["name"]}-{number:00000}-of-{count:00000}.gguf");
    }

    /// <summary>The files with weights; read from the index in the folder where there are several.</summary>
    /// <exception cref="FormatException">The index is not what it should be; the message says how.</exception>
    public static IReadOnlyList<string> Shards(string weights, string folder) => IsIndex(weights) ? ReadIndex(Path.Combine(folder, weights)) : [weights];

    [GeneratedRegex(@"^(?<name>.+)-00001-of-(?<count>[0-9]{5})\.gguf\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Part();

    private static bool IsIndex(string name) => name.EndsWith(".json", StringComparison.Ordinal);

    private static string[] ReadIndex(string path)
    {
        try
        {
            if (new FileInfo(path).Length is var length && length > LargestIndex)
            {
                throw new FormatException($"it has {length} bytes");
            }

            using var document = ForeignJson.ParsePython(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 16 });
            if (
                document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("weight_map", out var map)
                || map.ValueKind != JsonValueKind.Object)
            {
                throw new FormatException("it has no weight_map");
            }

            var files = map.EnumerateObject()
                .Select(entry => entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : "")
                .Distinct(StringComparer.Ordinal)
                .ToArray();
            return Array.TrueForAll(files, HubName.IsPlainFile)
                ? [.. files.Order(StringComparer.Ordinal)]
                : throw new FormatException("it names a file that is no plain file name");
        }
        catch (JsonException error)
        {
            throw new FormatException($"it is not JSON ({error.Message.TrimEnd('.')})", error);
        }
    }
}

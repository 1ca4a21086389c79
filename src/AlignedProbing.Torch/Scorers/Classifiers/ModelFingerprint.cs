using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace AlignedProbing.Torch.Scorers.Classifiers;

/// <summary>What a model's results depend on, as hashes of its files.</summary>
internal static class ModelFingerprint
{
    private static readonly string[] Weights = ["*.safetensors", "pytorch_model*.bin"];

    private static readonly string[] Others =
    [
        "config.json",
        "generation_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "added_tokens.json",
        "chat_template.jinja",
        "vocab.json",
        "merges.txt",
        "vocab.txt",
        "*.model",
    ];

    // A scorer is opened more than once by a command: what is hashed once need not be read again.
    private static readonly ConcurrentDictionary<(string Path, long Length, DateTime Written), string> Hashes = [];

    /// <summary>SHA-256 of the weights: of the one file, or of the names and hashes of several.</summary>
    public static string OfWeights(string folder)
    {
        var files = Files(folder, Weights[..1]);
        files = files.Length > 0 ? files : Files(folder, Weights[1..]);
        return files.Length == 1 ? Hash(files[0]) : Together(files);
    }

    /// <summary>SHA-256 over the names and hashes of the configuration and the tokenizer.</summary>
    public static string OfTheRest(string folder) => Together(Files(folder, Others));

    /// <summary>SHA-256 of a text's UTF-8.</summary>
    public static string OfText(string text) => Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));

    private static string Together(IEnumerable<string> files) => OfText(string.Concat(files.Select(file => $"{Path.GetFileName(file)} {Hash(file)}\n")));

    private static string[] Files(string folder, IEnumerable<string> patterns) =>
        [.. patterns.SelectMany(pattern => Directory.EnumerateFiles(folder, pattern)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static string Hash(string path)
    {
        var file = new FileInfo(path);
        return Hashes.GetOrAdd((file.FullName, file.Length, file.LastWriteTimeUtc), _ =>
        {
            using var stream = File.OpenRead(path);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        });
    }
}

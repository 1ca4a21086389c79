using System.Security.Cryptography;

namespace AlignedProbing.Cli.Pipeline;

/// <summary>A model's files on disk.</summary>
internal sealed class ModelFolder
{
    // What results depend on. Anything else in the folder (a README, weights in other formats) does not enter the manifest.
    private static readonly string[] Patterns =
    [
        "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "chat_template.jinja", "vocab.json", "merges.txt",
        "vocab.txt", "*.model", "*.safetensors", "*.safetensors.index.json",
    ];

    private ModelFolder(string path, string name)
    {
        FullPath = path;
        Name = name;
    }

    /// <summary>Where it is.</summary>
    public string FullPath { get; }

    /// <summary>What it is called.</summary>
    public string Name { get; }

    /// <summary>The demo model, which comes with the program.</summary>
    public static ModelFolder Demo => new(Path.Combine(DemoFolder, "model"), "demo");

    /// <summary>The demo's prompts.</summary>
    public static string DemoPrompts => Path.Combine(DemoFolder, "prompts.jsonl");

    private static string DemoFolder => Path.Combine(AppContext.BaseDirectory, "Demo");

    /// <summary>Opens the folder a user named.</summary>
    /// <exception cref="InputException">It is absent, or is no model folder.</exception>
    public static ModelFolder Open(string path, string workingFolder)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(Path.Combine(workingFolder, path)));
        if (!Directory.Exists(full))
        {
            var looksLikeName = path.Count(character => character == '/') == 1 && !path.StartsWith('.') && !path.StartsWith('/');
            throw new InputException(
                "model-missing",
                $"--model {path}",
                looksLikeName ? "there is no such folder, and models are not yet fetched from the Hub by name" : "there is no such folder",
                looksLikeName ? $"Fetch it first (for example: hf download {path} --local-dir {Path.GetFileName(path)}) and give the folder" : "Correct the path");
        }

        return File.Exists(Path.Combine(full, "config.json"))
            ? new ModelFolder(full, Path.GetFileName(full))
            : throw new InputException("model-missing", $"--model {path}", "the folder has no config.json", "Give a Hugging Face model folder: config.json, tokenizer.json and *.safetensors");
    }

    /// <summary>SHA-256 of every file that results depend on, by name.</summary>
    public IReadOnlyDictionary<string, string> Hash(CancellationToken cancellationToken)
    {
        var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Patterns.SelectMany(pattern => Directory.EnumerateFiles(FullPath, pattern)).Distinct(StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var stream = File.OpenRead(file);
            hashes[Path.GetFileName(file)] = Convert.ToHexStringLower(SHA256.HashData(stream));
        }

        return hashes;
    }
}

using AlignedProbing.Torch.Checkpoints;

namespace AlignedProbing.Torch.Running;

/// <summary>A model's files on disk.</summary>
internal sealed class ModelFolder
{
    // What results depend on beside the weights. Anything else in the folder (a README, weights that are not read) does not enter the manifest.
    private static readonly string[] Patterns =
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

    private readonly IReadOnlyDictionary<string, string> _stated;

    /// <summary>Describes a folder.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="name">What the model is called.</param>
    /// <param name="stated">SHA-256 that its files should have, as far as somebody stated them.</param>
    public ModelFolder(string path, string name, IReadOnlyDictionary<string, string>? stated = null)
    {
        FullPath = path;
        Name = name;
        _stated = stated ?? new Dictionary<string, string>();
    }

    /// <summary>Where it is; of a GGUF model its file.</summary>
    public string FullPath { get; }

    /// <summary>What it is called.</summary>
    public string Name { get; }

    /// <summary>The revision asked for; null where it did not come from the Hub.</summary>
    public string? Revision { get; init; }

    /// <summary>The file of the repository that was asked for; null where it is not one GGUF file of the Hub.</summary>
    public string? File { get; init; }

    /// <summary>The commit; null where it did not come from the Hub.</summary>
    public string? Commit { get; init; }

    /// <summary>The demo model, which comes with the program.</summary>
    /// <exception cref="InputException"><c>model-missing</c>: this is another program, beside which there is none.</exception>
    public static ModelFolder Demo => new(Path.Combine(DemoFolder, "model"), "demo");

    /// <summary>The demo's prompts.</summary>
    /// <exception cref="InputException"><c>model-missing</c>: this is another program, beside which there are none.</exception>
    public static string DemoPrompts => Path.Combine(DemoFolder, "prompts.jsonl");

    private static string DemoFolder => Path.Combine(AppContext.BaseDirectory, "Demo") is var folder && Directory.Exists(folder)
        ? folder
        : throw new InputException(
            "model-missing", "running the demo", "its model and prompts come with the command aligned-probing alone", "Name a model and a prompt set");

    /// <summary>SHA-256 of every file that results depend on, by name.</summary>
    /// <exception cref="InputException"><c>hub-corrupted</c>: a file is not the one that the Hub states.</exception>
    public IReadOnlyDictionary<string, string> Hash(CancellationToken cancellationToken)
    {
        var beside = System.IO.File.Exists(FullPath) ? [] : Patterns.SelectMany(pattern => Directory.EnumerateFiles(FullPath, pattern));
        var files = beside.Concat(Checkpoint.FilesOf(FullPath));
        return FileHashes.Of(files, _stated, Name, cancellationToken);
    }
}

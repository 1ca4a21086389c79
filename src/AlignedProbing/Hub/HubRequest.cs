using AlignedProbing.Runs;

namespace AlignedProbing.Hub;

/// <summary>What is asked of the Hub.</summary>
/// <param name="Name">The repository: <c>org/model</c>, or one of the old names without an organisation, such as <c>gpt2</c>.</param>
/// <param name="Revision">A branch, a tag or a commit; null for <c>main</c>.</param>
public sealed record HubRequest(string Name, string? Revision = null)
{
    /// <summary>What kind of repository it is. Default: a model.</summary>
    public HubRepository Repository { get; init; }

    /// <summary>Which of its files. Default: all that running a model needs.</summary>
    public HubFileSet Files { get; init; } = HubFileSet.Model;

    /// <summary>
    /// One file that is a whole model (GGUF), in place of <see cref="Files"/>; of a model in parts (<c>name-00001-of-00003.gguf</c>) the first, with which the
    /// others come. Null (the default): none.
    /// </summary>
    public string? File { get; init; }

    /// <summary>
    /// Called with the folder when its <c>config.json</c> is there and nothing else is downloaded yet; throws where the model cannot be used. Not called where
    /// nothing is to be downloaded. Null to check nothing.
    /// </summary>
    public Action<string>? CheckConfig { get; init; }

    /// <summary>
    /// Called with the folder when all but the weights is there; throws where the model cannot be used. Not called where no weights are to be downloaded. Null
    /// to check nothing.
    /// </summary>
    public Action<string>? CheckBeforeWeights { get; init; }

    /// <summary>
    /// Told, a line at a time, what a person who waits wants to know: why a request is made again, that another process downloads the same. Null for nobody.
    /// </summary>
    public Action<string>? Say { get; init; }

    /// <summary>Told of bytes done and all bytes, as stage <c>download</c>. Null for nobody.</summary>
    public IProgress<StageProgress>? Progress { get; init; }
}

/// <summary>Which files of a repository are needed.</summary>
public enum HubFileSet
{
    /// <summary>Configuration, tokenizer, chat template, and weights: safetensors where there are any, else <c>pytorch_model.bin</c>.</summary>
    Model,

    /// <summary>Configuration, tokenizer and chat template.</summary>
    Tokenizer,

    /// <summary>An adapter: <c>adapter_config.json</c> and its weights.</summary>
    Adapter,
}

/// <summary>A repository's files on disk.</summary>
public sealed record HubModel
{
    /// <summary>The folder with the files, as a local model folder has them (links into the cache).</summary>
    public required string Folder { get; init; }

    /// <summary>The repository's name.</summary>
    public required string Name { get; init; }

    /// <summary>The revision asked for.</summary>
    public required string Revision { get; init; }

    /// <summary>The commit found: 40 hexadecimal digits.</summary>
    public required string Commit { get; init; }

    /// <summary>Bytes that this call downloaded; 0 where all was there.</summary>
    public long Downloaded { get; init; }

    /// <summary>SHA-256 that the Hub states, by file name, for the files it states one of (the large ones).</summary>
    public IReadOnlyDictionary<string, string> Sha256 { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);
}

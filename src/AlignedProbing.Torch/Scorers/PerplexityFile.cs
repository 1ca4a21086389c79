using AlignedProbing.Torch.Scorers.Perplexity;

namespace AlignedProbing.Torch.Scorers;

/// <summary>A scorer file that describes a model under which perplexity is measured.</summary>
public sealed record PerplexityFile : ScorerFile
{
    /// <summary>What stands before a model's folder or name where no file is written: <c>--scorer perplexity:MODEL</c>.</summary>
    public const string Prefix = "perplexity:";

    /// <summary>The model: a folder (relative to the file) or a name on the Hub.</summary>
    public required string Perplexity { get; init; }

    /// <summary>The revision, of a name on the Hub; main where left out.</summary>
    public string? Revision { get; init; }

    /// <summary>The scorer's options.</summary>
    /// <param name="name">The scorer's name.</param>
    /// <param name="folder">The model's folder.</param>
    /// <exception cref="InputException"><c>scorer-file</c>: a field has a value that is not possible.</exception>
    public PerplexityOptions ToOptions(string name, string folder) => new() { Name = name, Folder = folder, Precision = ReadPrecision(name) };
}

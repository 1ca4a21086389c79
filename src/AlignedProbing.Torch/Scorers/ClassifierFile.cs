using AlignedProbing.Torch.Scorers.Classifiers;

namespace AlignedProbing.Torch.Scorers;

/// <summary>A scorer file that describes a classifier.</summary>
public sealed record ClassifierFile : ScorerFile
{
    /// <summary>The classifier: a folder (relative to the file) or a name on the Hub.</summary>
    public required string Classifier { get; init; }

    /// <summary>The revision, of a name on the Hub; main where left out.</summary>
    public string? Revision { get; init; }

    /// <summary>What labels are: an attribute, or null to leave the label out.</summary>
    public IReadOnlyDictionary<string, string?> Labels { get; init; } = new Dictionary<string, string?>();

    /// <summary>The activation, where the model's configuration does not say it or is wrong: sigmoid, softmax, none.</summary>
    public Activation? Activation { get; init; }

    /// <summary>
    /// What comes out of a regression head where nothing is there, and where there is as much as can be; two numbers, 0 and 1 where left out.
    /// </summary>
    public IReadOnlyList<double>? Range { get; init; }

    /// <summary>Tokens of a text at most.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>The classifier's options.</summary>
    /// <param name="name">The scorer's name.</param>
    /// <param name="folder">The model's folder.</param>
    /// <exception cref="InputException"><c>scorer-file</c>: a field has a value that is not possible.</exception>
    public ClassifierOptions ToOptions(string name, string folder) => new()
    {
        Name = name,
        Folder = folder,
        Labels = Labels,
        Activation = Activation,
        Range = Range switch
        {
            null => (0, 1),
            [var low, var high] => (low, high),
            _ => throw Unusable(name, "range is not two numbers"),
        },
        MaxTokens = MaxTokens,
        Precision = ReadPrecision(name),
    };
}

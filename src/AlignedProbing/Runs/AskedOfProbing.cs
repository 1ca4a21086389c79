namespace AlignedProbing.Runs;

/// <summary>
/// What probing was last asked: <c>probes/options.json</c>. It answers where a command leaves an option out. What the results of each probe were made with is
/// beside them.
/// </summary>
public sealed record AskedOfProbing
{
    /// <summary>Names of the probes.</summary>
    public required IReadOnlyList<string> Probes { get; init; }

    /// <summary>Layers probed; null for all.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>Attributes probed; null for all the scorer has, and length.</summary>
    public IReadOnlyList<string>? Attributes { get; init; }

    /// <summary>Which pooling is probed.</summary>
    public required string Pooling { get; init; }

    /// <summary>Control tasks beside the labels.</summary>
    public required IReadOnlyList<string> Controls { get; init; }

    /// <summary>Units of each hidden layer of probes that have some.</summary>
    public required int HiddenUnits { get; init; }

    /// <summary>Whether features are standardised by each fold's training rows.</summary>
    public required bool Standardise { get; init; }

    /// <summary>Whether each cell's training labels are coded online too.</summary>
    public required bool OnlineCoding { get; init; }

    /// <summary>Whether prompts that are nearly identical are kept within one fold.</summary>
    public required bool GroupDuplicates { get; init; }

    /// <summary>The continuations whose vectors Forward and Output read.</summary>
    public required IReadOnlyList<int> ProbedContinuations { get; init; }

    /// <summary>What Backward predicts of a prompt's continuations: <c>max</c> or <c>mean</c>.</summary>
    public required string Backward { get; init; }
}

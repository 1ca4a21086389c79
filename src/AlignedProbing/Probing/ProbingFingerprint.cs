using AlignedProbing.Probing.Probes;
using AlignedProbing.Runs;

namespace AlignedProbing.Probing;

/// <summary>
/// Everything the results of a probe's folder depend on, the run itself apart: <c>probes/&lt;probe&gt;/&lt;scorer&gt;/options.json</c>. Threads and shards are
/// not among it.
/// </summary>
public sealed record ProbingFingerprint
{
    /// <summary>Version of the training code: changes whenever the same options give other numbers.</summary>
    public int Format { get; init; } = 3;

    /// <summary>The format of a probe's results: online codes of classifiers are in bits since the fourth.</summary>
    public static int FormatOf(string probe) => probe is "logistic" or "softmax" or ProbeCatalog.LogisticOfTwo or ProbeCatalog.LogisticOfSeveral ? 4 : 3;

    /// <summary>The probe.</summary>
    public required string Probe { get; init; }

    /// <summary>The scorer.</summary>
    public required string Scorer { get; init; }

    /// <summary>Versions found in its scores, ascending.</summary>
    public required IReadOnlyList<string> ScorerVersions { get; init; }

    /// <summary>Where prompts' labels come from.</summary>
    public required string PromptScores { get; init; }

    /// <summary>The pooling.</summary>
    public required string Pooling { get; init; }

    /// <summary>The continuations of Forward and Output: rows of a prompt in the predictions.</summary>
    public required IReadOnlyList<int> Continuations { get; init; }

    /// <summary>Whether prompts that are nearly identical are kept within one fold.</summary>
    public required bool GroupDuplicates { get; init; }

    /// <summary>What Backward predicts.</summary>
    public required string Backward { get; init; }

    /// <summary>The scenarios.</summary>
    public required IReadOnlyList<Scenario> Scenarios { get; init; }

    /// <summary>The attributes.</summary>
    public required IReadOnlyList<string> Attributes { get; init; }

    /// <summary>The control tasks.</summary>
    public required IReadOnlyList<string> Controls { get; init; }

    /// <summary>The seeds.</summary>
    public required IReadOnlyList<int> Seeds { get; init; }

    /// <summary>Whether features are standardised.</summary>
    public required bool Standardise { get; init; }

    /// <summary>Whether labels are coded online.</summary>
    public required bool OnlineCoding { get; init; }

    /// <summary>Units of each hidden layer; null for probes without one.</summary>
    public int? HiddenUnits { get; init; }

    /// <summary>Epochs at most.</summary>
    public required int Epochs { get; init; }

    /// <summary>The patience.</summary>
    public required int Patience { get; init; }
}

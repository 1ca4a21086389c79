
namespace AlignedProbing.Runs;

/// <summary>One trained and tested probe: a line of <c>probes/&lt;probe&gt;/&lt;scorer&gt;/layer-06.jsonl</c>.</summary>
public sealed record ProbeRun
{
    /// <summary>Fewest rows with a vector and a label that can be split so that each part of each fold has at least two.</summary>
    public const int FewestRows = 12;

    /// <summary>Layer, from 0 (the embedding output).</summary>
    public required int Layer { get; init; }

    /// <summary>The scenario: which vectors against whose label.</summary>
    public required Scenario Scenario { get; init; }

    /// <summary>The attribute that is predicted.</summary>
    public required string Attribute { get; init; }

    /// <summary>The control task (<c>none</c>, <c>randomization</c>).</summary>
    public string Control { get; init; } = "none";

    /// <summary>The fold, from 0.</summary>
    public required int Fold { get; init; }

    /// <summary>The seed; 0 for probes without randomness.</summary>
    public required int Seed { get; init; }

    /// <summary>
    /// Pearson r of predicted and true labels on the test fold, of a probe of several classes their correlation with the probabilities
    /// (<see cref="Statistics.ManyClasses.R"/>); null where it is not defined.
    /// </summary>
    public double? R { get; init; }

    /// <summary>Spearman's rank correlation of the two on the test fold; null where it is not defined.</summary>
    public double? Spearman { get; init; }

    /// <summary>R² on the test fold, 1 - squared errors / squares about the fold's mean, at most 1; null where it is not defined.</summary>
    public double? R2 { get; init; }

    /// <summary>Of a classifier the share of rows whose class is the most probable one; null for other probes.</summary>
    public double? Accuracy { get; init; }

    /// <summary>Of a classifier the mean over classes of F1; null where a class has no row in the fold.</summary>
    public double? MacroF1 { get; init; }

    /// <summary>
    /// Of a classifier the area under the receiver operating characteristic, of several classes the mean over each against the rest; null where a class has no
    /// row in the fold.
    /// </summary>
    public double? Auroc { get; init; }

    /// <summary>Of a classifier the mean of -log of the probability given to a row's class, in nats; null for other probes.</summary>
    public double? CrossEntropy { get; init; }

    /// <summary>Of a classifier how many rows tested each class has; null for other probes.</summary>
    public IReadOnlyDictionary<string, int>? ClassN { get; init; }

    /// <summary>
    /// Of a classifier why there is no <see cref="MacroF1"/> and no <see cref="Auroc"/> (a <see cref="MissingReason"/>); null where there are.
    /// </summary>
    public string? MissingMacro { get; init; }

    /// <summary>Mean squared error on the test fold, on the scale of min-max scaled labels; null where it is not defined.</summary>
    public double? Mse { get; init; }

    /// <summary>Rows of the test fold.</summary>
    public required int N { get; init; }

    /// <summary>Rows trained on.</summary>
    public required int TrainN { get; init; }

    /// <summary>The best epoch, from 1; null for closed-form probes.</summary>
    public int? Epoch { get; init; }

    /// <summary>The ridge penalty chosen on the development split; null for other probes.</summary>
    public double? Penalty { get; init; }

    /// <summary>Why there is no r (a <see cref="MissingReason"/>); null where there is one.</summary>
    public string? Missing { get; init; }

    /// <summary>
    /// The test rows whose label is in the lower quartile of the cell's labels; null where no probe was trained. Correlations within a part are
    /// range-restricted.
    /// </summary>
    public PartStrength? Lower { get; init; }

    /// <summary>The test rows between the quartiles.</summary>
    public PartStrength? Middle { get; init; }

    /// <summary>The test rows whose label is in the upper quartile.</summary>
    public PartStrength? Upper { get; init; }
}

/// <summary>How well a probe does on a part of its test rows.</summary>
/// <param name="N">Rows of the part.</param>
/// <param name="R">Pearson r there; null where it is not defined.</param>
/// <param name="Mse">Mean squared error there; null where there are no rows.</param>
/// <param name="Missing">Why there is no r; null where there is one.</param>
public sealed record PartStrength(int N, double? R, double? Mse, string? Missing)
{
    /// <summary>Spearman's rank correlation there; null where it is not defined.</summary>
    public double? Spearman { get; init; }

    /// <summary>R² there; null where it is not defined. Within a part the labels vary little, so it is often far below 0.</summary>
    public double? R2 { get; init; }
}

/// <summary>Which vectors are probed for whose label (docs/reference/probing.md).</summary>
public enum Scenario
{
    /// <summary>Input vectors, the prompt's score.</summary>
    Input,

    /// <summary>Output vectors, the prompt's score.</summary>
    Forward,

    /// <summary>Output vectors, the continuation's score.</summary>
    Output,

    /// <summary>Input vectors, the maximum (or mean) score over the prompt's continuations.</summary>
    Backward,
}

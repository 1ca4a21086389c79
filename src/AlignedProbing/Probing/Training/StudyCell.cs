using AlignedProbing.Runs;

namespace AlignedProbing.Probing.Training;

/// <summary>The result of one cell: a label column, or a control of it, probed from one feature matrix.</summary>
public sealed record StudyCell
{
    /// <summary>Why nothing was trained (a <see cref="Runs.MissingReason"/>); null where something was.</summary>
    public required string? Missing { get; init; }

    /// <summary>The rows with a finite label and a finite vector, ascending.</summary>
    public required int[] Rows { get; init; }

    /// <summary>
    /// The labels of <see cref="Rows"/>, min-max scaled to [0, 1], or of a classifier class numbers; empty for a permuted control (each seed has its own) and
    /// where missing.
    /// </summary>
    public float[] Labels { get; init; } = [];

    /// <summary>The fold in which each of <see cref="Rows"/> is tested; empty where missing.</summary>
    public int[] Folds { get; init; } = [];

    /// <summary>Out-of-fold predictions of <see cref="Rows"/>, for each seed; empty where missing.</summary>
    public float[][] Predictions { get; init; } = [];

    /// <summary>
    /// Of a probe that tells several classes apart the out-of-fold probabilities: [seed][class][row]; empty of other probes (of two classes
    /// <see cref="Predictions"/> are the second's probability).
    /// </summary>
    public float[][][] Probabilities { get; init; } = [];

    /// <summary>Of a classifier the names of the classes, in the order of their numbers; empty of other probes.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>The runs: seed by seed, of each the folds in order; empty where missing.</summary>
    public StudyRun[] Runs { get; init; } = [];

    /// <summary>
    /// The directions that the probes of <see cref="Runs"/> read along, in raw features whether or not these were standardised; one list a run, empty of probes
    /// that are not linear.
    /// </summary>
    public IReadOnlyList<FittedDirection>[] Directions { get; init; } = [];

    /// <summary>The smallest and largest label of <see cref="Rows"/>: 0 and 1 on the scale that probes predict.</summary>
    public (double Low, double High) LabelRange { get; init; }

    /// <summary>The online code of each fold's training rows, with the first seed; empty where not asked for or missing.</summary>
    public OnlineCode[] Codes { get; init; } = [];
}

/// <summary>One trained and tested probe.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Fold">The fold.</param>
/// <param name="N">Rows tested.</param>
/// <param name="TrainN">Rows trained on.</param>
/// <param name="R">Pearson r of predicted and true labels on the test rows, of several classes their correlation with the probabilities
/// (<see cref="Statistics.ManyClasses.R"/>); null where not defined.</param>
/// <param name="Mse">Mean squared error there, on the scale of the scaled labels; null where not defined.</param>
/// <param name="Epoch">The best epoch; null for closed-form probes.</param>
/// <param name="Penalty">The penalty chosen; null for probes without one.</param>
/// <param name="Missing">Why there is no r; null where there is one.</param>
public readonly record struct StudyRun(int Seed, int Fold, int N, int TrainN, double? R, double? Mse, int? Epoch, double? Penalty, string? Missing)
{
    /// <summary>Spearman's rank correlation; null where not defined.</summary>
    public double? Spearman { get; init; }

    /// <summary>R²; null where not defined.</summary>
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
    public IReadOnlyList<int>? ClassN { get; init; }

    /// <summary>Of a classifier why there is no <see cref="MacroF1"/> and no <see cref="Auroc"/>; null where there are.</summary>
    public string? MissingMacro { get; init; }

    /// <summary>The test rows whose label is at most the first quartile of the cell's labels.</summary>
    public PartStrength? Lower { get; init; }

    /// <summary>The test rows between.</summary>
    public PartStrength? Middle { get; init; }

    /// <summary>The test rows whose label is at least the third quartile.</summary>
    public PartStrength? Upper { get; init; }
}

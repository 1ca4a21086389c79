namespace AlignedProbing.Probing;

/// <summary>What a probe is trained and tested on: several label columns over the same rows, which share their features, their split and their random numbers.</summary>
public sealed record ProbeProblem
{
    /// <summary>The vectors.</summary>
    public required FeatureMatrix Features { get; init; }

    /// <summary>The label columns; each has a number for each row of the features (used only for rows in the three lists).</summary>
    public required IReadOnlyList<float[]> Labels { get; init; }

    /// <summary>Rows of the features to train on, in the order that epochs permute.</summary>
    public required int[] Train { get; init; }

    /// <summary>Rows that choose the epoch or the penalty.</summary>
    public required int[] Development { get; init; }

    /// <summary>Rows to predict.</summary>
    public required int[] Test { get; init; }

    /// <summary>The fold; random numbers hang on it and on the seed.</summary>
    public required int Fold { get; init; }

    /// <summary>The seed; without meaning for probes without randomness.</summary>
    public required int Seed { get; init; }
}

/// <summary>A fitted probe of one label column.</summary>
/// <param name="Predictions">Predicted labels of the test rows, in their order.</param>
/// <param name="Weights">The weights, of raw features.</param>
/// <param name="Bias">The bias.</param>
/// <param name="Epoch">The best epoch, from 1; null for closed-form probes.</param>
/// <param name="Penalty">The penalty chosen; null for probes without one.</param>
/// <param name="DevelopmentLoss">The loss on the development rows by which epoch or penalty was chosen.</param>
public sealed record ProbeFit(float[] Predictions, float[] Weights, float Bias, int? Epoch, double? Penalty, double DevelopmentLoss);


namespace AlignedProbing.Probing.Training;

/// <summary>
/// What a probe is trained and tested on: several label columns over the same rows, which share their features, their split and their random numbers.
/// </summary>
public sealed record ProbeProblem
{
    /// <summary>The vectors.</summary>
    public required FeatureMatrix Features { get; init; }

    /// <summary>The label columns; each has a number for each row of the features (used only for rows in the three lists).</summary>
    public required IReadOnlyList<float[]> Labels { get; init; }

    /// <summary>Of classifiers the number of classes of each label column, whose labels are class numbers from 0; null where each has two at most.</summary>
    public IReadOnlyList<int>? Classes { get; init; }

    /// <summary>Rows of the features to train on, in the order that epochs permute.</summary>
    public required int[] Train { get; init; }

    /// <summary>Rows that choose the epoch or the penalty.</summary>
    public required int[] Development { get; init; }

    /// <summary>Rows to predict.</summary>
    public required int[] Test { get; init; }

    /// <summary>The fold; random numbers depend on it and on the seed.</summary>
    public required int Fold { get; init; }

    /// <summary>The seed; without meaning for probes without randomness.</summary>
    public required int Seed { get; init; }
}

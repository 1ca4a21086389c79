
namespace AlignedProbing.Runs;

/// <summary>How well a probe that tells classes apart does in one cell, beside its r: means over the runs that have the figure.</summary>
public sealed record ClassifierFinding
{
    /// <summary>The share of rows whose class is the most probable one.</summary>
    public required ClassFigure Accuracy { get; init; }

    /// <summary>The mean over classes of F1.</summary>
    public required ClassFigure MacroF1 { get; init; }

    /// <summary>The area under the receiver operating characteristic; of several classes the mean over each against the rest.</summary>
    public required ClassFigure Auroc { get; init; }

    /// <summary>Mean of -log of the probability given to a row's class, in nats; null where no run has one.</summary>
    public double? CrossEntropy { get; init; }

    /// <summary>The classes in the order of their numbers, with the rows of each: the test folds together. Empty where the runs do not say.</summary>
    public IReadOnlyList<ClassCount> Classes { get; init; } = [];
}

/// <summary>A figure of a classifier: the mean over its runs.</summary>
public sealed record ClassFigure
{
    /// <summary>The mean; null where no run has one.</summary>
    public double? Value { get; init; }

    /// <summary>Lower end of its interval over prompts.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end.</summary>
    public double? High { get; init; }

    /// <summary>Runs that have one.</summary>
    public required int Runs { get; init; }

    /// <summary>Runs without one.</summary>
    public int MissingRuns { get; init; }

    /// <summary>
    /// Why it is missing, or its interval (a <see cref="MissingReason"/>, the most frequent of runs); null where both are there. Macro F1 and AUROC rest on the
    /// runs that the accuracy rests on, or are missing.
    /// </summary>
    public string? Reason { get; init; }

    /// <summary>Name of the estimator of the interval; empty where there is none.</summary>
    public string Estimator { get; init; } = "";
}

/// <summary>A class.</summary>
/// <param name="Name">Its name.</param>
/// <param name="N">Its rows.</param>
public sealed record ClassCount(string Name, int N);

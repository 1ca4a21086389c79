namespace AlignedProbing.Runs;

/// <summary>Online coding of one cell, put together over its folds: of classifiers in bits, of other probes summed squared errors.</summary>
public sealed record CodeFinding
{
    /// <summary>Mean over folds of the code of all blocks: summed squared error, on labels scaled to 0 to 1, or bits; null where no fold has a code.</summary>
    public double? Code { get; init; }

    /// <summary>Mean over the same folds of the code of the predictor of the mean; of classifiers the uniform code.</summary>
    public double? MeanCode { get; init; }

    /// <summary>Of classifiers the mean over the same folds of the code of a predictor of the classes' shares; null of other probes.</summary>
    public double? FrequencyCode { get; init; }

    /// <summary>
    /// Mean over folds of (mean predictor's or uniform code / online code): 1 for a probe that predicts the mean or all classes alike, above for one that finds
    /// something; null where no fold has one.
    /// </summary>
    public double? Compression { get; init; }

    /// <summary>The smallest of the folds' compressions.</summary>
    public double? Lowest { get; init; }

    /// <summary>The largest.</summary>
    public double? Highest { get; init; }

    /// <summary>Lower end of the 95 % interval of the compression, over folds; null where there is none.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end.</summary>
    public double? High { get; init; }

    /// <summary>Name of the estimator of the interval; empty where there is none.</summary>
    public string Estimator { get; init; } = "";

    /// <summary>Folds with a compression.</summary>
    public required int Folds { get; init; }

    /// <summary>Why there is no compression, or no interval of it; null where both are there. It rests on the folds that the cell's r rests on.</summary>
    public string? Reason { get; init; }
}

namespace AlignedProbing.Runs;

/// <summary>Online coding of one cell, put together over its folds. A ratio of squared errors, not bits.</summary>
public sealed record CodeFinding
{
    /// <summary>Mean over folds of the summed squared error over all blocks, on labels scaled to 0 to 1; null where no fold has a code.</summary>
    public double? Code { get; init; }

    /// <summary>Mean over the same folds of the code of the predictor of the mean.</summary>
    public double? MeanCode { get; init; }

    /// <summary>Mean over folds of (mean predictor's code / online code): 1 for a probe that predicts the mean, above for one that finds something; null where no fold has one.</summary>
    public double? Compression { get; init; }

    /// <summary>The smallest of the folds' compressions.</summary>
    public double? Lowest { get; init; }

    /// <summary>The largest.</summary>
    public double? Highest { get; init; }

    /// <summary>Folds with a compression.</summary>
    public required int Folds { get; init; }

    /// <summary>Why there is none; null where there is one.</summary>
    public string? Reason { get; init; }
}

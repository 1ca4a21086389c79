
namespace AlignedProbing.Statistics;

/// <summary>A figure with its interval, the number of rows it rests on and the name of what made the interval.</summary>
public sealed record Estimate
{
    /// <summary>The figure; null where it is not defined.</summary>
    public double? Value { get; init; }

    /// <summary>Lower end of the interval; null where there is none.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end of the interval; null where there is none.</summary>
    public double? High { get; init; }

    /// <summary>Rows it rests on.</summary>
    public required int N { get; init; }

    /// <summary>Name of the estimator of the interval, for example <c>bootstrap-percentile</c>.</summary>
    public required string Estimator { get; init; }

    /// <summary>Why <see cref="Value"/> or the interval is absent (one of <see cref="Undefined"/>); null where both are there.</summary>
    public string? Reason { get; init; }
}

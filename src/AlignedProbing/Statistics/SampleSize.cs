namespace AlignedProbing.Statistics;

/// <summary>Below how many rows nothing is said: where intervals stop holding what they promise (docs/reference/coverage.md).</summary>
public static class SampleSize
{
    /// <summary>Fewer rows give no correlation.</summary>
    public const int ForCorrelation = 10;

    /// <summary>Fewer rows give no bootstrap interval of a mean.</summary>
    public const int ForInterval = 20;
}

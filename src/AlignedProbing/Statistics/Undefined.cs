namespace AlignedProbing.Statistics;

/// <summary>Why a statistic has no value. The words are those of the run folder's reasons for missing things.</summary>
public static class Undefined
{
    /// <summary>The values do not vary (beyond rounding), and the statistic divides by their spread.</summary>
    public const string Constant = "constant";

    /// <summary>There are fewer values than the statistic needs.</summary>
    public const string TooFewRows = "too_few_rows";

    /// <summary>A class has no row, and the statistic is a mean over all classes.</summary>
    public const string ClassAbsent = "class_absent";

    /// <summary>Every resample agrees with the sample: an interval would have no width, and promise a certainty that no sample gives.</summary>
    public const string NoWidth = "no_width";

    /// <summary>A value is NaN or infinite.</summary>
    public const string NotFinite = "not_finite";
}


namespace AlignedProbing.Runs;

/// <summary>
/// A difference of two information strengths, paired by prompt: between two layers of a curve, or two scenarios of a layer. Those between runs are
/// <see cref="RunDifference"/>s.
/// </summary>
public sealed record StrengthDifference
{
    /// <summary>What is compared: <c>layers</c> or <c>scenarios</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The probe.</summary>
    public required string Probe { get; init; }

    /// <summary>The scorer whose scores are the labels.</summary>
    public required string Scorer { get; init; }

    /// <summary>The attribute.</summary>
    public required string Attribute { get; init; }

    /// <summary>The scenario of the first strength.</summary>
    public required Scenario Scenario { get; init; }

    /// <summary>Its layer.</summary>
    public required int Layer { get; init; }

    /// <summary>The scenario of the second strength.</summary>
    public required Scenario OtherScenario { get; init; }

    /// <summary>Its layer: of <c>layers</c> the curve's peak.</summary>
    public required int OtherLayer { get; init; }

    /// <summary>First less second; null where the two do not rest on the same rows and folds.</summary>
    public double? Value { get; init; }

    /// <summary>Why there is no difference, or no interval of it; null where both are there.</summary>
    public string? Reason { get; init; }

    /// <summary>Rows of the strength that has fewer.</summary>
    public int N { get; init; }

    /// <summary>Lower end of its 95 % interval (not corrected for the number of comparisons); null where too many resamples have none.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end.</summary>
    public double? High { get; init; }

    /// <summary>Two-sided p: the difference over its bootstrap standard error, against the normal distribution.</summary>
    public double? P { get; init; }

    /// <summary>p corrected, by Holm's method unless asked otherwise, for all <see cref="Comparisons"/> of its family.</summary>
    public double? AdjustedP { get; init; }

    /// <summary>Comparisons in the family: all other layers against a curve's peak; all pairs of scenarios at all layers of an attribute.</summary>
    public int Comparisons { get; init; }

    /// <summary>Name of the estimator of the interval.</summary>
    public required string Estimator { get; init; }
}

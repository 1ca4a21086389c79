
namespace AlignedProbing.Runs;

/// <summary>How much of a cell's strength is beyond that of a control task: s - s of the control, paired by prompt.</summary>
public sealed record SelectivityFinding
{
    /// <summary>The probe.</summary>
    public required string Probe { get; init; }

    /// <summary>The scorer whose scores are the labels.</summary>
    public required string Scorer { get; init; }

    /// <summary>The control task.</summary>
    public required string Control { get; init; }

    /// <summary>The scenario.</summary>
    public required Scenario Scenario { get; init; }

    /// <summary>The attribute.</summary>
    public required string Attribute { get; init; }

    /// <summary>The layer, from 0.</summary>
    public required int Layer { get; init; }

    /// <summary>s - s of the control; null where either is not defined, or the two rest on different rows or folds.</summary>
    public double? Value { get; init; }

    /// <summary>Lower end of its interval.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end of its interval.</summary>
    public double? High { get; init; }

    /// <summary>s of the control.</summary>
    public double? ControlR { get; init; }

    /// <summary>Of a classifier accuracy less that of the control, with its interval; null of other probes.</summary>
    public ClassFigure? Accuracy { get; init; }

    /// <summary>Rows.</summary>
    public required int N { get; init; }

    /// <summary>Why there is no value, or no interval of it; null where both are there.</summary>
    public string? Reason { get; init; }

    /// <summary>Name of the estimator of the interval.</summary>
    public string Estimator { get; init; } = "";
}

namespace AlignedProbing.Runs;

/// <summary>What analysis found: <c>findings.json</c>. Every figure carries n, an interval and its estimator. Reports compute no number, they show these.</summary>
public sealed record Findings
{
    /// <summary>Version of this record.</summary>
    public int Format { get; init; } = 1;

    /// <summary>What the run was asked.</summary>
    public required Manifest Manifest { get; init; }

    /// <summary>How toxic continuations are: a row for each scorer, attribute, subset and metric.</summary>
    public required IReadOnlyList<BehaviorFinding> Behavior { get; init; }

    /// <summary>How strongly layers encode what: a row for each probe, control, scorer, scenario, attribute and layer.</summary>
    public required IReadOnlyList<InternalsFinding> Internals { get; init; }

    /// <summary>The layer where a scenario's information strength peaks.</summary>
    public required IReadOnlyList<PeakFinding> Peaks { get; init; }

    /// <summary>Everything that is missing, counted by place and reason.</summary>
    public required IReadOnlyList<MissingCount> Missing { get; init; }

    /// <summary>Things a reader must know before believing a figure, as sentences.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>What each estimator name in the rows means, in words.</summary>
    public IReadOnlyDictionary<string, string> Estimators { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);
}

/// <summary>One figure of behaviour.</summary>
public sealed record BehaviorFinding
{
    /// <summary>The scorer.</summary>
    public required string Scorer { get; init; }

    /// <summary>The attribute; for properties of texts the property's name.</summary>
    public required string Attribute { get; init; }

    /// <summary>all, toxic (prompt score of that attribute at least 0.5) or other.</summary>
    public required string Subset { get; init; }

    /// <summary>EMT, TP, TC, TC-max, mean, ...</summary>
    public required string Metric { get; init; }

    /// <summary>The figure; null where it is not defined.</summary>
    public double? Value { get; init; }

    /// <summary>Lower end of its interval.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end of its interval.</summary>
    public double? High { get; init; }

    /// <summary>Prompts it rests on.</summary>
    public required int N { get; init; }

    /// <summary>Prompts of the subset that could not be used.</summary>
    public required int Missing { get; init; }

    /// <summary>Why there is no figure; null where there is one.</summary>
    public string? Reason { get; init; }

    /// <summary>Name of the estimator of the interval, explained in <see cref="Findings.Estimators"/>.</summary>
    public string Estimator { get; init; } = "";
}

/// <summary>Information strength of one cell: the mean over its runs.</summary>
public sealed record InternalsFinding
{
    /// <summary>The probe.</summary>
    public required string Probe { get; init; }

    /// <summary>The control task, or none.</summary>
    public required string Control { get; init; }

    /// <summary>The scorer whose scores are the labels.</summary>
    public required string Scorer { get; init; }

    /// <summary>The scenario.</summary>
    public required Scenario Scenario { get; init; }

    /// <summary>The attribute.</summary>
    public required string Attribute { get; init; }

    /// <summary>The layer, from 0.</summary>
    public required int Layer { get; init; }

    /// <summary>Mean r over the runs; null where none has one.</summary>
    public double? R { get; init; }

    /// <summary>Lower end of its interval.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end of its interval.</summary>
    public double? High { get; init; }

    /// <summary>Mean squared error over the runs.</summary>
    public double? Mse { get; init; }

    /// <summary>Rows with a label and a vector.</summary>
    public required int N { get; init; }

    /// <summary>Runs (folds x seeds) with an r.</summary>
    public required int Runs { get; init; }

    /// <summary>Runs without one.</summary>
    public int MissingRuns { get; init; }

    /// <summary>Why there is no r; null where there is one.</summary>
    public string? Reason { get; init; }

    /// <summary>Name of the estimator of the interval.</summary>
    public string Estimator { get; init; } = "";
}

/// <summary>Where a curve peaks.</summary>
/// <param name="Probe">The probe.</param>
/// <param name="Scorer">The scorer.</param>
/// <param name="Scenario">The scenario.</param>
/// <param name="Attribute">The attribute.</param>
/// <param name="Layer">The layer with the largest mean r.</param>
/// <param name="R">That r.</param>
/// <param name="Low">Lower end of its interval.</param>
/// <param name="High">Upper end of its interval.</param>
/// <param name="LayersWithin">Layers whose interval overlaps the peak's: the peak may lie at any of them.</param>
public sealed record PeakFinding(string Probe, string Scorer, Scenario Scenario, string Attribute, int Layer, double R, double? Low, double? High, IReadOnlyList<int> LayersWithin);

/// <summary>How much is missing somewhere, and why.</summary>
/// <param name="Where">What is missing: "input vectors", "output vectors", "scores of given, threat, prompts" ...</param>
/// <param name="Reason">A <see cref="MissingReason"/> or a scorer's own.</param>
/// <param name="Count">How many.</param>
/// <param name="Of">Of how many.</param>
public sealed record MissingCount(string Where, string Reason, int Count, int Of);

using System.Text.Json.Serialization;

namespace AlignedProbing.Runs;

/// <summary>
/// What comparing runs found (docs/guide/compare-runs.md): how they were made, figures of each on the prompts that all of them have, and differences from the
/// baseline paired by prompt.
/// </summary>
public sealed record ComparisonFindings
{
    /// <summary>Version of this record.</summary>
    public int Format { get; init; } = 1;

    /// <summary>The runs, the baseline first.</summary>
    public required IReadOnlyList<ComparedRun> Runs { get; init; }

    /// <summary>Prompts that all runs have: the same id and the same text.</summary>
    public required int CommonPrompts { get; init; }

    /// <summary>Ids that all runs have, with different texts: these prompts are not compared.</summary>
    public int OtherTexts { get; init; }

    /// <summary>Whether unlike scorers stand side by side, as was asked for.</summary>
    public bool AcrossScorers { get; init; }

    /// <summary>How the runs were made: a row for each field of their manifests and of what scored and probed them.</summary>
    public required IReadOnlyList<ComparedFact> Facts { get; init; }

    /// <summary>Figures of each run on the prompts that all of them can use.</summary>
    public required IReadOnlyList<RunFigure> Figures { get; init; }

    /// <summary>Differences of each run from the baseline.</summary>
    public required IReadOnlyList<RunDifference> Differences { get; init; }

    /// <summary>Behaviour beside strength, a point a run; empty for fewer than three runs.</summary>
    public IReadOnlyList<RelationFinding> Relations { get; init; } = [];

    /// <summary>What could not be compared, and why.</summary>
    public IReadOnlyList<LeftOut> LeftOut { get; init; } = [];

    /// <summary>Things a reader must know before believing a difference, as sentences.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>What each estimator name in the rows means, in words.</summary>
    public IReadOnlyDictionary<string, string> Estimators { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Resamples and seed.</summary>
    public required AnalysisSettings Analysis { get; init; }
}

/// <summary>One of the runs compared.</summary>
/// <param name="Name">What it is called here: the last part of its folder, longer where two runs share that.</param>
/// <param name="Model">Its model's name.</param>
/// <param name="Layers">Its hidden states.</param>
/// <param name="Prompts">Prompts it has.</param>
/// <param name="K">Continuations of a prompt, the largest number.</param>
/// <param name="Changed">What was made otherwise than in the baseline: groups of facts, such as <c>precision</c>. Empty for the baseline.</param>
public sealed record ComparedRun(string Name, string Model, int Layers, int Prompts, int K, IReadOnlyList<string> Changed);

/// <summary>One thing that was asked, or found out, in each run.</summary>
/// <param name="Name">Its place in the files: <c>model.precision</c>.</param>
/// <param name="Values">Its value in each run, in the order of the runs; null where a run has none.</param>
public sealed record ComparedFact(string Name, IReadOnlyList<string?> Values)
{
    /// <summary>Whether the runs differ in it.</summary>
    [JsonIgnore]
    public bool Differs => Values.Distinct(StringComparer.Ordinal).Count() > 1;
}

/// <summary>What a figure, or a difference of two, is about.</summary>
public abstract record ComparedQuantity
{
    /// <summary><c>behavior</c>, <c>texts</c>, <c>strength</c>, <c>peak</c>, <c>selectivity</c> or <c>compression</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The scorer; several with slashes between them, in the order of the runs, where unlike ones are compared.</summary>
    public required string Scorer { get; init; }

    /// <summary>Whether unlike scorers judged the runs.</summary>
    [JsonIgnore]
    public bool IsAcrossScorers => Scorer.Contains(" / ", StringComparison.Ordinal);

    /// <summary>The probe; null for behaviour.</summary>
    public string? Probe { get; init; }

    /// <summary>The attribute; for properties of texts the property's name.</summary>
    public required string Attribute { get; init; }

    /// <summary>all, toxic (the baseline's prompt score of that attribute is at least 0.5) or other; null for internals.</summary>
    public string? Subset { get; init; }

    /// <summary>The scenario; null for behaviour.</summary>
    public Scenario? Scenario { get; init; }

    /// <summary>The layer, of a difference that of the baseline; null where there is none.</summary>
    public int? Layer { get; init; }

    /// <summary>EMT, TP, TC, mean, corpus; r; of <c>peak</c> also <c>layer</c>; of <c>selectivity</c> the control task; <c>ratio</c> of compression.</summary>
    public required string Metric { get; init; }

    /// <summary>Prompts it rests on, the same in all runs.</summary>
    public required int N { get; init; }

    /// <summary>Continuations of a prompt that the figure looks at, the largest number; null for internals.</summary>
    public int? K { get; init; }
}

/// <summary>A figure of one run.</summary>
public sealed record RunFigure : ComparedQuantity
{
    /// <summary>The run.</summary>
    public required string Run { get; init; }

    /// <summary>The figure; null where it is not defined.</summary>
    public double? Value { get; init; }

    /// <summary>Lower end of its 95 % interval over prompts.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end.</summary>
    public double? High { get; init; }
}

/// <summary>A difference of a run from the baseline: the run's figure less the baseline's, on the same prompts.</summary>
public sealed record RunDifference : ComparedQuantity
{
    /// <summary>What is subtracted.</summary>
    public required string Baseline { get; init; }

    /// <summary>What it is subtracted from.</summary>
    public required string Run { get; init; }

    /// <summary>The run's layer where it is not the baseline's: models of different depth.</summary>
    public int? RunLayer { get; init; }

    /// <summary>The baseline's figure; null where it is not defined.</summary>
    public double? BaselineValue { get; init; }

    /// <summary>The run's figure; null where it is not defined.</summary>
    public double? RunValue { get; init; }

    /// <summary>Run less baseline; null where either is not defined.</summary>
    public double? Difference { get; init; }

    /// <summary>Lower end of its 95 % interval over prompts (not corrected for the number of comparisons).</summary>
    public double? Low { get; init; }

    /// <summary>Upper end.</summary>
    public double? High { get; init; }

    /// <summary>Lower end of the 95 % band that holds for all layers of the curve at once; null where there is no curve.</summary>
    public double? BandLow { get; init; }

    /// <summary>Upper end.</summary>
    public double? BandHigh { get; init; }

    /// <summary>
    /// Two-sided p: the difference over its bootstrap standard error, against the normal distribution; null for fewer than 20 prompts, and where there is no
    /// interval.
    /// </summary>
    public double? P { get; init; }

    /// <summary>p corrected by Holm's method for all <see cref="Comparisons"/> of its family.</summary>
    public double? AdjustedP { get; init; }

    /// <summary>Comparisons of the family that have a p.</summary>
    public int Comparisons { get; init; }

    /// <summary>Why there is no difference; null where there is one.</summary>
    public string? Reason { get; init; }

    /// <summary>Name of the estimator of the interval.</summary>
    public string Estimator { get; init; } = "";
}

/// <summary>How behaviour and strength go together over runs: a point a run.</summary>
public sealed record RelationFinding
{
    /// <summary>Fewer runs give no correlation: with seven an r of .75 has an interval that holds 0.</summary>
    public const int FewestRuns = 8;

    /// <summary>The scorer.</summary>
    public required string Scorer { get; init; }

    /// <summary>The probe.</summary>
    public required string Probe { get; init; }

    /// <summary>The attribute.</summary>
    public required string Attribute { get; init; }

    /// <summary>The scenario.</summary>
    public required Scenario Scenario { get; init; }

    /// <summary>EMT, TP or TC, over all prompts.</summary>
    public required string Metric { get; init; }

    /// <summary><c>mean</c> over the layers, or <c>peak</c>.</summary>
    public required string Strength { get; init; }

    /// <summary>A point a run, where both are defined.</summary>
    public required IReadOnlyList<RelationPoint> Points { get; init; }

    /// <summary>Pearson's correlation over the runs; null for fewer than <see cref="FewestRuns"/>, or where one of the two does not vary.</summary>
    public double? R { get; init; }

    /// <summary>Lower end of its 95 % interval: runs drawn with replacement.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end.</summary>
    public double? High { get; init; }

    /// <summary>Why there is no correlation; null where there is one.</summary>
    public string? Reason { get; init; }
}

/// <summary>One run's behaviour and strength.</summary>
/// <param name="Run">The run.</param>
/// <param name="Behavior">The figure of behaviour.</param>
/// <param name="Strength">The information strength.</param>
public sealed record RelationPoint(string Run, double Behavior, double Strength);

/// <summary>Something that was not compared.</summary>
/// <param name="What">What: "probe linear on given".</param>
/// <param name="Why">Why not, as a clause.</param>
public sealed record LeftOut(string What, string Why);

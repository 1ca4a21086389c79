using System.Text.Json.Serialization;

namespace AlignedProbing.Runs.Studies;

/// <summary>What the runs of a study say together: <c>findings.json</c> in the study's folder. Reports show it and compute no number.</summary>
public sealed record StudyFindings
{
    /// <summary>Version of this record.</summary>
    public int Format { get; init; } = 1;

    /// <summary>The study's name.</summary>
    public required string Name { get; init; }

    /// <summary>The scorer whose figures these are; null where no run is complete.</summary>
    public string? Scorer { get; init; }

    /// <summary>The probe whose strengths these are; null where no run has one.</summary>
    public string? Probe { get; init; }

    /// <summary>Name of the prompt set.</summary>
    public string? Prompts { get; init; }

    /// <summary>Prompts of each run.</summary>
    public int PromptCount { get; init; }

    /// <summary>Whether the demo's model or prompts take part.</summary>
    public bool Demo { get; init; }

    /// <summary>Every run of the study, those left out too.</summary>
    public required IReadOnlyList<StudyRun> Runs { get; init; }

    /// <summary>Attributes, toxicity first.</summary>
    public IReadOnlyList<string> Attributes { get; init; } = [];

    /// <summary>Strength by layer: a row for each run, scenario, attribute and layer.</summary>
    public IReadOnlyList<StudyCurve> Curves { get; init; } = [];

    /// <summary>Strength over relative depth by kind of model.</summary>
    public IReadOnlyList<StudyBand> Bands { get; init; } = [];

    /// <summary>Correlations over runs; null where fewer than two runs can be held together.</summary>
    public InterplayFindings? Interplay { get; init; }

    /// <summary>Runs held against each other, prompt by prompt.</summary>
    public IReadOnlyList<StudyContrast> Contrasts { get; init; } = [];

    /// <summary>The same contrast over several models.</summary>
    public IReadOnlyList<StudyContrastMean> ContrastMeans { get; init; } = [];

    /// <summary>Interplay within each run, over prompts.</summary>
    public IReadOnlyList<StudyWithin> Within { get; init; } = [];

    /// <summary>What was left out, and why.</summary>
    public IReadOnlyList<LeftOut> LeftOut { get; init; } = [];

    /// <summary>What cannot be concluded, as sentences; the reader sees them first.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Resamples and seed.</summary>
    public required AnalysisSettings Analysis { get; init; }

    /// <summary>Runs whose strengths stand beside each other.</summary>
    [JsonIgnore]
    public IEnumerable<StudyRun> Together => Runs.Where(run => run.Together);

    /// <summary>Families of these.</summary>
    [JsonIgnore]
    public int Families => Together.Select(run => run.Family).Distinct(StringComparer.Ordinal).Count();
}

/// <summary>A run of a study.</summary>
public sealed record StudyRun
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its folder, from the study's on.</summary>
    public required string Run { get; init; }

    /// <summary>As <see cref="StudyRunStatus.State"/>.</summary>
    public required string State { get; init; }

    /// <summary>Whether its strengths stand beside those of the others; if not, <see cref="StudyFindings.LeftOut"/> says why.</summary>
    public bool Together { get; init; }

    /// <summary>Its model's family.</summary>
    public required string Family { get; init; }

    /// <summary>Its model's kind; null where none was named.</summary>
    public string? Kind { get; init; }

    /// <summary>Its model's name.</summary>
    public string? Model { get; init; }

    /// <summary>The step of training; null for none.</summary>
    public long? Step { get; init; }

    /// <summary>What it differs in: options without dashes.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Number of blocks; null before there are findings.</summary>
    public int? Blocks { get; init; }

    /// <summary>Prompts; null before there are findings.</summary>
    public int? Prompts { get; init; }

    /// <summary>EMT, TP, TC and mean over all prompts, by the study's scorer.</summary>
    public IReadOnlyList<BehaviorFinding> Behavior { get; init; } = [];

    /// <summary>Where its strengths peak, by the study's probe.</summary>
    public IReadOnlyList<PeakFinding> Peaks { get; init; } = [];
}

/// <summary>Strength of a run in one scenario, layer by layer.</summary>
/// <param name="Run">The run.</param>
/// <param name="Scenario">The scenario.</param>
/// <param name="Attribute">The attribute.</param>
/// <param name="Strength">By layer; null where there is none.</param>
/// <param name="Relative">At the depths 0, 1/16, ..., 1; null where a layer around one has none.</param>
/// <param name="N">Rows that its probes rest on, the most of a layer.</param>
public sealed record StudyCurve(
    string Run, Scenario Scenario, string Attribute, IReadOnlyList<double?> Strength, IReadOnlyList<double?> Relative, int N);

/// <summary>Mean strength of the runs of one kind at one relative depth.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Scenario">The scenario.</param>
/// <param name="Attribute">The attribute.</param>
/// <param name="Step">The depth in sixteenths.</param>
/// <param name="Mean">The mean over runs.</param>
/// <param name="Low">Lower end of its 95 % interval over runs (of fewer than four the lowest of them).</param>
/// <param name="High">Upper end.</param>
/// <param name="Runs">Runs it rests on.</param>
/// <param name="Families">Families of these.</param>
public sealed record StudyBand(
    string Kind, Scenario Scenario, string Attribute, int Step, double Mean, double? Low, double? High, int Runs, int Families);

/// <summary>A run held against another of the study, paired by prompt.</summary>
/// <param name="Contrast"><c>base</c>, <c>adapter</c>, <c>precision</c>, <c>template</c> or <c>training</c>.</param>
/// <param name="From">What the baseline is: <c>full</c>, <c>template 0</c>, a step, a kind.</param>
/// <param name="To">What the run is.</param>
/// <param name="Family">The run's family.</param>
/// <param name="Difference">The difference, as comparing runs finds it.</param>
public sealed record StudyContrast(string Contrast, string From, string To, string Family, RunDifference Difference);

/// <summary>The mean of one contrast over several models.</summary>
public sealed record StudyContrastMean
{
    /// <summary>The contrast.</summary>
    public required string Contrast { get; init; }

    /// <summary>What the baselines are.</summary>
    public required string From { get; init; }

    /// <summary>What the runs are.</summary>
    public required string To { get; init; }

    /// <summary>behavior, texts or peak.</summary>
    public required string Kind { get; init; }

    /// <summary>The attribute.</summary>
    public required string Attribute { get; init; }

    /// <summary>The scenario; null for behaviour.</summary>
    public Scenario? Scenario { get; init; }

    /// <summary>The metric.</summary>
    public required string Metric { get; init; }

    /// <summary>The mean of the differences.</summary>
    public required double Mean { get; init; }

    /// <summary>Lower end of its 95 % interval over pairs of runs; null for fewer than four.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end.</summary>
    public double? High { get; init; }

    /// <summary>Pairs of runs.</summary>
    public required int Runs { get; init; }

    /// <summary>Families of these.</summary>
    public required int Families { get; init; }
}

/// <summary>
/// Interplay within one run at one layer: the partial correlation over prompts of prediction and behaviour, given the true score and its square.
/// </summary>
public sealed record StudyWithin
{
    /// <summary>The run.</summary>
    public required string Run { get; init; }

    /// <summary>The scorer of the true scores, and the predictions' labels.</summary>
    public required string Scorer { get; init; }

    /// <summary>Who scored the behaviour: the same scorer, or another.</summary>
    public required string BehaviorScorer { get; init; }

    /// <summary>The probe.</summary>
    public required string Probe { get; init; }

    /// <summary>The attribute.</summary>
    public required string Attribute { get; init; }

    /// <summary><c>max</c> or <c>mean</c> over a prompt's continuations.</summary>
    public required string Behavior { get; init; }

    /// <summary>The layer.</summary>
    public required int Layer { get; init; }

    /// <summary>The partial correlation, mean over folds; null where there is none.</summary>
    public double? R { get; init; }

    /// <summary>Lower end of its 95 % interval over prompts.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end.</summary>
    public double? High { get; init; }

    /// <summary>Two-sided p: r over its bootstrap standard error, against the normal distribution.</summary>
    public double? P { get; init; }

    /// <summary>p after Holm over the layers.</summary>
    public double? Holm { get; init; }

    /// <summary>r less that of layer 0, which knows the words alone; null at layer 0.</summary>
    public double? BeyondWords { get; init; }

    /// <summary>Lower end of its 95 % interval, in the same resamples.</summary>
    public double? BeyondLow { get; init; }

    /// <summary>Upper end.</summary>
    public double? BeyondHigh { get; init; }

    /// <summary>Prompts.</summary>
    public required int N { get; init; }

    /// <summary>Why there is no correlation; null where there is one.</summary>
    public string? Reason { get; init; }
}


namespace AlignedProbing.Runs;

/// <summary>
/// What analysis found: <c>findings.json</c>. Every figure carries n, an interval and its estimator. Reports compute no number, they show these.
/// </summary>
public sealed record Findings
{
    private const string DemoFigures = "The figures show what a report looks like; they say nothing about any real model.";

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

    /// <summary>Strength beyond that of control tasks: a row for each probe, scorer, control, scenario, attribute and layer.</summary>
    public IReadOnlyList<SelectivityFinding> Selectivity { get; init; } = [];

    /// <summary>Differences of strength between layers and between scenarios, corrected for their number.</summary>
    public IReadOnlyList<StrengthDifference> Differences { get; init; } = [];

    /// <summary>
    /// How behaviour and internals go together within the model, over prompts: a row for each probe, scorer and layer, of the attribute spoken of first.
    /// </summary>
    public IReadOnlyList<WithinFinding> Within { get; init; } = [];

    /// <summary>
    /// Prompts that are nearly identical, and how many of them stand in different folds: a row for each probe, scorer, scenario and attribute.
    /// </summary>
    public IReadOnlyList<LeakFinding> Leaks { get; init; } = [];

    /// <summary>Everything that is missing, counted by place and reason.</summary>
    public required IReadOnlyList<MissingCount> Missing { get; init; }

    /// <summary>Things a reader must know before believing a figure, as sentences.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The same with the place where each stands; empty where nothing says so.</summary>
    public IReadOnlyList<Caveat> Caveats { get; init; } = [];

    /// <summary>The warnings of a place. Of findings that name no places all stand at the top.</summary>
    /// <param name="place">A place of <see cref="Caveat"/>.</param>
    public IEnumerable<string> WarningsAt(string place) =>
        Caveats.Count > 0 ? Caveats.Where(caveat => caveat.Place == place).Select(caveat => caveat.Text)
        : place == "demo" ? Warnings.Where(warning => warning == DemoWarningOf(Manifest))
        : place == "top" ? Warnings.Where(warning => warning != DemoWarningOf(Manifest))
        : [];

    /// <summary>Above this share of fits whose best epoch is the last one, a probe is not trained out.</summary>
    public const double MostStillLearning = 0.2;

    /// <summary>Who scored, in the order of the rows.</summary>
    public IReadOnlyList<ScorerFinding> Scorers { get; init; } = [];

    /// <summary>What analysis itself was asked; its seed and version are part of what the intervals depend on.</summary>
    public AnalysisSettings? Analysis { get; init; }

    /// <summary>
    /// Continuations a report may show after a click: those with the highest scores, a few for each scorer and attribute. Texts stay in the run folder.
    /// </summary>
    public IReadOnlyList<ExampleFinding> Examples { get; init; } = [];

    /// <summary>EMT and TP as they would be with K continuations a prompt, for several K; empty where prompts have one.</summary>
    public IReadOnlyList<BehaviorFinding> KCurves { get; init; } = [];

    /// <summary>Where a run has several scorers: each held against each. Never merged, never averaged.</summary>
    public IReadOnlyList<ScorerComparisonFinding> ScorerComparisons { get; init; } = [];

    /// <summary>What each estimator name in the rows means, in words.</summary>
    public IReadOnlyDictionary<string, string> Estimators { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// What a run with the demo's model or prompts says of itself: the first of <see cref="Warnings"/>. Reports that announce a demo in their own way leave it
    /// out of the others. Null where neither is the demo's.
    /// </summary>
    /// <param name="manifest">What the run was asked.</param>
    public static string? DemoWarningOf(Manifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return (manifest.Demo, manifest.Prompts.Demo) switch
        {
            (true, true) => $"This is the demo: its model and prompts are tiny stand-ins that come with the program. {DemoFigures}",
            (true, false) => $"No model was named, so the demo's continued these prompts: a tiny stand-in that comes with the program. {DemoFigures}",
            (false, true) => "The prompts are the demo's: short sentences that come with the program, to try a model with. They are no benchmark.",
            (false, false) => null,
        };
    }
}

/// <summary>One figure of behaviour.</summary>
public sealed record BehaviorFinding
{
    /// <summary>What stands for the scorer in rows about the texts themselves (their length, variety and perplexity): nobody scored those.</summary>
    public const string Texts = "texts";

    /// <summary>The scorer, or <see cref="Texts"/>.</summary>
    public required string Scorer { get; init; }

    /// <summary>The attribute; for properties of texts the property's name.</summary>
    public required string Attribute { get; init; }

    /// <summary>all, toxic (prompt score of that attribute at least 0.5) or other.</summary>
    public required string Subset { get; init; }

    /// <summary>EMT, TP, TC, TC-max, mean, EMT-reference, TP-reference, corpus.</summary>
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

    /// <summary>How many of <see cref="Missing"/> are missing for which reason; null where none is.</summary>
    public IReadOnlyDictionary<string, int>? MissingByReason { get; init; }

    /// <summary>Continuations of each prompt that the figure looks at; the largest number where prompts differ.</summary>
    public int? K { get; init; }

    /// <summary>Why there is no figure, or no interval of it; null where both are there.</summary>
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

    /// <summary>Lower end of its interval (<see cref="Statistics.StrengthInterval"/>).</summary>
    public double? Low { get; init; }

    /// <summary>Upper end of its interval.</summary>
    public double? High { get; init; }

    /// <summary>Rows that each probe was trained on, of one prompt counted once: the mean over the runs with an r. Null where none has one.</summary>
    public double? TrainN { get; init; }

    /// <summary>
    /// Lower end of the interval over folds and seeds, for comparison with older runs; it rests on as many figures as there are folds, and is no other's.
    /// </summary>
    public double? FoldsLow { get; init; }

    /// <summary>Upper end of the interval over folds and seeds.</summary>
    public double? FoldsHigh { get; init; }

    /// <summary>Standard deviation of r over the runs (folds and seeds); null for fewer than two.</summary>
    public double? Spread { get; init; }

    /// <summary>
    /// Partial strength: mean over the runs of the partial correlation of prediction and label given the number of tokens pooled. It rests on the folds and
    /// seeds of <see cref="R"/>, or is null.
    /// </summary>
    public double? PartialR { get; init; }

    /// <summary>Why there is no partial strength, or no interval of it; null where both are there, and where it was not asked for (controls).</summary>
    public string? PartialReason { get; init; }

    /// <summary>Lower end of its interval, which is made as that of <see cref="R"/> is.</summary>
    public double? PartialLow { get; init; }

    /// <summary>Upper end.</summary>
    public double? PartialHigh { get; init; }

    /// <summary>
    /// Of a probe trained by steps the share of its fits whose best epoch is the last one allowed: their development loss still fell, and more steps would read
    /// more. Null of probes that are solved.
    /// </summary>
    public double? LastEpoch { get; init; }

    /// <summary>Mean squared error over the runs with an r; over all where none has one.</summary>
    public double? Mse { get; init; }

    /// <summary>Mean Spearman correlation over the runs with an r; null where one of these has none.</summary>
    public double? Spearman { get; init; }

    /// <summary>Mean R² over the runs with an r; null where one of these has none.</summary>
    public double? R2 { get; init; }

    /// <summary>Of a probe that tells classes apart accuracy, F1 and AUROC; null of other probes.</summary>
    public ClassifierFinding? Classifier { get; init; }

    /// <summary>The online code of the training labels; null where none was asked for.</summary>
    public CodeFinding? OnlineCode { get; init; }

    /// <summary>Rows with a label and a vector.</summary>
    public required int N { get; init; }

    /// <summary>Runs (folds x seeds) with an r.</summary>
    public required int Runs { get; init; }

    /// <summary>Runs without one.</summary>
    public int MissingRuns { get; init; }

    /// <summary>How many of <see cref="MissingRuns"/> are missing for which reason; null where none is.</summary>
    public IReadOnlyDictionary<string, int>? MissingByReason { get; init; }

    /// <summary>Why there is no r, or no interval of it; null where both are there.</summary>
    public string? Reason { get; init; }

    /// <summary>Name of the estimator of the intervals of r and partial r.</summary>
    public string Estimator { get; init; } = "";
}

/// <summary>Where a curve peaks.</summary>
/// <param name="Probe">The probe.</param>
/// <param name="Scorer">The scorer.</param>
/// <param name="Scenario">The scenario.</param>
/// <param name="Attribute">The attribute.</param>
/// <param name="Layer">The layer with the largest mean r.</param>
/// <param name="R">That r, the largest of the curve.</param>
/// <param name="Low">Lower end of its interval.</param>
/// <param name="High">Upper end of its interval.</param>
/// <param name="LayersWithin">Layers whose interval overlaps the peak's: the peak may lie at any of them.</param>
public sealed record PeakFinding(
    string Probe,
    string Scorer,
    Scenario Scenario,
    string Attribute,
    int Layer,
    double R,
    double? Low,
    double? High,
    IReadOnlyList<int> LayersWithin)
{
    /// <summary>
    /// r with the layer chosen on the other folds: in each fold that of the layer which is highest in the rest, averaged. The largest of many figures is
    /// flattered by having been chosen, this one is not. Null where there are fewer than two folds.
    /// </summary>
    public double? NestedR { get; init; }

    /// <summary>Lower end of its interval.</summary>
    public double? NestedLow { get; init; }

    /// <summary>Upper end.</summary>
    public double? NestedHigh { get; init; }

    /// <summary>The layers chosen, a fold each.</summary>
    public IReadOnlyList<int> NestedLayers { get; init; } = [];
}

/// <summary>How much is missing somewhere, and why.</summary>
/// <param name="Where">What is missing: "input vectors", "output vectors", "scores of given, threat, prompts" ...</param>
/// <param name="Reason">A <see cref="MissingReason"/> or a scorer's own.</param>
/// <param name="Count">How many.</param>
/// <param name="Of">Of how many.</param>
public sealed record MissingCount(string Where, string Reason, int Count, int Of)
{
    private static readonly HashSet<string> Undefinable =
    [
        MissingReason.Constant,
        MissingReason.NearlyConstant,
        MissingReason.ClassAbsent,
        MissingReason.TooManyClasses,
        MissingReason.TooFewRows,
        MissingReason.LengthConstant,
        MissingReason.OtherFolds,
        MissingReason.NoWidth,
    ];

    /// <summary>Whether nothing is lost, and the figure has no meaning on these data: labels that do not vary have no correlation.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsUndefined => Undefinable.Contains(Reason);
}

/// <summary>A scorer whose scores were used.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Versions">Its versions; more than one means that unlike scores were mixed, which a warning says.</param>
/// <param name="PromptScores"><c>scorer</c> where it scored the prompts too, <c>given</c> where the prompts' scores are the prompt set's own.</param>
/// <param name="Attributes">What it scores, in the order of the rows.</param>
public sealed record ScorerFinding(string Name, IReadOnlyList<string> Versions, string PromptScores, IReadOnlyList<string> Attributes);

/// <summary>What analysis was asked.</summary>
/// <param name="Resamples">Bootstrap resamples.</param>
/// <param name="Seed">Seed of the resamples.</param>
/// <param name="Version">Version of the program that analysed.</param>
/// <param name="UseIncomplete">Whether prompts of which only some continuations are scored count for EMT, TP and TC-max.</param>
/// <param name="Reference">Whether EMT and TP also stand there as the paper's scripts compute them.</param>
/// <param name="Correction">How p values of differences are corrected for the number of comparisons: <c>holm</c>, or <c>bh</c> (Benjamini and
/// Hochberg).</param>
public sealed record AnalysisSettings(int Resamples, int Seed, string Version, bool UseIncomplete = false, bool Reference = false, string Correction = "holm");

/// <summary>A continuation worth looking at; where its text lies, not the text.</summary>
/// <param name="Scorer">The scorer.</param>
/// <param name="Attribute">The attribute it scores high on.</param>
/// <param name="Chunk">The chunk of encodings that holds it.</param>
/// <param name="PromptId">The prompt's id.</param>
/// <param name="Number">The continuation's number.</param>
/// <param name="Score">Its score.</param>
/// <param name="PromptScore">The prompt's score; null where it is missing.</param>
public sealed record ExampleFinding(string Scorer, string Attribute, int Chunk, string PromptId, int Number, double Score, double? PromptScore);

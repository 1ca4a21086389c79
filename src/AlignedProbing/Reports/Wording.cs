using AlignedProbing.Runs;

namespace AlignedProbing.Reports;

/// <summary>Names of the files turned into words for people. A name that is not known is shown as it is.</summary>
internal static class Wording
{
    private static readonly Dictionary<string, string> Reasons = new(StringComparer.Ordinal)
    {
        [MissingReason.EmptyPrompt] = "the prompt is empty or gives no token",
        [MissingReason.TokenBeyondVocabulary] = "the tokenizer gives a token for which the model has no embedding",
        [MissingReason.ContextTooShort] = "prompt and continuation do not fit the model's context",
        [MissingReason.EmptyContinuation] = "the continuation has no token",
        [MissingReason.EmptyText] = "the text is empty",
        [MissingReason.NotGiven] = "the prompt set gives none",
        [MissingReason.NotFinite] = "not a finite number",
        [MissingReason.Constant] = "labels or predictions are constant: no correlation is defined",
        [MissingReason.LengthConstant] = "the number of tokens does not vary, or tells all, in a fold",
        [MissingReason.OtherFolds] = "not defined on all the rows and folds of the figure beside it",
        [MissingReason.NoPredictions] = "predictions are not stored",
        [MissingReason.NoWidth] = "all resamples agree",
        [MissingReason.ClassAbsent] = "a class has no row in the test fold",
        [MissingReason.TooManyClasses] = "too many values to be classes",
        [MissingReason.TooFewRows] = "too few rows",
        [MissingReason.IncompleteContinuations] = "not all continuations of the prompt are scored",
        [MissingReason.NotRun] = "not run",
        ["no_score_above_zero"] = "no score is above 0",
        [MissingReason.OutOfRange] = "the score lies outside 0 to 1",
    };

    /// <summary>An attribute, property or probe: underscores become blanks.</summary>
    public static string Name(string name) => name.Replace('_', ' ');

    /// <summary>A reason in words.</summary>
    public static string Reason(string? reason) => reason is null ? "" : Reasons.GetValueOrDefault(reason) ?? Name(reason);

    /// <summary>A scenario's name.</summary>
    public static string Scenario(Scenario scenario) => scenario.ToString();

    /// <summary>What a scenario asks, as a clause.</summary>
    public static string ScenarioQuestion(Scenario scenario) => scenario switch
    {
        Runs.Scenario.Input => "the prompt's score, from the prompt's states",
        Runs.Scenario.Forward => "the prompt's score, from the continuation's states",
        Runs.Scenario.Output => "the continuation's score, from its own states",
        Runs.Scenario.Backward => "the continuations' highest score, from the prompt's states",
        _ => throw new ArgumentOutOfRangeException(nameof(scenario), scenario, "No such scenario."),
    };

    /// <summary>A probe with its control task, where it has one.</summary>
    public static string Probe(string probe, string control) => control == "none" ? Name(probe) : $"{Name(probe)}, control: {Name(control)}";

    /// <summary>A sentence where some of a probe's fits stopped while they still learnt; otherwise null.</summary>
    public static string? StillLearning(IEnumerable<InternalsFinding?> cells)
    {
        double[] shares = [.. cells.Select(cell => cell?.LastEpoch).OfType<double>()];
        return shares.Length == 0 || shares.Max() == 0 ? null
            : $"Trained by steps: in {NumberText.Percent(shares.Average())} of its fits the best epoch is the last, so more steps would read more. " +
                "Low or uneven stretches can be those of the training.";
    }

    /// <summary>The same in a few words at one cell; empty where every fit had stopped by itself.</summary>
    public static string StillLearning(InternalsFinding cell) =>
        cell.LastEpoch is > 0 ? $", best epoch the last in {NumberText.Percent(cell.LastEpoch)} of fits" : "";

    /// <summary>How figures of a behaviour row are written.</summary>
    public static Func<double?, string> Writer(BehaviorFinding row) =>
        row is { Scorer: BehaviorFinding.Texts, Attribute: "length" } or { Metric: "corpus" } ? NumberText.Quantity : NumberText.Unit;

    /// <summary>A subset of the prompts, in words.</summary>
    public static string Subset(string subset) => subset switch
    {
        "all" => "all prompts",
        "toxic" => "toxic prompts",
        "other" => "other prompts",
        _ => Name(subset),
    };

    /// <summary>The model's continuations in words: "25 continuations", "the given continuation".</summary>
    public static string Continuations(Manifest manifest) =>
        (manifest.Encoding.Continuations, manifest.Encoding.Samples) switch
        {
            ("given", 1) => "one given continuation a prompt",
            ("given", var k) => $"up to {NumberText.Count(k)} given continuations a prompt",
            (_, 1) => "one sampled continuation a prompt",
            (_, var k) => $"{NumberText.Count(k)} sampled continuations a prompt",
        };
}

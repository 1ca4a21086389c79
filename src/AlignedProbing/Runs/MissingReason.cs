using AlignedProbing.Statistics;

namespace AlignedProbing.Runs;

/// <summary>
/// Why something is missing. A missing score, vector or estimate is never a number: it stays missing, with one of these reasons, and is counted.
/// Scorers may add reasons of their own.
/// </summary>
public static class MissingReason
{
    /// <summary>The prompt text is empty or gives no token.</summary>
    public const string EmptyPrompt = "empty_prompt";

    /// <summary>Prompt and continuation do not fit the model's context.</summary>
    public const string ContextTooShort = "context_too_short";

    /// <summary>The tokenizer gives a token for which the model's embedding has no row.</summary>
    public const string TokenBeyondVocabulary = "token_beyond_vocabulary";

    /// <summary>The continuation has no token.</summary>
    public const string EmptyContinuation = "empty_continuation";

    /// <summary>The text to score is empty or only white space.</summary>
    public const string EmptyText = "empty_text";

    /// <summary>The prompt set gives no score for it.</summary>
    public const string NotGiven = "not_given";

    /// <summary>A vector or score is not finite.</summary>
    public const string NotFinite = Undefined.NotFinite;

    /// <summary>A score lies outside [0, 1].</summary>
    public const string OutOfRange = "out_of_range";

    /// <summary>The labels, or the predictions, are constant: no correlation is defined.</summary>
    public const string Constant = Undefined.Constant;

    /// <summary>Nearly all labels are one value: what would be measured is noise.</summary>
    public const string NearlyConstant = "nearly_constant";

    /// <summary>The tokens pooled do not vary in a fold, or tell all: what they leave of a correlation is not defined there.</summary>
    public const string LengthConstant = "length_constant";

    /// <summary>It is not defined on all the rows and folds that the figure beside it rests on.</summary>
    public const string OtherFolds = "other_folds";

    /// <summary>The predictions of the test folds are not stored, and it is made of them.</summary>
    public const string NoPredictions = "no_predictions";

    /// <summary>Every resample agrees: an interval would have no width.</summary>
    public const string NoWidth = Undefined.NoWidth;

    /// <summary>A class has no row in the fold tested, and the figure is a mean over all classes.</summary>
    public const string ClassAbsent = Undefined.ClassAbsent;

    /// <summary>The labels have more values than the probe tells classes apart, or than can be learnt from so many rows.</summary>
    public const string TooManyClasses = "too_many_classes";

    /// <summary>There are too few rows for the folds.</summary>
    public const string TooFewRows = Undefined.TooFewRows;

    /// <summary>Not all of the prompt's continuations are scored.</summary>
    public const string IncompleteContinuations = "incomplete_continuations";

    /// <summary>The stage that makes it has not (yet) run there.</summary>
    public const string NotRun = "not_run";
}

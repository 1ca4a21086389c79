namespace AlignedProbing.Prompts;

/// <summary>Why rows of a prompt set are left out: the keys of <see cref="Runs.PromptSetManifest.LeftOut"/>.</summary>
public static class PromptProblemReason
{
    /// <summary>The line is not a JSON object.</summary>
    public const string NotJson = "not_json";

    /// <summary>The CSV row is malformed, or has another number of fields than the header.</summary>
    public const string BadCsv = "bad_csv";

    /// <summary>The line, or an escape in it, is not valid Unicode.</summary>
    public const string InvalidUnicode = "invalid_unicode";

    /// <summary>The line or field is longer than 16 MiB.</summary>
    public const string TooLong = "too_long";

    /// <summary>There is no prompt text. (An empty one is kept.)</summary>
    public const string NoPromptText = "no_prompt_text";

    /// <summary>The prompt's id is empty or neither a text nor a whole number.</summary>
    public const string BadId = "bad_id";

    /// <summary>A continuation is not of a form that is read, or its scores come without a text.</summary>
    public const string BadContinuation = "bad_continuation";

    /// <summary>A score is neither a number nor missing.</summary>
    public const string ScoreNotANumber = "score_not_a_number";

    /// <summary>A score is below 0 or above 1.</summary>
    public const string ScoreOutOfRange = "score_out_of_range";

    /// <summary>The row has the id of an earlier one, but another prompt text or other prompt scores.</summary>
    public const string ConflictingRows = "conflicting_rows";
}

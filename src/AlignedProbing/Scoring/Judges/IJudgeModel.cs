namespace AlignedProbing.Scoring.Judges;

/// <summary>A chat model that can be asked. It answers greedily (temperature 0).</summary>
public interface IJudgeModel
{
    /// <summary>What its answers depend on beside the question, for people to read and compare, by name.</summary>
    IReadOnlyDictionary<string, string> Details { get; }

    /// <summary>SHA-256 of its weights; null where nobody here has seen them (a service).</summary>
    string? Sha256 { get; }

    /// <summary>Answers questions, in order.</summary>
    ValueTask<IReadOnlyList<JudgeAnswer>> AskAsync(IReadOnlyList<JudgeQuestion> questions, CancellationToken cancellationToken);
}

/// <summary>An answer, or why there is none.</summary>
/// <param name="Text">What the model said; null where it said nothing.</param>
/// <param name="Missing">Why there is no answer that can be read, although there may be a text; null where nothing is wrong.</param>
public readonly record struct JudgeAnswer(string? Text, string? Missing)
{
    /// <summary>Why a text has no score whose question the model's service will not answer.</summary>
    public const string Refused = "judge_refused";

    /// <summary>Why a text has none that is too long for the model.</summary>
    public const string TooLong = "too_long";

    /// <summary>Why a text has none where the answer is anything but a number.</summary>
    public const string Unparsable = "unparsable_answer";
}

using AlignedProbing.Runs;

namespace AlignedProbing.Prompts;

/// <summary>What a column of the flat form holds.</summary>
internal enum FlatColumnKind
{
    /// <summary>Nothing that is read here.</summary>
    Other,

    /// <summary><c>prompt_id</c>.</summary>
    PromptId,

    /// <summary><c>prompt_text</c>.</summary>
    PromptText,

    /// <summary><c>continuation_text</c>.</summary>
    ContinuationText,

    /// <summary><c>prompt_&lt;attribute&gt;</c>.</summary>
    PromptScore,

    /// <summary><c>continuation_&lt;attribute&gt;</c>.</summary>
    ContinuationScore,
}

/// <summary>A column of the flat form.</summary>
internal readonly record struct FlatColumn(FlatColumnKind Kind, string Attribute)
{
    private static readonly string[] PromptNames = ["prompt_text", "prompt", "text"];

    private const string PromptPrefix = "prompt_";
    private const string ContinuationPrefix = "continuation_";

    /// <summary>Tells a column by its name.</summary>
    public static FlatColumn Of(string name) => name switch
    {
        "prompt_id" => new(FlatColumnKind.PromptId, ""),
        "prompt_text" => new(FlatColumnKind.PromptText, ""),
        "continuation_text" => new(FlatColumnKind.ContinuationText, ""),
        _ when Suffix(name, PromptPrefix) is { } attribute => new(FlatColumnKind.PromptScore, attribute),
        _ when Suffix(name, ContinuationPrefix) is { } attribute => new(FlatColumnKind.ContinuationScore, attribute),
        _ => new(FlatColumnKind.Other, ""),
    };

    /// <summary>
    /// The column of the prompts where the user names none: <c>prompt_text</c>, or else <c>prompt</c> or <c>text</c>; null where there is none.
    /// </summary>
    public static string? PromptOf(string[] header) => PromptNames.FirstOrDefault(header.Contains);

    /// <summary>The columns of the flat form.</summary>
    public static IEnumerable<FlatColumn> Flat(string[] header)
    {
        var prompt = PromptOf(header);
        return header.Select(name => name == prompt ? new(FlatColumnKind.PromptText, "") : Of(name));
    }

    /// <summary>The columns where the user names those of the texts: beside them only <c>prompt_id</c> is read.</summary>
    public static IEnumerable<FlatColumn> Named(string[] header, PromptSetOptions options)
    {
        var (prompt, continuation) = Names(header, options);
        return header.Select(name => new FlatColumn(
            name == prompt ? FlatColumnKind.PromptText
                : name == continuation ? FlatColumnKind.ContinuationText
                : name == "prompt_id" ? FlatColumnKind.PromptId
                : FlatColumnKind.Other,
            ""));
    }

    /// <summary>Says which of the named columns is not there, and which are; null where both are.</summary>
    public static string? MissingOf(string[] header, PromptSetOptions options)
    {
        var (prompt, continuation) = Names(header, options);
        var missing = new[] { prompt, continuation }.Where(name => name is not null && !header.Contains(name)).ToArray();
        return missing.Length == 0
            ? null
            : $"its first line has no column {string.Join(" and no column ", missing)}; the columns are: {FieldPath.ListNames(header)}";
    }

    /// <summary>Puts the parts of a flat row together.</summary>
    /// <exception cref="BrokenRowException">There are continuation scores without a continuation.</exception>
    public static PromptRow Row(
        string? id,
        IReadOnlyList<string?> place,
        string text,
        IReadOnlyDictionary<string, double?> promptScores,
        string? continuationText,
        IReadOnlyDictionary<string, double?> continuationScores)
    {
        if (continuationText is null && continuationScores.Any(score => score.Value is not null))
        {
            throw new BrokenRowException(PromptProblemReason.BadContinuation, "there are continuation scores, but no continuation_text");
        }

        return new PromptRow
        {
            GivenId = id,
            Place = place,
            Text = text,
            Scores = promptScores,
            Continuations = continuationText is null ? [] : [new GivenContinuation(continuationText, continuationScores)],
            JoinsById = id is not null,
        };
    }

    private static (string Prompt, string? Continuation) Names(string[] header, PromptSetOptions options) =>
    (
        options.PromptField ?? (header.Contains("prompt_text") ? "prompt_text" : "prompt"),
        options.ContinuationField ?? (header.Contains("continuation_text") ? "continuation_text" : header.Contains("continuation") ? "continuation" : null));

    private static string? Suffix(string name, string prefix) =>
        name.Length > prefix.Length && name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : null;
}

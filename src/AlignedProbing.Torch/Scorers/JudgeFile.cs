using System.Text.Json.Nodes;
using AlignedProbing.Scoring.Judges;
using AlignedProbing.Torch.Scorers.Judges;

namespace AlignedProbing.Torch.Scorers;

/// <summary>A scorer file that describes a language model as a judge: one that runs here, or one that an endpoint serves.</summary>
public sealed record JudgeFile : ScorerFile
{
    /// <summary>The model: with an endpoint the name it knows, otherwise a folder (relative to the file) or a name on the Hub.</summary>
    public required string Judge { get; init; }

    /// <summary>The revision, of a name on the Hub; main where left out.</summary>
    public string? Revision { get; init; }

    /// <summary>The endpoint's address up to and without <c>/chat/completions</c>; null where the model runs here.</summary>
    public string? Endpoint { get; init; }

    /// <summary>The environment variable that holds the endpoint's key; null where it wants none. Never the key itself.</summary>
    public string? Key { get; init; }

    /// <summary>A file with a rubric of the user's own, relative to the scorer file; null for the built-in one.</summary>
    public string? Rubric { get; init; }

    /// <summary>Which of the rubric's attributes are asked about; null for all.</summary>
    public IReadOnlyList<string>? Attributes { get; init; }

    /// <summary>Tokens of an answer at most; 8 where left out.</summary>
    public int AnswerTokens { get; init; } = 8;

    /// <summary>Further fields of an endpoint's request.</summary>
    public JsonObject? Parameters { get; init; }

    /// <summary>An endpoint's requests under way at once; 4 where left out.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>An endpoint's requests a second at most; 1,000 where left out.</summary>
    public double RequestsPerSecond { get; init; } = 1000;

    /// <summary>Seconds that an endpoint's answer may take; 120 where left out.</summary>
    public double TimeoutSeconds { get; init; } = 120;

    /// <summary>Options to ask the endpoint.</summary>
    /// <param name="path">The scorer file, for the error.</param>
    /// <param name="variable">Looks up environment variables.</param>
    /// <exception cref="InputException"><c>scorer-file</c>: a field has a value that is not possible; <c>judge-key</c>: the variable is not set.</exception>
    public EndpointOptions ToEndpoint(string path, Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        var key = Key is null ? null : variable(Key)?.Trim();
        return Key is not null && string.IsNullOrEmpty(key)
            ? throw new InputException(
                "judge-key",
                $"judging with '{Judge}'",
                "the environment variable that the scorer file names for the key is not " +
                $"set{(Key.Length > 40 || Key.Contains('-', StringComparison.Ordinal) ? " (what stands there looks like a key itself)" : $": {Key}")}",
                "Set it in the environment or in a file .env in this folder; the scorer file holds the variable's name, never the key")
            : new EndpointOptions
            {
                Endpoint = Uri.TryCreate(Endpoint, UriKind.Absolute, out var address) ? address : throw Unusable(path, "endpoint is no address"),
                Model = Judge,
                Key = key,
                Parameters = Parameters,
                AnswerTokens = AnswerTokens,
                Parallel = Parallel,
                RequestsPerSecond = RequestsPerSecond,
                Timeout = TimeoutSeconds is > 0 and <= 3600
                    ? TimeSpan.FromSeconds(TimeoutSeconds)
                    : throw Unusable(path, $"timeout_seconds is {TimeoutSeconds}, not above 0 and up to 3600"),
            };
    }

    /// <summary>Options to run the model here.</summary>
    /// <param name="path">The scorer file, for the error.</param>
    /// <param name="folder">The model's folder.</param>
    /// <exception cref="InputException"><c>scorer-file</c>: a field has a value that is not possible, or belongs to an endpoint.</exception>
    public ModelJudgeOptions ToModel(string path, string folder) =>
        Key is not null || Parameters is not null
            ? throw Unusable(path, "key and parameters belong to an endpoint, and there is none")
            : new ModelJudgeOptions { Folder = folder, AnswerTokens = AnswerTokens, Precision = ReadPrecision(path) };
}

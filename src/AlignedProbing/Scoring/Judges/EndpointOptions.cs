using System.Text.Json.Nodes;

namespace AlignedProbing.Scoring.Judges;

/// <summary>
/// Where a chat model is asked, and how. Model, address, answer length and parameters are part of what an answer depends on; the rest changes none.
/// </summary>
public sealed record EndpointOptions
{
    /// <summary>The address up to and without <c>/chat/completions</c>, for example <c>http://localhost:8000/v1</c>.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>The model's name as the endpoint knows it.</summary>
    public required string Model { get; init; }

    /// <summary>The key; it travels in a header and is written nowhere. Null where the endpoint wants none.</summary>
    public string? Key { get; init; }

    /// <summary>
    /// Further fields of the request, put over ours (model, messages, temperature, max_tokens); null takes one of ours away. For servers that want something
    /// else.
    /// </summary>
    public JsonObject? Parameters { get; init; }

    /// <summary>Tokens of an answer at most, from 1 to 100,000; 8 by default.</summary>
    public int AnswerTokens { get; init; } = 8;

    /// <summary>Requests under way at once, from 1 to 256; 4 by default.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>Requests a second at most, above 0 and up to 1,000; 1,000 by default.</summary>
    public double RequestsPerSecond { get; init; } = 1000;

    /// <summary>Requests made for one question before giving up, from 1 to 20; 6 by default.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>Pause after the first failure; doubled after each further one. 1 s by default.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause the service may ask for (Retry-After); where it asks for more, scoring stops and says so. 2 minutes by default.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long one answer may take; 2 minutes by default.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Checks the options.</summary>
    /// <exception cref="InputException">They cannot be used; every fault is named, the key never.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        Check(
            Endpoint.IsAbsoluteUri && Endpoint.Scheme is "http" or "https" && Endpoint.UserInfo.Length == 0 && Endpoint.Query.Length == 0,
            "endpoint is no address such as http://localhost:8000/v1, without a key or a query in it"
        );
        Check(
            Key is null || !Endpoint.IsAbsoluteUri || Endpoint.Scheme == Uri.UriSchemeHttps || Endpoint.IsLoopback,
            "endpoint is neither https nor on this machine, and would carry the key in the clear");
        Check(Key is null || (Key.Length is > 0 and <= 1000 && !Key.Any(c => c is <= ' ' or > '~')), "the key holds characters that no key has");
        Check(Model.Length is > 0 and <= 300, "the model has no name");
        Check(AnswerTokens is >= 1 and <= 100_000, $"answer_tokens is {AnswerTokens}, not from 1 to 100,000");
        Check(Parallel is >= 1 and <= 256, $"parallel is {Parallel}, not from 1 to 256");
        Check(RequestsPerSecond is > 0 and <= 1000, "requests_per_second is not above 0 and up to 1000");
        Check(Attempts is >= 1 and <= 20, "attempts are not from 1 to 20");
        Check(
            FirstPause >= TimeSpan.Zero && LongestPause >= FirstPause && Timeout > TimeSpan.Zero && Timeout <= TimeSpan.FromHours(1),
            "pauses and time limits must be positive, and an answer may take an hour at most");
        if (faults.Count > 0)
        {
            throw new InputException(
                "scorer-file",
                $"judging with '{Model}'",
                string.Join("; ", faults),
                "Correct the scorer file (docs/reference/scorers/judges.md)");
        }

        void Check(bool holds, string fault)
        {
            if (!holds)
            {
                faults.Add(fault);
            }
        }
    }
}

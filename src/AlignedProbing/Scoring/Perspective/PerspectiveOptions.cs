using System.Globalization;

namespace AlignedProbing.Scoring.Perspective;

/// <summary>How the Perspective API is asked. Language and attributes are part of what a score depends on; the rest changes none.</summary>
public sealed record PerspectiveOptions
{
    /// <summary>The key; it travels in a header and is written nowhere.</summary>
    public required string Key { get; init; }

    /// <summary>Requests a second at most, above 0 and up to 1,000; 1 by default, which is the quota of a new key.</summary>
    public double RequestsPerSecond { get; init; } = 1;

    /// <summary>Language of the texts, as ISO 639-1 has it; <c>en</c> by default. <c>auto</c> lets the service detect it, and refuse texts for it.</summary>
    public string Language { get; init; } = "en";

    /// <summary>Attributes asked for, in our spelling (<c>severe_toxicity</c> is the service's SEVERE_TOXICITY).</summary>
    public IReadOnlyList<string> Attributes { get; init; } =
    ["toxicity", "severe_toxicity", "profanity", "insult", "threat", "sexually_explicit", "identity_attack"];

    /// <summary>Where the service is. Unencrypted only on this machine itself, because the key travels along.</summary>
    public Uri Endpoint { get; init; } = new("https://commentanalyzer.googleapis.com/v1alpha1/comments:analyze");

    /// <summary>Requests made for one text before giving up, from 1 to 20; 6 by default.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>Pause after the first failure; doubled after each further one. 1 s by default.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause the service may ask for (Retry-After); where it asks for more, scoring stops and says so. 2 minutes by default.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long one answer may take; 30 s by default.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Options from variables: <c>PERSPECTIVE_API_KEY</c>, <c>PERSPECTIVE_API_QPS</c>, <c>PERSPECTIVE_API_LANGUAGE</c>, <c>PERSPECTIVE_API_ATTRIBUTES</c>
    /// (comma-separated), <c>PERSPECTIVE_API_URL</c>.
    /// </summary>
    /// <exception cref="InputException">There is no key, or a variable cannot be used.</exception>
    public static PerspectiveOptions FromVariables(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        var key = variable("PERSPECTIVE_API_KEY")?.Trim();
        if (string.IsNullOrEmpty(key))
        {
            throw new InputException(
                "perspective-key",
                "--scorer perspective",
                "there is no key",
                "Set PERSPECTIVE_API_KEY in the environment or in a file .env in this folder; without a key (none are given out any more) take another " +
                "scorer, or import recorded scores");
        }

        var options = new PerspectiveOptions { Key = key };
        if (variable("PERSPECTIVE_API_QPS") is { Length: > 0 } qps)
        {
            options = options with
            {
                RequestsPerSecond = double.TryParse(qps, NumberStyles.Float, CultureInfo.InvariantCulture, out var rate)
                    ? rate
                    : throw new InputException(
                        "wrong-usage",
                        $"PERSPECTIVE_API_QPS={qps}",
                        "it is no number",
                        "Give the requests a second that your quota allows, for example 1"),
            };
        }

        options = options with
        {
            Language = variable("PERSPECTIVE_API_LANGUAGE") is { Length: > 0 } language ? language : options.Language,
            Attributes = variable("PERSPECTIVE_API_ATTRIBUTES") is { Length: > 0 } names
                ?
                [
                    .. names
                        .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                        .Select(name => name.ToLowerInvariant())
                        .Distinct(StringComparer.Ordinal),
                ]
                : options.Attributes,
            Endpoint = variable("PERSPECTIVE_API_URL") is not { Length: > 0 } url ? options.Endpoint
                : Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri
                : throw new InputException("wrong-usage", "PERSPECTIVE_API_URL", "it is no address", "Leave it out to ask the service itself"),
        };
        options.Validate();
        return options;
    }

    /// <summary>Checks the options.</summary>
    /// <exception cref="InputException">They cannot be used; every fault is named, the key never.</exception>
    public void Validate()
    {
        if (Key.Length is 0 or > 500 || Key.Any(c => c is <= ' ' or > '~'))
        {
            throw new InputException(
                "perspective-key",
                "--scorer perspective",
                "PERSPECTIVE_API_KEY holds characters that no key has",
                "Copy the key again, without blanks and line ends");
        }

        var faults = new List<string>();
        Check(RequestsPerSecond is > 0 and <= 1000, $"PERSPECTIVE_API_QPS is not above 0 and up to 1000");
        Check(
            Language.Length is >= 2 and <= 20 && Language.All(c => char.IsAsciiLetter(c) || c == '-'),
            "PERSPECTIVE_API_LANGUAGE is neither a language (en) nor auto");
        Check(
            Attributes.Count > 0 && Attributes.All(name => name.Length is > 0 and <= 60 && name.All(c => char.IsAsciiLetterLower(c) || c == '_')),
            "PERSPECTIVE_API_ATTRIBUTES are not names such as TOXICITY,INSULT");
        Check(
            Endpoint.Scheme == Uri.UriSchemeHttps || (Endpoint.Scheme == Uri.UriSchemeHttp && Endpoint.IsLoopback),
            "PERSPECTIVE_API_URL is neither https nor on this machine, and would carry the key in the clear");
        Check(Attempts is >= 1 and <= 20, "attempts are not within 1 to 20");
        Check(FirstPause >= TimeSpan.Zero && LongestPause >= FirstPause && Timeout > TimeSpan.Zero, "pauses and time limits must be positive");
        if (faults.Count > 0)
        {
            throw new InputException(
                "wrong-usage",
                "--scorer perspective",
                string.Join("; ", faults),
                "Correct the variables (docs/reference/scorers/perspective.md)");
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
